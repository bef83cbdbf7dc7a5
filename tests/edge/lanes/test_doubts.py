"""A gateway is asked on about what an attendant called unpaid, until it is certain; late money is told, and goes back."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from drivers.commands import Answer, AnyCommand, Charged, Done, Refused, SettlePayment, Unknown
from drivers.sim.scanner_serial import ScannerSim
from drivers.sim.wechat_gateway import WechatGatewaySim, wechat_gateway
from edge.asking import Asker
from edge.lanes.doubts import LaneDoubts
from edge.lanes.payers import Payers
from edge.shop.lanes.answers import charged, doubt_payment
from edge.shop.lanes.attendant import attend
from edge.shop.lanes.doubts import ASKED_FOR, payments_doubted
from edge.shop.lanes.late_money import LATE
from edge.shop.lanes.paybacks import paybacks_left
from edge.shop.orders.order import known_order
from edge.shop_desk import ShopDesk
from tests.edge.lanes.conftest import Begun
from tests.edge.lanes.test_code_payments import CodeLane, code_lane  # noqa: F401 - a fixture
from tests.edge.lanes.test_pay_by_code import CODES, begin, settings, show
from tests.edge.lanes.test_paybacks import page
from tests.edge.lanes.test_self_checkout import LANE, RunBox, adopt, call

UNKNOWN = Unknown(reason="nobody knows")


@dataclass
class Gateway:
    """Gives one answer after the other, the last one again and again."""

    answers: list[Answer]
    asked: list[tuple[str, AnyCommand, Asker]] = field(default_factory=list)
    heard: asyncio.Event = field(default_factory=asyncio.Event)

    async def ask(self, device: str, command: AnyCommand, asker: Asker) -> Answer:
        self.asked.append((device, command, asker))
        self.heard.set()
        return self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]


@pytest.fixture
async def unpaid(code_lane: CodeLane) -> ShopDesk:  # noqa: F811 - a fixture
    """Nobody could tell, and the attendant found nothing."""
    await code_lane.show()
    for decision in (doubt_payment("sco-1", "1", "no answer"), attend("sco-1", "unpaid", "ann")):
        await code_lane.desk.decide(decision, place="sco-1", asked="test")
    return code_lane.desk


@asynccontextmanager
async def asking(desk: ShopDesk, gateway: Gateway, ahead: bool = False) -> AsyncIterator[None]:
    journal = Begun(desk.journal, look=payments_doubted)
    seen = ShopDesk(journal=journal, shop=desk.shop, now=(lambda: desk.now() + ASKED_FOR) if ahead else desk.now)  # type: ignore[arg-type]
    payers = Payers(desk=seen, asking=gateway.ask, again_s=0.01)
    running = asyncio.create_task(LaneDoubts(payers=payers, first_pause_s=0.001, longest_pause_s=0.002).run(), name="doubts")
    try:
        await journal.begun.wait()
        yield
    finally:
        running.cancel()
        await asyncio.wait([running])


async def until_certain(desk: ShopDesk) -> list[str]:
    """What became of the order, or why late money is offered back, once the gateway is not asked any more."""
    async with asyncio.timeout(60):
        seen = -1
        while await desk.journal.query(payments_doubted):
            seen = await desk.journal.watch(seen)
    offered = [each.detail for each in await desk.journal.query(paybacks_left)]
    return offered or [await desk.journal.query(lambda db: known_order(db, "sco-1", "1").state)]


@pytest.mark.parametrize(
    ("answer", "told"), [(Charged(amount_minor=650, receipt="420001"), ["paid"]), (Done(detail="nothing was charged"), ["open"])]
)
async def test_a_gateway_is_asked_until_it_is_certain(unpaid: ShopDesk, answer: Answer, told: list[str]) -> None:
    gateway = Gateway([UNKNOWN, Refused(reason="not connected", unheard=True), Refused(reason="cannot"), answer])
    async with asking(unpaid, gateway):
        assert await until_certain(unpaid) == told
    assert len(gateway.asked) == 4
    ((device, command, by),) = set(gateway.asked)
    assert isinstance(command, SettlePayment)
    assert (device, command.amount_minor, len(command.payment), by.by) == ("wechat-1", 650, 24, "lane sco-1")


async def test_a_box_that_starts_anew_asks_on_and_tells_once(unpaid: ShopDesk) -> None:
    first, second, third = Gateway([UNKNOWN]), Gateway([Charged(amount_minor=650, receipt="1")]), Gateway([UNKNOWN])
    async with asking(unpaid, first), asyncio.timeout(60):
        await first.heard.wait()
    async with asking(unpaid, second):
        assert await until_certain(unpaid) == ["paid"]
    async with asking(unpaid, third):
        assert await until_certain(unpaid) == ["paid"]
    assert (len(second.asked), third.asked) == (1, [])


async def test_while_another_payment_of_the_order_is_unclear_the_gateway_is_asked_again(
    code_lane: CodeLane,  # noqa: F811 - a fixture
    unpaid: ShopDesk,
) -> None:
    await code_lane.show()
    gateway = Gateway([Charged(amount_minor=650, receipt="420001")])
    async with asking(unpaid, gateway), asyncio.timeout(60):
        while len(gateway.asked) < 3:
            gateway.heard.clear()
            await gateway.heard.wait()
        assert await unpaid.journal.query(payments_doubted)
        await unpaid.decide(charged("sco-1", "1", 650, "420002"), place="sco-1", asked="test")
        assert await until_certain(unpaid) == [LATE]


async def test_after_a_day_people_are_told_that_nobody_could_tell(unpaid: ShopDesk) -> None:
    gateway = Gateway([UNKNOWN])
    async with asking(unpaid, gateway, ahead=True):
        (told,) = await until_certain(unpaid)
    assert told.startswith("nobody could tell whether payment ")
    assert len(gateway.asked) == 1


IN_A_HURRY = """
from functools import partial
import edge.lanes.doubts, edge.lanes.payments
edge.lanes.payments.PayByCode = partial(edge.lanes.payments.PayByCode, deadline_ms=1_000)
ask = edge.lanes.doubts.LaneDoubts
edge.lanes.doubts.LaneDoubts = partial(ask, first_pause_s=0.1, longest_pause_s=0.1)
"""


async def unclear(box: Any, scanner: ScannerSim, gateway: WechatGatewaySim, code: str) -> None:
    """A code was charged and nobody can tell."""
    await begin(box, scanner)
    gateway.moods = {"pay": "cut", "query": "cut", "reverse": "deaf"}
    scanner.scan(code, "Q1")
    await box.until(LANE, lambda lane: lane["called_for"] == "payment")


async def doubted(box: Any, scanner: ScannerSim, gateway: WechatGatewaySim) -> None:
    """The attendant finds nothing, then the gateway answers again."""
    await unclear(box, scanner, gateway, CODES[0])
    gateway.moods = {}
    with suppress(aiohttp.ClientError):  # a box that is to die may do so before it has answered
        await call(box, f"{LANE}/attend", json={"verdict": "unpaid"})


async def test_late_money_pays_for_the_open_order_and_goes_back_when_it_cannot(run_box: RunBox, tmp_path: Path) -> None:
    async with ScannerSim(tmp_path / "scanner") as scanner, wechat_gateway() as gateway:
        text = settings(tmp_path, scanner, gateway).replace("confirm_ms = 60000", "confirm_ms = 0")
        async with run_box(text, first=IN_A_HURRY) as box:
            for device in ("scanner-1", "wechat-1"):
                await box.device(device, "up")
            await adopt(box)
            await doubted(box, scanner, gateway)
            await box.until("/api/orders/sco-1/1", lambda order: order["stage"] == "completed" and not order["paybacks"])
            assert list(gateway.books.charged().values()) == [650]
            await box.device("wechat-1", "up")
            await unclear(box, scanner, gateway, CODES[1])
            await call(box, f"{LANE}/attend", json={"verdict": "unpaid"})
            await call(box, f"{LANE}/back")
            scanner.scan("6901234567892")
            await box.until(LANE, lambda lane: lane["pieces"] == 2)
            gateway.moods = {}
            assert "6.50 CNY of sco-1/2 (came late)" in await box.alarm("paybacks")
            await box.device("wechat-1", "up")
            await call(box, f"{LANE}/pay")
            await show(box, scanner, CODES[2], "thanks")
            assert sorted(gateway.books.charged().values()) == [650, 650, 1300]
            await goes_back(box)
            events: list[Any] = await box.ask("/api/events?limit=500")
        outcomes = [each["data"]["outcome"] for each in events if each["type"] == "storebox.lane.cleared"]
        assert sorted(outcomes) == ["late", "paid"]
        assert sorted(gateway.books.charged().values()) == [0, 650, 1300]


async def goes_back(box: Any) -> None:
    """Staff have it given back, once."""
    (offered,) = (await box.ask("/api/orders/sco-1/2"))["paybacks"]
    assert (offered["state"], offered["amount_minor"]) == ("offered", 650)
    shown = await page(box)
    assert "Give it back now" in shown
    assert "Nothing goes back" in shown
    path = f"/api/orders/sco-1/2/refunds/{offered['refund']}/accepted"
    await call(box, path)
    await box.until("/api/orders/sco-1/2", lambda order: order["paybacks"][0]["state"] == "given")
    again = await call(box, path, 409)
    assert again["type"] == "urn:storebox:problem:payback-not-offered"
    await box.until("/api/status", lambda status: "paybacks" not in status["alarms"])
