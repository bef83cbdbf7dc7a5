"""What a terminal answers becomes the order's payment once; what nobody knows is never asked again."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, time, timedelta
from pathlib import Path
from time import monotonic_ns as time_ns
from typing import Any

import pytest

from config.schema import Lane
from drivers.commands import Answer, AnyCommand, Charged, Done, Pay, PayByCode, Refused, SettlePayment, Unknown
from drivers.counter_readings import PaymentCodeShown
from drivers.one_attempt import NothingLeft, OneAttempt
from edge.asking import Asker
from edge.lanes.codes import ShownCodes
from edge.lanes.payments import CODE_GONE, INTERRUPTED, LanePayments
from edge.shop.decide import entry_for
from edge.shop.lanes.answers import open_bills
from edge.shop.lanes.events import LaneBegun
from edge.shop.lanes.lane import LaneState, lane_state
from edge.shop.lanes.paying import bill
from edge.shop.orders.events import ItemAdded, OrderOpened
from edge.shop.registry import EVENTS, MIGRATIONS
from edge.shop.shop import Shop
from edge.shop_desk import ShopDesk
from sync.entries import Entry, Limits, Recorded, Stamp
from sync.events import EventClass, Registry
from sync.journal import Journal
from sync.schema import JOURNAL_MIGRATIONS

ORDER: dict[str, Any] = {"till": "sco-1", "order": "1", "business_day": "2026-03-01"}
MIB = 1024 * 1024
SHOP = Shop(
    timezone="Asia/Shanghai",
    day_starts_at=time(4),
    currency="CNY",
    member_key=b"k" * 32,
    lanes={"sco-1": Lane(terminal="terminal-1")},
)


@dataclass
class Terminal:
    """Answers what it is told to, when it is let."""

    answer: Answer
    let: asyncio.Event = field(default_factory=asyncio.Event)
    heard: asyncio.Event = field(default_factory=asyncio.Event)
    asked: list[tuple[str, AnyCommand, Asker]] = field(default_factory=list)

    async def ask(self, device: str, command: AnyCommand, asker: Asker) -> Answer:
        self.asked.append((device, command, asker))
        self.heard.set()
        await self.let.wait()
        return self.answer


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncIterator[ShopDesk]:
    """A shop whose lane has one line of 6.50 on its order."""
    journal = Journal(
        tmp_path / "journal.db",
        limits=Limits(quota_bytes=64 * MIB, ballast_bytes=MIB, keep_sent=timedelta(days=1), keep_receipts=timedelta(days=1)),
        registry=Registry(EVENTS),
        migrations=(*JOURNAL_MIGRATIONS, *MIGRATIONS),
        stamp=Stamp(box="box-1", boot="boot-1", tz="Asia/Shanghai", clock=lambda: "synced"),
    )
    async with journal:
        events = (
            LaneBegun(lane="sco-1", order="1", bag_grams=0),
            OrderOpened(lane="sco-1", currency="CNY", **ORDER),
            ItemAdded(line=1, sku="milk", qty=1, price_minor=650, amount_minor=650, currency="CNY", price_version=1, **ORDER),
        )
        entry = Entry(decide=lambda _db: events, event_class=EventClass.ORDER, at=datetime.now(UTC), monotonic_ms=1)
        assert isinstance(await journal.record(entry), Recorded)
        yield ShopDesk(journal=journal, shop=lambda: SHOP, now=lambda: datetime.now(UTC))


@dataclass
class Begun:
    """A journal that tells when somebody waits for its commits: whoever does has looked for old bills before."""

    journal: Journal
    begun: asyncio.Event = field(default_factory=asyncio.Event)

    async def watch(self, seen: int) -> int:
        self.begun.set()
        return await self.journal.watch(seen)

    def __getattr__(self, name: str) -> Any:
        return getattr(self.journal, name)


@asynccontextmanager
async def running(desk: ShopDesk, terminal: Terminal) -> AsyncIterator[None]:
    journal = Begun(desk.journal)
    seen = ShopDesk(journal=journal, shop=desk.shop, now=desk.now)  # type: ignore[arg-type]
    part = asyncio.create_task(payments(seen, terminal).run(), name="lanes")
    try:
        await journal.begun.wait()
        yield
    finally:
        part.cancel()
        await asyncio.wait([part])


def payments(desk: ShopDesk, terminal: Terminal) -> LanePayments:
    return LanePayments(desk=desk, ask=terminal.ask, codes=ShownCodes(shop=desk.shop), again_s=0.01, opens_within_s=0.5)


async def state(desk: ShopDesk) -> LaneState:
    return await desk.journal.query(lambda db: lane_state(db, "sco-1", SHOP))


async def until_settled(desk: ShopDesk) -> LaneState:
    """The lane, once its terminal is not waited for any more."""
    async with asyncio.timeout(10):
        seen = -1
        while True:
            seen = await desk.journal.watch(seen)
            now = await state(desk)
            if now.called == "payment" or now.billed_minor is None or now.open_order is None:
                return now


@pytest.mark.parametrize(
    ("answer", "stage", "called"),
    [
        (Charged(amount_minor=650, receipt="0042"), "completed", ""),
        (Refused(reason="card declined"), "open", ""),
        (Unknown(reason="no answer"), "open", "payment"),
        (Done(), "open", "payment"),
    ],
)
async def test_the_terminal_is_asked_once_and_its_answer_is_decided(
    desk: ShopDesk, answer: Answer, stage: str, called: str
) -> None:
    terminal = Terminal(answer)
    terminal.let.set()
    async with running(desk, terminal):
        await desk.decide(bill("sco-1"), place="sco-1", asked="pay")
        settled = await until_settled(desk)
    assert settled.order is not None
    assert (settled.order.stage, settled.called) == (stage, called)
    ((device, command, asker),) = terminal.asked
    assert (device, asker.by) == ("terminal-1", "lane sco-1")
    assert isinstance(command, Pay)
    assert command.amount_minor == 650


async def test_a_box_that_died_meanwhile_calls_an_attendant_and_does_not_ask_again(desk: ShopDesk) -> None:
    first = Terminal(Charged(amount_minor=650, receipt="0042"))
    async with running(desk, first):
        await desk.decide(bill("sco-1"), place="sco-1", asked="pay")
        async with asyncio.timeout(10):
            await first.heard.wait()
    second = Terminal(Charged(amount_minor=650, receipt="0043"))
    second.let.set()
    async with running(desk, second):
        settled = await until_settled(desk)
    assert settled.called == "payment"
    assert settled.billed_minor == 650
    assert second.asked == []
    events = await desk.journal.latest(1)
    assert INTERRUPTED in bytes(events[0].envelope.data).decode()


async def test_a_lane_that_lost_its_terminal_is_not_paid(desk: ShopDesk) -> None:
    await desk.decide(bill("sco-1"), place="sco-1", asked="pay")
    terminal = Terminal(Charged(amount_minor=650, receipt="0042"))
    bare = Shop(timezone="Asia/Shanghai", day_starts_at=time(4), currency="CNY", member_key=b"k" * 32, lanes={"sco-1": Lane()})
    (open_bill,) = await desk.journal.query(open_bills)
    await payments(ShopDesk(journal=desk.journal, shop=lambda: bare, now=desk.now), terminal)._take(open_bill)
    assert (await state(desk)).billed_minor is None
    assert (
        "lane sco-1 has no terminal-1 any more: pay at the till"
        in bytes((await desk.journal.latest(1))[0].envelope.data).decode()
    )
    assert terminal.asked == []


CODE = "134567890123456789"
WITH_CODES = replace(SHOP, lanes={"sco-1": Lane(terminal="terminal-1", scanner="scanner-1", wechat="wechat-1")}, box="box-1")


@dataclass
class CodeLane:
    """A lane that takes codes, its shopper about to pay."""

    desk: ShopDesk
    codes: ShownCodes

    async def show(self) -> None:
        """The scanner reads the shopper's code."""
        code, at_ms = OneAttempt(CODE), time_ns() // 1_000_000
        shown = PaymentCodeShown(
            device="scanner-1", at=datetime.now(UTC), monotonic_ms=at_ms, wallet="wechat", length=18, code=code
        )
        self.codes.keep(shown)
        assert isinstance(await self.desk.journal.record(entry_for(shown, WITH_CODES)), Recorded)

    @asynccontextmanager
    async def paying(self, gateway: Terminal) -> AsyncIterator[None]:
        journal = Begun(self.desk.journal)
        seen = ShopDesk(journal=journal, shop=self.desk.shop, now=self.desk.now)  # type: ignore[arg-type]
        part = LanePayments(desk=seen, ask=gateway.ask, codes=self.codes, again_s=0.01, opens_within_s=0.2)
        running = asyncio.create_task(part.run(), name="lanes")
        try:
            await journal.begun.wait()
            yield
        finally:
            running.cancel()
            await asyncio.wait([running])


