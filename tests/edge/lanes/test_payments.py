"""What a terminal answers becomes the order's payment once; what nobody knows is never asked again."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import time

import pytest

from config.schema import Lane
from drivers.commands import Answer, Charged, Done, Pay, Refused, Unknown
from edge.lanes.codes import ShownCodes
from edge.lanes.payers import Payers
from edge.lanes.payments import INTERRUPTED, LanePayments
from edge.shop.lanes.answers import open_bills
from edge.shop.lanes.paying import bill
from edge.shop.shop import Shop
from edge.shop_desk import ShopDesk
from tests.edge.lanes.conftest import Begun, Late, Terminal, commit_something, state, until_settled


@asynccontextmanager
async def running(desk: ShopDesk, terminal: Terminal) -> AsyncIterator[None]:
    journal = Begun(desk.journal, look=open_bills)
    seen = ShopDesk(journal=journal, shop=desk.shop, now=desk.now)  # type: ignore[arg-type]
    part = asyncio.create_task(payments(seen, terminal).run(), name="lanes")
    try:
        await journal.begun.wait()
        yield
    finally:
        part.cancel()
        await asyncio.wait([part])


def payments(desk: ShopDesk, terminal: Terminal) -> LanePayments:
    payers = Payers(desk=desk, asking=terminal.ask, again_s=0.01, opens_within_s=0.5)
    return LanePayments(payers=payers, codes=ShownCodes(shop=desk.shop))


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
        async with asyncio.timeout(60):
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


async def test_a_look_that_is_older_than_the_answer_charges_nobody_again(desk: ShopDesk) -> None:
    terminal = Terminal(Charged(amount_minor=650, receipt="0042"))
    journal = Late(desk.journal, look=open_bills, task="lane sco-1: payment", let=terminal.let)
    late = ShopDesk(journal=journal, shop=desk.shop, now=desk.now)  # type: ignore[arg-type]
    part = asyncio.create_task(payments(late, terminal).run(), name="lanes")
    async with asyncio.timeout(60):
        await journal.begun.wait()
        await desk.decide(bill("sco-1"), place="sco-1", asked="pay")
        await terminal.heard.wait()
        await commit_something(desk)
        await journal.looked_again.wait()
    part.cancel()
    await asyncio.wait([part])
    assert len(terminal.asked) == 1


async def test_a_lane_that_lost_its_terminal_is_not_paid(desk: ShopDesk) -> None:
    await desk.decide(bill("sco-1"), place="sco-1", asked="pay")
    terminal = Terminal(Charged(amount_minor=650, receipt="0042"))
    bare = Shop(timezone="Asia/Shanghai", day_starts_at=time(4), currency="CNY", member_key=b"k" * 32, lanes={"sco-1": Lane()})
    (open_bill,) = await desk.journal.query(open_bills)
    await payments(ShopDesk(journal=desk.journal, shop=lambda: bare, now=desk.now), terminal)._go(open_bill, interrupted=False)
    assert (await state(desk)).billed_minor is None
    assert (
        "lane sco-1 has no terminal-1 any more: pay at the till"
        in bytes((await desk.journal.latest(1))[0].envelope.data).decode()
    )
    assert terminal.asked == []
