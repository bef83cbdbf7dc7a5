"""The shop of a box knows which box it is, and which store once the box is claimed."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from config.schema import Settings, Store
from edge.box import shop_of
from edge.host.clock import clock_state
from edge.host.wall_clock import WallClock
from edge.premises import premises
from sync.identity import Claim

SETTINGS = Settings(store=Store(name="Corner shop"))


def test_headquarters_counts_by_the_id_of_the_box_and_invites_by_that_of_the_store(tmp_path: Path) -> None:
    with premises(tmp_path) as home:
        shop = shop_of(SETTINGS, home, WallClock())
        assert (shop.box, shop.store) == (home.identity.identity.box, "Corner shop")
        assert shop.clock() == clock_state()
        simulated = WallClock(began=datetime(2026, 11, 21, tzinfo=UTC))
        assert shop_of(SETTINGS, home, simulated).clock() == "synced", "a simulated clock is right by definition"
        home.identity.keep_claim(Claim(store="s-7", token="t", signing_key="k" * 43))
        assert shop_of(SETTINGS, home, WallClock()).store == "s-7"
