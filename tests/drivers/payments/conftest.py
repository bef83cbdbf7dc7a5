"""A merchant at a simulated gateway, whose readings somebody listens to, as the box does."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from drivers.commands import Answer, PayByCode
from drivers.contract import DeviceError, DeviceSilent, Wires
from drivers.counter_readings import TerminalSeen
from drivers.one_attempt import OneAttempt
from drivers.payments.code_payments import CodePayments
from drivers.payments.wechat_micropay import open_wechat
from drivers.payments.wechat_settings import WechatSettings
from drivers.sim.wechat_gateway import WechatGatewaySim

CODE = "134567890123456789"
WIRES = Wires(broker=None)  # type: ignore[arg-type]


@dataclass
class Merchant:
    """One merchant, open."""

    driver: CodePayments
    heard: list[TerminalSeen] = field(default_factory=list)
    failure: asyncio.Future[DeviceError] = field(default_factory=lambda: asyncio.get_running_loop().create_future())
    news: asyncio.Event = field(default_factory=asyncio.Event)

    async def listen(self) -> None:
        try:
            async for reading in self.driver.readings():
                assert isinstance(reading, TerminalSeen)
                self.heard.append(reading)
                self.news.set()
        except DeviceError as error:
            self.failure.set_result(error)

    async def says(self, words: str) -> None:
        async with asyncio.timeout(60):
            while words not in [seen.words for seen in self.heard]:
                self.news.clear()
                await self.news.wait()

    async def pay(self, payment: str = "abcdef", amount_minor: int = 650, code: str = CODE, deadline_ms: int = 60_000) -> Answer:
        command = PayByCode(amount_minor=amount_minor, payment=payment, code=OneAttempt(code), deadline_ms=deadline_ms)
        return await self.driver.perform(command)


Opens = Callable[..., AbstractAsyncContextManager[Merchant]]


async def patiently(stack: AsyncExitStack, make: Callable[[], CodePayments]) -> CodePayments:
    """Open it, as the supervisor does: a busy machine may answer late once."""
    async with asyncio.timeout(60):
        while True:
            with suppress(DeviceSilent):
                return await stack.enter_async_context(make())


@asynccontextmanager
async def listening_merchant(make: Callable[[], CodePayments]) -> AsyncIterator[Merchant]:
    """The merchant of ``make``, open and listened to."""
    async with AsyncExitStack() as stack:
        merchant = Merchant(await patiently(stack, make))
        listening = asyncio.create_task(merchant.listen(), name="readings")
        try:
            yield merchant
        finally:
            listening.cancel()
            await asyncio.wait([listening])


@pytest.fixture
def merchant_settings(tmp_path: Path) -> Callable[..., WechatSettings]:
    """The settings of a merchant at a gateway, in a hurry."""

    def settings(sim: WechatGatewaySim, **given: Any) -> WechatSettings:
        (tmp_path / "key").write_text(f"{sim.speech.key}\n")
        said = {"appid": "wxd930ea5d5a258f4f", "mch_id": sim.speech.mch_id, "url": sim.url, "key_file": tmp_path / "key"}
        hurry = {"answer_ms": 5_000, "ask_every_ms": 100, "confirm_ms": 60_000, "reverse_after_ms": 0}
        return WechatSettings.model_validate({**said, **hurry, **given})

    return settings


@pytest.fixture
def open_merchant(merchant_settings: Callable[..., WechatSettings]) -> Opens:
    """A merchant that is open, by the settings given."""

    def opened(sim: WechatGatewaySim, **given: Any) -> AbstractAsyncContextManager[Merchant]:
        settings = merchant_settings(sim, **given)
        return listening_merchant(lambda: open_wechat("wechat-1", settings, WIRES))

    return opened
