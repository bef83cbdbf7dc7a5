"""A forgotten member is in no table, no event and no byte of the journal's files; the orders are."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, closing, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec

from config.schema import Settings
from drivers.commands import Line, Print
from edge.command_json import command_json
from edge.forgetting import ALARM, Forgetting
from edge.shop.jobs import Job, newest_jobs, queue_job
from edge.shop.members.cache import members_adopter
from edge.shop.members.events import MemberIdentified
from edge.shop.members.forget import forget_member
from edge.shop.members.search import FORGETTING
from edge.shop.orders.events import ItemAdded, OrderOpened
from edge.shop.shop import Shop
from edge.shop_desk import ShopDesk
from edge.timers import Timers
from sync.box_events import JournalRemoved
from sync.document_events import CommandFinished
from sync.events import Event
from tests.edge.puppets import Counter, open_counter

CANARY = "canary-7f3a"
OFFER = {"zh": "茶", "expires": "2099-01-01T00:00:00Z"}
SHOP = Shop.from_settings(Settings(), b"k" * 32)


@dataclass
class Clock:
    """What the box takes for the time."""

    ahead: timedelta = field(default_factory=timedelta)

    def now(self) -> datetime:
        return datetime.now(UTC) + self.ahead


@asynccontextmanager
async def forgetful(folder: Path, clock: Clock) -> AsyncIterator[tuple[Counter, ShopDesk]]:
    """A journal, and the two that forget at work."""
    async with open_counter(folder, work=False) as counter:
        desk = ShopDesk(journal=counter.journal, shop=lambda: SHOP, now=clock.now)
        runs = (
            Timers(desk=desk, board=counter.board, timers=(FORGETTING,), look_s=0.02).run(),
            Forgetting(desk=desk, board=counter.board, look_s=0.02).run(),
        )
        tasks = [asyncio.create_task(run, name="part") for run in runs]
        try:
            yield counter, desk
        finally:
            for task in tasks:
                task.cancel()
            for task in tasks:
                with suppress(asyncio.CancelledError):
                    await task


async def shop_here(desk: ShopDesk, refs: list[str]) -> None:
    """Headquarters tells of ``refs``; each comes twice and has an order."""
    adopter = members_adopter(SHOP)
    rows = [{"ref": ref, "code": ref.encode().ljust(16, b"-")[:16], "points": 7, "offers": [OFFER]} for ref in refs]
    members = adopter.parse(msgspec.json.encode({"salts": [b"s" * 16], "members": rows}))

    def adopt(_moment: Any, _shop: Any, db: sqlite3.Connection) -> Any:
        for step in adopter.stage(members, 1):
            step(db)
        return adopter.adopt(members, 1, db)

    await desk.decide(adopt, place="test", asked="test")
    for number, ref in enumerate(refs):
        await happened(desk, *shopping(ref, str(number)))


def shopping(ref: str, order: str) -> tuple[Event, ...]:
    """An order, and its member named before and in it."""
    about: dict[str, Any] = {"till": "till-1", "order": order, "business_day": "2026-03-01"}
    named: dict[str, Any] = {"member_ref": ref, "method": "code", "till": "till-1", "lane": None, "known": True, "verified": True}
    return (
        MemberIdentified(**named, order=None),
        OrderOpened(**about, lane=None, currency="CNY"),
        ItemAdded(**about, line=1, sku="tea", qty=1, price_minor=650, amount_minor=650, currency="CNY", price_version=1),
        MemberIdentified(**named, order=order),
    )


async def happened(desk: ShopDesk, *events: Event) -> None:
    await desk.decide(lambda *_: events, place="test", asked="test")


async def to_be_printed(desk: ShopDesk, text: str) -> None:
    """A slip for a printer that is not there."""
    content = command_json(Print(blocks=(Line(text=text),)))
    job = Job(id="j-1", device="printer-1", command="print", content=content, by="ann", origin="page", asked_at=desk.now())
    await desk.decide(lambda _moment, _shop, db: queue_job(job, db), place="test", asked="test")


def files_with_canary(folder: Path) -> list[str]:
    """Every file of the journal that has it in any byte."""
    return [path.name for path in sorted(folder.glob("journal.db*")) if CANARY.encode() in path.read_bytes()]


async def until(holds: Callable[[], object]) -> None:
    async with asyncio.timeout(60):
        while not holds():  # noqa: ASYNC110 - files are looked at
            await asyncio.sleep(0.02)


async def test_no_byte_of_a_forgotten_member_is_left_in_the_journals_files(tmp_path: Path) -> None:
    async with forgetful(tmp_path, Clock()) as (counter, desk):
        await shop_here(desk, [*(f"m-{number}" for number in range(300)), CANARY, *(f"n-{number}" for number in range(300))])
        await happened(desk, *shopping(CANARY, "last"))
        await to_be_printed(desk, f"for {CANARY}, with thanks")
        assert files_with_canary(tmp_path), "or the test is blind"
        await desk.decide(forget_member(CANARY, "c-1", "headquarters"), place="test", asked="test")
        (told,) = await counter.told(CommandFinished)
        assert (told["id"], told["outcome"], told["detail"]) == (
            *("c-1", "confirmed"),
            "erased; cut out of 0 events, 4 events removed",
        )
        assert files_with_canary(tmp_path) == []
        assert len(await counter.events(OrderOpened)) == 602, "orders stay"
        assert len(await counter.events(MemberIdentified)) == 1_200
        assert [told["reason"] for told in await counter.events(JournalRemoved)] == ["forgotten"]
        (waits,) = await counter.journal.query(lambda db: newest_jobs(db, 1))
        assert (waits.state, "for forgotten, with thanks" in waits.content) == ("queued", True)
    assert files_with_canary(tmp_path) == []


async def test_whom_the_store_forgot_is_named_until_headquarters_has_heard_it(tmp_path: Path) -> None:
    async with forgetful(tmp_path, Clock()) as (counter, desk):
        await shop_here(desk, [CANARY])
        await desk.decide(forget_member(CANARY, "store-1", "store"), place="test", asked="test")
        await counter.told(JournalRemoved)
        assert files_with_canary(tmp_path)
        pending = await counter.journal.pending(limit=500, max_bytes=1 << 20)
        assert [each.type for each in pending if CANARY.encode() in bytes(each.data)] == ["storebox.member.forgotten"]
        await counter.journal.settle(done=[each.sequence for each in pending], rejected=[])
        await until(lambda: not files_with_canary(tmp_path))


async def test_a_reader_that_holds_the_log_is_waited_for_and_after_a_minute_named(tmp_path: Path) -> None:
    clock = Clock()
    async with forgetful(tmp_path, clock) as (counter, desk):
        await shop_here(desk, [CANARY])
        with closing(sqlite3.connect(f"file:{tmp_path / 'journal.db'}?mode=ro", uri=True)) as technician:
            technician.execute("BEGIN")
            technician.execute("SELECT count(*) FROM events").fetchone()
            await desk.decide(forget_member(CANARY, "c-1", "headquarters"), place="test", asked="test")
            await counter.told(JournalRemoved)
            clock.ahead = timedelta(seconds=90)
            await counter.shown(lambda board: ALARM in board.alarms)
            assert counter.board.alarms[ALARM] == (
                "a member is forgotten, but another program has the journal open and keeps its log: "
                f"end it (fuser names it: {tmp_path / 'journal.db-wal'})"
            )
            assert await counter.events(CommandFinished) == []
            await happened(desk, *shopping("m-2", "on"))
        await counter.told(CommandFinished)
        await counter.shown(lambda board: ALARM not in board.alarms)
    assert files_with_canary(tmp_path) == []
