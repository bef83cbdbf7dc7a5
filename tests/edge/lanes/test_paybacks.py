"""Who took the money is asked once to give it back; what nobody can tell of, or gives, is put before people."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from config.schema import Lane
from drivers.commands import Answer, Charged, Done, Refund, Refused, Unknown
from drivers.sim.scanner_serial import ScannerSim
from drivers.sim.wechat_gateway import wechat_gateway
from edge.lanes.paybacks import INTERRUPTED, LanePaybacks
from edge.lanes.payers import Payers
from edge.shop.lanes.paybacks import paybacks_asked, paybacks_of
from edge.shop.lanes.payment_events import LaneBilled, LaneCharged
from edge.shop.orders.closing_events import OrderPaid
from edge.shop.orders.refunds import refund
from edge.shop_desk import ShopDesk
from edge.status import Board
from sync.entries import Entry, Recorded
from sync.events import EventClass
from tests.edge.lanes.conftest import ORDER, SHOP, Begun, Late, Terminal, commit_something
from tests.edge.lanes.test_pay_by_code import CODES, begin, settings, show
from tests.edge.lanes.test_self_checkout import RunBox, adopt, call

WITH_CODES = replace(SHOP, lanes={"sco-1": Lane(terminal="terminal-1", scanner="scanner-1", wechat="wechat-1")})


async def was_paid(desk: ShopDesk, payer: str, payment: str) -> None:
    """The order of the lane, paid at ``payer``, and a refund of it."""
    tender = "wechat" if payment else "card"
    events = (
        LaneBilled(lane="sco-1", order="1", terminal=payer, amount_minor=650, currency="CNY", billed_at="2026-03-01T10:00:00Z"),
        LaneCharged(
            lane="sco-1",
            order="1",
            payer=payer,
            payment=payment,
            tender=tender,
            receipt="1",
            amount_minor=650,
            currency="CNY",
        ),
        OrderPaid(amount_minor=650, total_minor=650, difference_minor=0, currency="CNY", tender=tender, **ORDER),
    )
    entry = Entry(decide=lambda _db: events, event_class=EventClass.ORDER, at=desk.now(), monotonic_ms=1)
    assert isinstance(await desk.journal.record(entry), Recorded)


async def give_back(desk: ShopDesk) -> None:
    await desk.decide(refund("sco-1", "1", None, reason="sour", by="ann", name="r-1"), place="ann", asked="refund")


@asynccontextmanager
async def running(desk: ShopDesk, payer: Terminal, board: Board) -> AsyncIterator[None]:
    journal = Begun(desk.journal, look=paybacks_asked)
    seen = ShopDesk(journal=journal, shop=lambda: WITH_CODES, now=desk.now)  # type: ignore[arg-type]
    payers = Payers(desk=seen, asking=payer.ask, again_s=0.01, opens_within_s=0.2)
    part = LanePaybacks(payers=payers, board=board)
    running = asyncio.create_task(part.run(), name="paybacks")
    try:
        await journal.begun.wait()
        yield
    finally:
        running.cancel()
        await asyncio.wait([running])


async def until_answered(desk: ShopDesk) -> tuple[str, str]:
    """State and detail of the refund, once it is not waited for any more."""
    async with asyncio.timeout(60):
        seen = -1
        while True:
            seen = await desk.journal.watch(seen)
            (payback,) = await desk.journal.query(lambda db: paybacks_of(db, "sco-1", "1"))
            if payback.state != "asked":
                return payback.state, payback.detail


@pytest.mark.parametrize(
    ("answer", "left"),
    [
        (Charged(amount_minor=650, receipt="50300"), ("given", "50300")),
        (Refused(reason="no account"), ("by-hand", "no account")),
        (Refused(reason="wechat-1 is not connected", unheard=True), ("by-hand", "wechat-1 is not connected")),
        (Unknown(reason="no answer"), ("unknown", "no answer")),
        (Done(detail="it says"), ("unknown", "it says")),
    ],
)
async def test_the_payer_is_asked_once_and_its_answer_is_decided(desk: ShopDesk, answer: Answer, left: tuple[str, str]) -> None:
    await was_paid(desk, "wechat-1", "abcdef")
    payer, board = Terminal(answer), Board()
    payer.let.set()
    async with running(desk, payer, board):
        await give_back(desk)
        assert await until_answered(desk) == left
        if left[0] != "given":
            async with asyncio.timeout(60):
                while "paybacks" not in board.alarms:
                    await board.changed(board.version)
            told = "money that a person must give back: 6.50 CNY of sco-1/1; look at /lanes, and say there when it is done"
            assert board.alarms["paybacks"] == told
    ((device, command, asker),) = payer.asked
    assert (device, asker.by) == ("wechat-1", "refund of sco-1")
    assert isinstance(command, Refund)
    assert (command.amount_minor, command.payment, command.paid_minor, len(command.refund)) == (650, "abcdef", 650, 24)


async def test_a_look_that_is_older_than_the_answer_gives_nothing_back_again(desk: ShopDesk) -> None:
    await was_paid(desk, "terminal-1", "")
    payer = Terminal(Charged(amount_minor=650, receipt="0043"))
    journal = Late(desk.journal, look=paybacks_asked, task="refund r-1 of sco-1/1", let=payer.let)
    late = ShopDesk(journal=journal, shop=lambda: WITH_CODES, now=desk.now)  # type: ignore[arg-type]
    payers = Payers(desk=late, asking=payer.ask)
    part = asyncio.create_task(LanePaybacks(payers=payers, board=Board()).run(), name="paybacks")
    async with asyncio.timeout(60):
        await journal.begun.wait()
        await give_back(desk)
        await payer.heard.wait()
        await commit_something(desk)
        await journal.looked_again.wait()
    part.cancel()
    await asyncio.wait([part])
    assert len(payer.asked) == 1


@pytest.mark.parametrize(
    ("payer", "payment", "answer", "left"),
    [
        ("terminal-1", "", Charged(amount_minor=650, receipt="1"), ("unknown", INTERRUPTED)),
        ("wechat-1", "abcdef", Charged(amount_minor=650, receipt="50300"), ("given", "50300")),
        ("wechat-1", "abcdef", Refused(reason="is not connected", unheard=True), ("unknown", "is not connected")),
        ("wechat-1", "abcdef", Refused(reason="no account"), ("unknown", "no account")),
    ],
)
async def test_after_a_crash_a_gateway_is_asked_by_the_same_number_and_a_terminal_is_not(
    desk: ShopDesk, payer: str, payment: str, answer: Answer, left: tuple[str, str]
) -> None:
    await was_paid(desk, payer, payment)
    first, second = Terminal(answer), Terminal(answer)
    async with running(desk, first, Board()):
        await give_back(desk)
        async with asyncio.timeout(60):
            await first.heard.wait()
    second.let.set()
    async with running(desk, second, Board()):
        assert await until_answered(desk) == left
    again = {command for _, command, _ in second.asked}
    assert again == ({first.asked[0][1]} if payment else set())


async def test_money_goes_back_to_the_wallet_or_a_person_says_that_it_did(run_box: RunBox, tmp_path: Path) -> None:
    async with ScannerSim(tmp_path / "scanner") as scanner, wechat_gateway() as gateway:
        async with run_box(settings(tmp_path, scanner, gateway)) as box:
            for device in ("scanner-1", "wechat-1"):
                await box.device(device, "up")
            await adopt(box)
            for number in (1, 2):
                await begin(box, scanner)
                await show(box, scanner, CODES[number], "thanks")
            await call(box, "/api/orders/sco-1/1/refunds", 201, json={"reason": "sour", "refund": "r-1"})
            order = await box.until("/api/orders/sco-1/1", lambda told: told["paybacks"][0]["state"] == "given")
            assert (order["stage"], order["paybacks"][0]["amount_minor"]) == ("refunded", 650)
            gateway.books.refund_refuses = "NOTENOUGH"
            await call(box, "/api/orders/sco-1/2/refunds", 201, json={"reason": "sour", "refund": "r-2"})
            await box.alarm("paybacks")
            assert "WeChat Pay gives nothing back (NOTENOUGH" in await page(box)
            settled = await call(box, "/api/orders/sco-1/2/refunds/r-2/settled")
            assert settled["paybacks"][0]["state"] == "settled"
            await box.until("/api/status", lambda status: "paybacks" not in status["alarms"])
            again = await call(box, "/api/orders/sco-1/2/refunds/r-2/settled", 409)
            assert again["type"] == "urn:storebox:problem:payback-not-open"
        assert sorted(gateway.books.charged().values()) == [0, 650]


async def page(box: Any) -> str:
    """The page of the attendants."""
    connector = aiohttp.UnixConnector(str(box.folder / "run" / "control.sock"))
    async with aiohttp.ClientSession(connector=connector) as session, session.get("http://box/lanes") as answer:
        return await answer.text()