@pytest.fixture
async def code_lane(desk: ShopDesk) -> CodeLane:
    """The lane of ``desk``, at the question how to pay."""
    desk = ShopDesk(journal=desk.journal, shop=lambda: WITH_CODES, now=desk.now)
    await desk.decide(bill("sco-1"), place="sco-1", asked="pay")
    return CodeLane(desk, ShownCodes(shop=desk.shop))


@pytest.mark.parametrize(
    ("answer", "stage", "called", "notice"),
    [
        (Charged(amount_minor=650, receipt="42"), "completed", "", None),
        (Refused(reason="no money"), "open", "", "code-not-charged"),
        (Refused(reason="no line", unheard=True), "open", "", "code-offline"),
        (Unknown(reason="nobody knows"), "open", "payment", None),
    ],
)
async def test_a_code_is_used_for_one_call_and_its_answer_is_decided(
    code_lane: CodeLane, answer: Answer, stage: str, called: str, notice: str | None
) -> None:
    gateway = Terminal(answer)
    gateway.let.set()
    async with code_lane.paying(gateway):
        await code_lane.show()
        settled = await until_settled(code_lane.desk)
    ((device, command, _),) = gateway.asked
    assert isinstance(command, PayByCode)
    assert (device, command.amount_minor, len(command.payment)) == ("wechat-1", 650, 24)
    with pytest.raises(NothingLeft):
        command.code.take()
    assert settled.order is not None
    assert (settled.order.stage, settled.called) == (stage, called)
    told = await code_lane.desk.journal.query(lambda db: db.execute("SELECT key FROM lane_notices").fetchone())
    assert (None if told is None else told[0]) == notice


