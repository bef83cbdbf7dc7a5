"""Wherever the box is killed with money in its hands, a shopper is charged once, is given back once, and is told of once."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from drivers.sim.scanner_serial import ScannerSim
from drivers.sim.wechat_gateway import wechat_gateway
from tests.edge.lanes.test_doubts import IN_A_HURRY, doubted
from tests.edge.lanes.test_pay_by_code import CODES, begin, settings, show
from tests.edge.lanes.test_self_checkout import LANE, RunBox, adopt, call

pytestmark = pytest.mark.faults

KILL = """
import importlib, os
owner = getattr(importlib.import_module({module!r}), {owner!r})
step = getattr(owner, {name!r})
async def killed(self, *given, **named):
    meant = any(word in str((given, named)) for word in {words!r})
    if meant and {when!r} == "before":
        os.kill(os.getpid(), 9)
    answer = await step(self, *given, **named)
    if meant:
        os.kill(os.getpid(), 9)
    return answer
setattr(owner, {name!r}, killed)
"""
PAYS = ("PayByCode(", "/pay/micropay", "'asked': 'payment'")
ASKS_ON = ("SettlePayment(", "'asked': 'doubted payment'")
GIVES_BACK = ("Refund(", "/secapi/pay/refund", "'asked': 'refund'")


@dataclass(frozen=True, kw_only=True)
class Step:
    """One that both ways take; ``charged``: the gateway has done it by then."""

    module: str
    owner: str
    name: str
    when: str = "before"
    charged: bool = True

    def kills(self, words: tuple[str, ...]) -> str:
        """What kills the box there."""
        return KILL.format(module=self.module, owner=self.owner, name=self.name, when=self.when, words=words)


STEPS = {
    "asked-for-on-disk": Step(module="edge.lanes.payers", owner="Payers", name="ask", charged=False),
    "told-to-the-audit": Step(module="edge.asking", owner="Asking", name="_in_time", charged=False),
    "done-by-the-gateway": Step(module="drivers.payments.gateway", owner="Gateway", name="_body"),
    "answered": Step(module="drivers.payments.code_payments", owner="CodePayments", name="perform", when="after"),
    "answer-told-to-the-audit": Step(module="edge.asking", owner="Asking", name="_settle", when="after"),
    "about-to-be-decided": Step(module="edge.lanes.payers", owner="Payers", name="write_down"),
    "decided": Step(module="edge.lanes.payers", owner="Payers", name="write_down", when="after"),
}


@pytest.fixture(params=list(STEPS.values()), ids=list(STEPS))
def step(request: pytest.FixtureRequest) -> Step:
    """Where it dies."""
    found: Step = request.param
    return found


async def opened(box: Any) -> None:
    for device in ("scanner-1", "wechat-1"):
        await box.device(device, "up")


async def test_a_shopper_is_charged_once(run_box: RunBox, tmp_path: Path, step: Step) -> None:
    async with ScannerSim(tmp_path / "scanner") as scanner, wechat_gateway() as gateway:
        async with run_box(settings(tmp_path, scanner, gateway), first=step.kills(PAYS)) as box:
            await opened(box)
            await adopt(box)
            await begin(box, scanner)
            scanner.scan(CODES[0], "Q1")
            assert await box.ends() == -9
        assert list(gateway.books.charged().values()) == ([650] if step.charged else [])
        async with run_box(settings(tmp_path, scanner, gateway)) as box:
            await opened(box)
            if not step.charged:  # the code is gone with the box: the shopper is told to show it anew
                told = await box.until(LANE, lambda lane: lane["stage"] == "totalled")
                assert told["notice"].startswith("The payment did not succeed, and nothing was charged.")
                await show(box, scanner, CODES[1], "thanks")
            order = await box.until("/api/orders/sco-1/1", lambda order: order["stage"] == "completed")
            assert order["total_minor"] == 650
        assert list(gateway.books.charged().values()) == [650]
        assert gateway.times("pay") == 1


async def test_a_shopper_is_given_back_once(run_box: RunBox, tmp_path: Path, step: Step) -> None:
    async with ScannerSim(tmp_path / "scanner") as scanner, wechat_gateway() as gateway:
        async with run_box(settings(tmp_path, scanner, gateway), first=step.kills(GIVES_BACK)) as box:
            await opened(box)
            await adopt(box)
            await begin(box, scanner)
            await show(box, scanner, CODES[0], "thanks")
            with suppress(aiohttp.ClientError):  # it dies as soon as the refund is on the disk
                await call(box, "/api/orders/sco-1/1/refunds", 201, json={"reason": "sour", "refund": "r-1"})
            assert await box.ends() == -9
        assert list(gateway.books.charged().values()) == [0 if step.charged else 650]
        async with run_box(settings(tmp_path, scanner, gateway)) as box:
            await box.until("/api/orders/sco-1/1", lambda order: order["paybacks"][0]["state"] == "given")
        (trade,) = gateway.books.trades.values()
        assert list(trade.refunds.values()) == [650]


@pytest.mark.parametrize("name", [name for name in STEPS if name != "done-by-the-gateway"])
async def test_late_money_pays_once(run_box: RunBox, tmp_path: Path, name: str) -> None:
    async with ScannerSim(tmp_path / "scanner") as scanner, wechat_gateway() as gateway:
        text = settings(tmp_path, scanner, gateway).replace("confirm_ms = 60000", "confirm_ms = 0")
        async with run_box(text, first=IN_A_HURRY + STEPS[name].kills(ASKS_ON)) as box:
            await opened(box)
            await adopt(box)
            await doubted(box, scanner, gateway)
            assert await box.ends() == -9
        async with run_box(text) as box:
            await box.until("/api/orders/sco-1/1", lambda order: order["stage"] == "completed")
            types = [event["type"] for event in await box.ask("/api/events?limit=500")]
        assert [types.count(f"storebox.{each}") for each in ("lane.cleared", "order.paid", "payback.offered")] == [1, 1, 0]
        assert list(gateway.books.charged().values()) == [650]
