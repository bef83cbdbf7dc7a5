"""Payment codes on a running box: scanned, charged at a gateway, found again after a crash, and nowhere to be read."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest

from drivers.sim.scanner_serial import ScannerSim
from drivers.sim.wechat_gateway import WechatGatewaySim, wechat_gateway
from sync.signatures import public_text
from tests.edge.lanes.test_self_checkout import KEY, LANE, RunBox, adopt, call

CODES = tuple(f"13456789012345678{digit}" for digit in range(10))
SETTINGS = """
[cloud]
signing_key_file = "{key}"
[store]
language = "en"
[log]
level = "debug"
[lane.sco-1]
scanner = "scanner-1"
wechat = "wechat-1"
[device.scanner-1]
driver = "scanner/serial"
port = "{scanner}"
repeat_ms = 0
[device.wechat-1]
driver = "payment/wechat-micropay"
url = "{gateway}"
appid = "wxd930ea5d5a258f4f"
mch_id = "10000100"
key_file = "{api_key}"
ask_every_ms = 100
confirm_ms = 60000
reverse_after_ms = 0
check_every_s = 10
"""


def settings(folder: Path, scanner: ScannerSim, gateway: WechatGatewaySim) -> str:
    (folder / "key").write_text(public_text(KEY))
    (folder / "api-key").write_text(gateway.speech.key)
    return SETTINGS.format(key=folder / "key", api_key=folder / "api-key", scanner=scanner.port, gateway=gateway.url)


async def begin(box: Any, scanner: ScannerSim) -> None:
    """Milk on the order, and the question how to pay."""
    scanner.scan("6901234567892")
    await box.until(LANE, lambda lane: lane["stage"] == "open" and lane["pieces"] == 1)  # not the one before, who is thanked
    await call(box, f"{LANE}/pay")
    await box.until(LANE, lambda lane: lane["stage"] == "totalled")


async def show(box: Any, scanner: ScannerSim, code: str, stage: str) -> Any:
    scanner.scan(code, "Q1")
    return await box.until(LANE, lambda lane: lane["stage"] == stage)


def written(folder: Path) -> bytes:
    """Every file of the box."""
    return b"".join(path.read_bytes() for path in folder.rglob("*") if path.is_file())


async def test_a_shopper_pays_by_code_and_the_code_is_nowhere(run_box: RunBox, tmp_path: Path) -> None:
    async with ScannerSim(tmp_path / "scanner") as scanner, wechat_gateway() as gateway:
        async with run_box(settings(tmp_path, scanner, gateway)) as box:
            for device in ("scanner-1", "wechat-1"):
                await box.device(device, "up")
            await adopt(box)
            scanner.scan("6901234567892")
            await box.until(LANE, lambda lane: lane["pieces"] == 1)
            scanner.scan(CODES[0], "Q1")
            told = await box.until(LANE, lambda lane: lane["notice_number"] == 1)
            assert told["notice"] == "Please touch Pay first, then show your payment code."
            await call(box, f"{LANE}/pay")
            await call(box, f"{LANE}/back")
            assert (await box.ask(LANE))["stage"] == "open"
            await call(box, f"{LANE}/pay")
            gateway.books.refuses = "NOTENOUGH"
            scanner.scan(CODES[1], "Q1")
            told = await box.until(LANE, lambda lane: lane["notice_number"] == 2)
            assert (told["stage"], told["notice"]) == (
                "totalled",
                "The payment did not succeed, and nothing was charged. Please show your code again, or pay another way.",
            )
            gateway.books.refuses, gateway.books.confirms = "", 3
            thanks = await show(box, scanner, CODES[2], "thanks")
            assert thanks["due"] == "¥6.50"
            events = await box.ask("/api/events?limit=50")
            (charge,) = [each for each in events if each["type"] == "storebox.lane.charged"]
            (paid,) = [each for each in events if each["type"] == "storebox.order.paid"]
            answers = [await box.ask(path) for path in ("/api/events?limit=500", "/api/devices", "/api/jobs")]
            kept = written(box.folder) + box.log.encode()
        assert gateway.books.charged() == {charge["data"]["payment"]: 650}
        assert (paid["data"]["tender"], charge["data"]["payer"]) == ("wechat", "wechat-1")
        assert gateway.times("pay") == 2
        assert [code for code in CODES if code.encode() in kept + str(answers).encode()] == []


@pytest.mark.faults
async def test_a_box_that_dies_after_the_charge_finds_it_and_charges_nobody_again(run_box: RunBox, tmp_path: Path) -> None:
    async with ScannerSim(tmp_path / "scanner") as scanner, wechat_gateway(moods={"pay": "mute"}) as gateway:
        async with run_box(settings(tmp_path, scanner, gateway)) as box:
            for device in ("scanner-1", "wechat-1"):
                await box.device(device, "up")
            await adopt(box)
            await begin(box, scanner)
            scanner.scan(CODES[0], "Q1")
            async with asyncio.timeout(60):
                await gateway.heard_of("pay")
            box.process.kill()
            await box.ends()
        async with run_box(settings(tmp_path, scanner, gateway)) as box:
            await box.until(LANE, lambda lane: lane["stage"] in {"thanks", "idle"})
            order = await box.ask("/api/orders/sco-1/1")
            assert (order["stage"], order["total_minor"]) == ("completed", 650)
        assert list(gateway.books.charged().values()) == [650]
        assert gateway.times("pay") == 1


async def test_without_a_line_a_code_is_refused_at_once_in_the_shopper_s_words(run_box: RunBox, tmp_path: Path) -> None:
    async with ScannerSim(tmp_path / "scanner") as scanner, wechat_gateway() as gateway:
        async with run_box(settings(tmp_path, scanner, gateway)) as box:
            for device in ("scanner-1", "wechat-1"):
                await box.device(device, "up")
            await adopt(box)
            await begin(box, scanner)
            await gateway.__aexit__()
            for number, code in enumerate(CODES[:2], start=1):
                scanner.scan(code, "Q1")
                told = await box.until(LANE, lambda lane, number=number: lane["notice_number"] == number)
                assert (told["stage"], told["notice"]) == (
                    "totalled",
                    "The wallet cannot be reached now; nothing was charged. Please pay by card, or at the till.",
                )
                await box.device("wechat-1", "gone")
        assert gateway.times("pay") == 0
