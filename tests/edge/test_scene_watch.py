"""What the room says of alarms: raised at once, held while the input is silent, ended when it is safe or taken out."""

from __future__ import annotations

import sqlite3
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from pathlib import Path

import msgspec

from drivers.room_readings import PropertySeen
from edge.scenes import SceneWatch
from edge.shop.moment import Moment
from edge.shop.registry import EVENTS, adopters
from edge.shop.scenes.shown import scenes_shown
from edge.shop.shop import Shop
from edge.shop_desk import ShopDesk
from edge.status import Board, DeviceStatus
from sync.entries import Limits, Stamp
from sync.events import Event, Registry
from sync.journal import Journal
from tests.tables import SHOP_TABLES, tables_in

MIB = 1024 * 1024
AT = datetime(2026, 3, 2, 4, 0, tzinfo=UTC)
SHOP = Shop(timezone="Asia/Shanghai", day_starts_at=time(4), currency="CNY", member_key=b"k" * 32)
SCENES = {
    "fallback": "night",
    "scenes": [{"name": name, "names": {"en": name}, "wants": []} for name in ("night", "evacuate")],
    "safety": [{"device": "smoke-1", "property": "smoke", "value": "true", "scene": "evacuate"}],
    "samples": [{"device": "smoke-1", "property": "smoke"}],
}


def adopt(_moment: Moment, shop: Shop, db: sqlite3.Connection) -> Iterable[Event]:
    """Headquarters has sent the scenes."""
    adopter = next(each for each in adopters(shop) if each.kind == "scenes")
    return adopter.adopt(adopter.parse(msgspec.json.encode(SCENES)), 1, db)


class Room:
    """A room with a smoke detector, and the watch over it."""

    def __init__(self, journal: Journal) -> None:
        self.board, self.plugged = Board(), {"smoke-1": object()}
        self.journal, self.now = journal, AT
        desk = ShopDesk(journal=journal, shop=lambda: SHOP, now=lambda: self.now)
        self.watch = SceneWatch(desk=desk, board=self.board, plugged=lambda: self.plugged, look_s=1)
        self.desk = desk

    def says(self, smoke: str) -> None:
        """The detector reports."""
        reading = PropertySeen(device="smoke-1", at=AT, monotonic_ms=0, property="smoke", value=smoke)
        status = DeviceStatus(device="smoke-1", kind="sensor", driver="x", state="up", since=AT, properties={"smoke": reading})
        self.board.show_device(status)

    def falls_silent(self) -> None:
        """Nobody knows what it would say."""
        self.board.show_device(replace(self.board.devices["smoke-1"], state="gone"))

    async def scene(self) -> str:
        """Who has the word after a look."""
        await self.watch.look()
        shown = await self.journal.query(scenes_shown)
        return f"{shown.calls[0].scene} by {shown.trigger}" if shown.calls else shown.trigger

    async def told(self, type_: str) -> int:
        """How many events of the type there are."""

        def count(db: sqlite3.Connection) -> int:
            (number,) = db.execute("SELECT count(*) FROM events WHERE type = ?", (type_,)).fetchone()
            return int(number)

        return await self.journal.query(count)


@asynccontextmanager
async def room(folder: Path) -> AsyncIterator[Room]:
    """Over a real journal."""
    journal = Journal(
        tables_in(folder / "journal.db"),
        limits=Limits(quota_bytes=64 * MIB, ballast_bytes=MIB, keep_sent=timedelta(days=1), keep_receipts=timedelta(36_500)),
        registry=Registry(EVENTS),
        migrations=SHOP_TABLES,
        stamp=Stamp(box="box-1", boot="boot-1", tz="Asia/Shanghai", clock=lambda: "synced"),
    )
    async with journal:
        found = Room(journal)
        await found.watch.look()  # a box without documents has nothing to watch
        await found.desk.decide(adopt, place="test", asked="adopt")
        yield found


async def test_an_alarm_holds_until_it_is_safe(tmp_path: Path) -> None:
    async with room(tmp_path) as here:
        here.says("false")
        assert await here.scene() == "default"
        here.says("true")
        assert await here.scene() == "evacuate by safety"
        here.falls_silent()
        assert await here.scene() == "evacuate by safety", "a detector that burnt says nothing"
        here.says("false")
        assert await here.scene() == "default"


async def test_an_alarm_of_a_device_that_was_taken_out_ends(tmp_path: Path) -> None:
    async with room(tmp_path) as here:
        here.says("true")
        assert await here.scene() == "evacuate by safety"
        here.plugged.clear()
        assert await here.scene() == "evacuate by safety", "it still says so"
        here.board.forget_device("smoke-1")
        assert await here.scene() == "default"


async def test_a_room_is_sampled_once_a_minute(tmp_path: Path) -> None:
    async with room(tmp_path) as here:
        here.says("false")
        for seconds in (0, 20, 40, 60, 80):
            here.now = AT + timedelta(seconds=seconds)
            await here.watch.look()
        assert await here.told("storebox.environment.sampled") == 2
