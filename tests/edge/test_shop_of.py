"""The shop of a box knows which box it is, and which store once the box is claimed."""

from __future__ import annotations

from pathlib import Path

from config.schema import Settings, Store
from edge.box import shop_of
from edge.host.clock import clock_state
from edge.premises import premises
from sync.identity import Claim

SETTINGS = Settings(store=Store(name="Corner shop"))


def test_headquarters_counts_by_the_id_of_the_box_and_invites_by_that_of_the_store(tmp_path: Path) -> None:
    with premises(tmp_path) as home:
        shop = shop_of(SETTINGS, home)
        assert (shop.box, shop.store) == (home.identity.identity.box, "Corner shop")
        assert shop.clock is clock_state
        home.identity.keep_claim(Claim(store="s-7", token="t", signing_key="k" * 43))
        assert shop_of(SETTINGS, home).store == "s-7"
