"""A payment code is used for one call; after a crash the gateway is asked by its number, and nobody is charged again."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from time import monotonic_ns as time_ns

import pytest

from config.schema import Lane
from drivers.commands import Answer, Charged, Done, PayByCode, Refused, SettlePayment, Unknown
from drivers.counter_readings import PaymentCodeShown
from drivers.one_attempt import NothingLeft, OneAttempt
from edge.lanes.codes import ShownCodes
from edge.lanes.payers import Payers
from edge.lanes.payments import CODE_GONE, LanePayments
from edge.shop.decide import entry_for
from edge.shop.lanes.answers import open_bills
from edge.shop.lanes.paying import bill
from edge.shop_desk import ShopDesk
from sync.entries import Recorded
from tests.edge.lanes.conftest import SHOP, Begun, Terminal, until_settled

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
        journal = Begun(self.desk.journal, look=open_bills)
        seen = ShopDesk(journal=journal, shop=self.desk.shop, now=self.desk.now)  # type: ignore[arg-type]
        payers = Payers(desk=seen, asking=gateway.ask, again_s=0.01, opens_within_s=0.2)
        part = LanePayments(payers=payers, codes=self.codes)
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
        async with asyncio.timeout(60):
            await first.heard.wait()
    second.let.set()
    async with code_lane.paying(second):
        settled = await until_settled(code_lane.desk)
    paid_by, asked_after = first.asked[0][1], {command for _, command, _ in second.asked}
    assert isinstance(paid_by, PayByCode)
    assert asked_after == {SettlePayment(amount_minor=650, payment=paid_by.payment)}
    assert settled.order is not None
    assert (settled.order.stage, settled.called) == (stage, called)
