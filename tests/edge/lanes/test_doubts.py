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
from edge.shop.lanes.answers import doubt_payment
from edge.shop.lanes.attendant import attend
from edge.shop.lanes.doubts import ASKED_FOR, payments_doubted
from edge.shop.lanes.paybacks import paybacks_left
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
    journal = Begun(desk.journal)
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
    """Why late money is offered back, once the gateway is not asked any more."""
    async with asyncio.timeout(60):
        seen = -1
        while await desk.journal.query(payments_doubted):
            seen = await desk.journal.watch(seen)
    return [each.detail for each in await desk.journal.query(paybacks_left)]


LATE = "the money came after the attendant had found nothing"


@pytest.mark.parametrize(
    ("answer", "told"), [(Charged(amount_minor=650, receipt="420001"), [LATE]), (Done(detail="nothing was charged"), [])]
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
        assert await until_certain(unpaid) == [LATE]
    async with asking(unpaid, third):
        assert await until_certain(unpaid) == [LATE]
    assert (len(second.asked), third.asked) == (1, [])


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


async def doubted(box: Any, scanner: ScannerSim, gateway: WechatGatewaySim) -> None:
    """A code was charged and nobody could tell; the attendant found nothing, then the gateway answers again."""
    await begin(box, scanner)
    gateway.moods = {"pay": "cut", "query": "cut", "reverse": "deaf"}
    scanner.scan(CODES[0], "Q1")
    await box.until(LANE, lambda lane: lane["called_for"] == "payment")
    gateway.moods = {}
    with suppress(aiohttp.ClientError):  # a box that is to die may do so before it has answered
        await call(box, f"{LANE}/attend", json={"verdict": "unpaid"})


async def test_money_that_came_late_is_told_to_the_staff_and_goes_back(run_box: RunBox, tmp_path: Path) -> None:
    async with ScannerSim(tmp_path / "scanner") as scanner, wechat_gateway() as gateway:
        text = settings(tmp_path, scanner, gateway).replace("confirm_ms = 60000", "confirm_ms = 0")
        async with run_box(text, first=IN_A_HURRY) as box:
            for device in ("scanner-1", "wechat-1"):
                await box.device(device, "up")
            await adopt(box)
            await doubted(box, scanner, gateway)
            await box.until(LANE, lambda lane: lane["stage"] == "totalled")
            assert "6.50 CNY of sco-1/1 (came late)" in await box.alarm("paybacks")
            await box.device("wechat-1", "up")
            await show(box, scanner, CODES[1], "thanks")
            assert sorted(gateway.books.charged().values()) == [650, 650]
            (offered,) = (await box.ask("/api/orders/sco-1/1"))["paybacks"]
            assert (offered["state"], offered["amount_minor"]) == ("offered", 650)
            shown = await page(box)
            assert "Give it back now" in shown
            assert "Nothing goes back" in shown
            path = f"/api/orders/sco-1/1/refunds/{offered['refund']}/accepted"
            await call(box, path)
            await box.until("/api/orders/sco-1/1", lambda order: order["paybacks"][0]["state"] == "given")
            again = await call(box, path, 409)
            assert again["type"] == "urn:storebox:problem:payback-not-offered"
            await box.until("/api/status", lambda status: "paybacks" not in status["alarms"])
            events: list[Any] = await box.ask("/api/events?limit=500")
        assert sum(each["type"] == "storebox.lane.cleared" for each in events) == 1
        assert gateway.books.charged() == {
            offered["refund"]: 0,
            **{n: 650 for n in gateway.books.trades if n != offered["refund"]},
        }
