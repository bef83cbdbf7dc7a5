"""The decisions in the real journal: what a till says becomes rows, once, and a refusal is remembered."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec
import pytest

from drivers.reading import Report
from drivers.readings import AnyReading, ItemChosen, MemberShown, OrderOpened, OrderPaid, Weight
from edge.shop.decide import entry_for, letter_for
from edge.shop.insight.today import takings
from edge.shop.registry import EVENTS, adopters
from sync.entries import Entry, Limits, NotRecorded, Recorded, Repeated, Stamp
from sync.events import EventClass, Registry
from sync.journal import Journal
from sync.letters import set_aside
from sync.staging import Staging
from tests.tables import SHOP_TABLES, tables_in

if TYPE_CHECKING:
    from tests.shop.conftest import Floor

MIB = 1 << 20
CODE = "MEMBER-CODE-4711"


def open_journal(path: Path) -> Journal:
    return Journal(
        tables_in(path),
        limits=Limits(quota_bytes=64 * MIB, ballast_bytes=MIB, keep_sent=timedelta(days=30), keep_receipts=timedelta(36_500)),
        registry=Registry(EVENTS),
        migrations=SHOP_TABLES,
        stamp=Stamp(box="box-1", boot="boot-1", tz="Asia/Shanghai", clock=lambda: "synced"),
    )


@pytest.fixture
async def journal(tmp_path: Path) -> AsyncIterator[Journal]:
    async with open_journal(tmp_path / "journal.db") as journal:
        yield journal


async def adopt(journal: Journal, floor: Floor) -> None:
    """Adopt the floor's catalogue inside the journal, as a document is."""
    (adopter,) = (each for each in adopters(floor.shop) if each.kind == "catalogue")
    catalogue = adopter.parse(msgspec.json.encode(floor.catalogue))
    await Staging(journal, lambda: datetime.now(UTC)).lay_out(adopter, catalogue, 1)
    entry = Entry(
        decide=lambda db: adopter.adopt(catalogue, 1, db), event_class=EventClass.ORDER, at=datetime.now(UTC), monotonic_ms=0
    )
    assert await journal.record(entry) == Recorded()


def say(floor: Floor, kind: Any, number: str, **said: Any) -> AnyReading:
    reading: AnyReading = kind(**floor.stamp("till-1"), report=Report(id=number, digest=number.encode()), order="17", **said)
    return reading


def weight(floor: Floor, grams: int) -> Weight:
    return Weight(**floor.stamp("scale-1"), grams=grams, state="stable")


async def test_an_order_with_a_weight_becomes_numbered_events_and_state(journal: Journal, floor: Floor) -> None:
    await adopt(journal, floor)
    readings = [
        weight(floor, 0),
        say(floor, OrderOpened, "1"),
        say(floor, ItemChosen, "2", code="banana"),
        weight(floor, 1_234),
        say(floor, ItemChosen, "3", code="milk", qty=1),
        say(floor, MemberShown, "4", code=CODE),
        say(floor, OrderPaid, "5", amount_minor=1_635, tender="cash"),
    ]
    for reading in readings:
        assert isinstance(await journal.record(entry_for(reading, floor.shop)), Recorded)
    kept = [each.envelope for each in reversed(await journal.latest(100))]
    assert [envelope.type for envelope in kept] == [
        "storebox.pan.emptied",
        "storebox.order.opened",
        "storebox.item.chosen",
        "storebox.item.added",
        "storebox.item.added",
        "storebox.member.identified",
        "storebox.order.paid",
        "storebox.stock.changed",
        "storebox.stock.changed",
        "storebox.order.completed",
    ]
    assert [envelope.sequence for envelope in kept] == list(range(1, 11))
    paid = kept[6]
    assert (paid.subject, paid.tz, paid.business_day) == ("till-1/17", "Asia/Shanghai", "2026-03-01")
    assert json.loads(bytes(paid.data))["difference_minor"] == 0
    today = await journal.query(lambda db: takings(db, "2026-03-01"))
    assert (today.paid_orders, today.revenue_minor) == (1, 1_635)


async def test_a_repeated_report_is_answered_and_not_decided_again(journal: Journal, floor: Floor) -> None:
    await adopt(journal, floor)
    chosen = say(floor, ItemChosen, "1", code="milk", qty=1)
    assert isinstance(await journal.record(entry_for(chosen, floor.shop)), Recorded)
    assert isinstance(await journal.record(entry_for(chosen, floor.shop)), Repeated)
    assert await journal.query(lambda db: db.execute("SELECT total_minor FROM orders").fetchall()) == [(650,)]


async def test_a_refusal_is_final_and_remembered_without_an_alarm(journal: Journal, floor: Floor) -> None:
    await adopt(journal, floor)
    scanned = say(floor, ItemChosen, "1", code="134567890123456789", qty=1)
    outcome = await journal.record(entry_for(scanned, floor.shop))
    assert outcome == NotRecorded(
        retry=False,
        problem="no product of the catalogue has the code <18 digits>: add it at headquarters, or sell under another code",
    )
    assert await journal.record(entry_for(scanned, floor.shop)) == outcome
    letters = await journal.query(lambda db: db.execute("SELECT kind, told FROM letters").fetchall())
    assert letters == [("refused", "ItemChosen report=1 order=17 code=<18 digits> qty=1")]
    told = await journal.query(lambda db: db.execute("SELECT type, data FROM events").fetchall())
    assert [kind for kind, _ in told] == ["storebox.request.declined"], "told once, a repeat tells nothing new"
    assert msgspec.json.decode(told[0][1]) == {
        "place": "till-1",
        "asked": "ItemChosen",
        "key": "unknown-barcode",
        "reason": outcome.problem,
    }


async def test_an_awaited_weight_survives_a_restart(tmp_path: Path, floor: Floor) -> None:
    async with open_journal(tmp_path / "journal.db") as journal:
        await adopt(journal, floor)
        await journal.record(entry_for(weight(floor, 0), floor.shop))
        await journal.record(entry_for(say(floor, ItemChosen, "1", code="banana"), floor.shop))
    async with open_journal(tmp_path / "journal.db") as journal:
        sold = await journal.record(entry_for(weight(floor, 500), floor.shop))
        again = await journal.record(entry_for(weight(floor, 500), floor.shop))
        assert isinstance(sold, Recorded)
        assert isinstance(again, Recorded)
        assert [event.type for event in (*sold.events, *again.events)] == ["storebox.item.added"]


async def test_a_member_code_is_in_no_file_of_the_journal(tmp_path: Path, floor: Floor) -> None:
    from drivers.readings import Unreadable

    async with open_journal(tmp_path / "journal.db") as journal:
        await journal.record(entry_for(say(floor, MemberShown, "1", code=CODE), floor.shop))
        half = Unreadable(**floor.stamp("till-1"), problem="it is not JSON", payload=f'{{"code": "{CODE}'.encode())
        await journal.record(set_aside(letter_for(half)))
    files = [path.read_bytes() for path in tmp_path.glob("*.db*")]  # noqa: ASYNC240 - the journal is closed
    assert any(b"storebox.member.identified" in file for file in files)
    assert not any(CODE.encode() in file for file in files)