async def test_a_code_that_is_gone_asks_nobody(code_lane: CodeLane) -> None:
    gateway = Terminal(Charged(amount_minor=650, receipt="42"))
    async with code_lane.paying(gateway):
        code_lane.codes.shop = lambda: SHOP
        await code_lane.show()
        settled = await until_settled(code_lane.desk)
    assert (settled.billed_minor, gateway.asked) == (None, [])
    assert CODE_GONE in bytes((await code_lane.desk.journal.latest(1))[0].envelope.data).decode()


@pytest.mark.parametrize(
    ("answer", "stage", "called"),
    [
        (Charged(amount_minor=650, receipt="42"), "completed", ""),
        (Done(detail="nothing was charged"), "open", ""),
        (Unknown(reason="nobody knows"), "open", "payment"),
        (Refused(reason="wechat-1 cannot settle-payment"), "open", "payment"),
        (Refused(reason="wechat-1 is not connected", unheard=True), "open", "payment"),
    ],
)
async def test_after_a_crash_the_gateway_is_asked_by_the_number_and_nobody_is_charged_again(
    code_lane: CodeLane, answer: Answer, stage: str, called: str
) -> None:
    first, second = Terminal(answer), Terminal(answer)
    async with code_lane.paying(first):
        await code_lane.show()
        async with asyncio.timeout(30):
            await first.heard.wait()
    second.let.set()
    async with code_lane.paying(second):
        settled = await until_settled(code_lane.desk)
    paid_by, asked_after = first.asked[0][1], {command for _, command, _ in second.asked}
    assert isinstance(paid_by, PayByCode)
    assert asked_after == {SettlePayment(amount_minor=650, payment=paid_by.payment)}
    assert settled.order is not None
    assert (settled.order.stage, settled.called) == (stage, called)
