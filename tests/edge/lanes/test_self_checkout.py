"""A whole self-checkout on a running box: scanner, scales, terminal and printer speak on their wires, the screen by its API."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager, suppress
from pathlib import Path
from typing import Any

import aiohttp
import msgspec
import pytest
from joserfc.jwk import OKPKey

from drivers.sim.escpos_printer import EscposSim
from drivers.sim.mt_sics import MtSicsSim
from drivers.sim.scanner_serial import ScannerSim
from drivers.sim.tcp_port import TcpPort
from drivers.sim.zvt_terminal import ZvtTerminalSim
from sync.documents import DOCUMENT_TYP
from sync.signatures import public_text, sign

RunBox = Callable[..., AbstractAsyncContextManager[Any]]
KEY = OKPKey.generate_key("Ed25519", private=True)
SETTINGS = """
[cloud]
signing_key_file = "{key}"
[store]
name = "Corner shop"
language = "en"
[lane.sco-1]
scanner = "scanner-1"
scale = "scale-1"
bag_scale = "scale-2"
terminal = "terminal-1"
printer = "printer-1"
[device.scanner-1]
driver = "scanner/serial"
port = "{scanner}"
[[device.scanner-1.measure]]
prefix = "21"
item = [2, 7]
value = [7, 12]
kind = "weight"
[device.scale-1]
driver = "scale/mt-sics"
port = "{scale}"
[device.scale-2]
driver = "scale/mt-sics"
port = "{bags}"
[device.terminal-1]
driver = "terminal/zvt"
host = "127.0.0.1"
port = {terminal}
currency_number = 156
[device.printer-1]
driver = "printer/escpos"
address = "{printer}"
"""
GOODS = {
    "currency": "CNY",
    "items": [
        {
            "sku": "milk",
            "names": {"en": "Milk"},
            "codes": ["6901234567892"],
            "price_minor": 650,
            "unit": "piece",
            "unit_grams": 1030,
        },
        {"sku": "4011", "names": {"en": "Bananas"}, "price_minor": 798, "unit": "kg"},
        {"sku": "cheese", "names": {"en": "Cheese"}, "codes": ["2100001000004"], "price_minor": 8_000, "unit": "kg"},
    ],
}
LANE = "/api/lanes/sco-1"


async def call(box: Any, path: str, status: int = 200, **body: Any) -> Any:
    """The answer to a POST over the control socket."""
    connector = aiohttp.UnixConnector(str(box.folder / "run" / "control.sock"))
    async with aiohttp.ClientSession(connector=connector) as session, session.post(f"http://box{path}", **body) as answer:
        told = await answer.json(content_type=None)
        assert answer.status == status, told
        return told


async def adopt(box: Any) -> None:
    since = "2026-03-01T00:00:00Z"
    payload = {"kind": "catalogue", "version": 1, "issued_at": since, "not_before": since, "body": GOODS}
    jws = sign(msgspec.json.encode(payload), KEY, typ=DOCUMENT_TYP)
    await call(box, "/api/documents", data=jws, headers={"Content-Type": "application/jose"})


@pytest.fixture
async def shop(tmp_path: Path) -> Any:
    """The devices, and the settings that name them."""
    (tmp_path / "key").write_text(public_text(KEY))
    async with (
        ScannerSim(tmp_path / "scanner") as scanner,
        MtSicsSim(link=tmp_path / "scale", settle_ms=0) as scale,
        MtSicsSim(link=tmp_path / "bags", settle_ms=0) as bags,
        ZvtTerminalSim() as terminal,
        EscposSim(TcpPort()) as printer,
    ):
        settings = SETTINGS.format(
            key=tmp_path / "key",
            scanner=scanner.port,
            scale=scale.port,
            bags=bags.port,
            terminal=terminal.port,
            printer=printer.address,
        )
        yield settings, scanner, scale, bags, terminal, printer


async def fill(box: Any, scanner: ScannerSim, scale: Any, bags: Any) -> None:
    """Milk by its barcode, cheese by the label of a scale, bananas on the lane's scale; all of it in the bags."""
    for device in ("scanner-1", "scale-1", "scale-2", "terminal-1", "printer-1"):
        await box.device(device, "up")
    await adopt(box)
    scanner.scan("6901234567892")
    await box.until(LANE, lambda lane: lane["pieces"] == 1)
    scanner.scan("2100001005009")  # 0.500 kg
    await box.until(LANE, lambda lane: lane["pieces"] == 2)
    await call(box, f"{LANE}/goods", json={"code": "4011"})
    scale.pan.put(1_000)
    await box.until(LANE, lambda lane: lane["total"] == "¥54.48")
    bags.pan.put(2_530)
    await box.until(LANE, lambda lane: lane["bags"] == "")


async def test_a_shopper_scans_weighs_pays_and_takes_the_receipt(run_box: RunBox, shop: Any) -> None:
    settings, scanner, scale, bags, terminal, printer = shop
    async with run_box(settings) as box:
        await fill(box, scanner, scale, bags)
        scanner.scan("6901234567885")
        told = await box.until(LANE, lambda lane: lane["notice_number"] == 1)
        assert told["notice"] == "We do not know this product (6901234567885). Please call a member of staff."
        terminal.result = 108
        await call(box, f"{LANE}/pay")
        await box.until(LANE, lambda lane: lane["notice_number"] == 2 and lane["stage"] == "open")
        terminal.result = 0
        await call(box, f"{LANE}/pay")
        await box.until(LANE, lambda lane: lane["stage"] == "thanks")
        await box.until("/api/jobs", lambda jobs: jobs and jobs[0]["state"] in {"confirmed", "accepted"})
        order = await box.ask("/api/orders/sco-1/1")
        assert (order["stage"], order["total_minor"]) == ("completed", 5_448)
        given = await call(
            box, "/api/orders/sco-1/1/refunds", 201, json={"lines": [{"line": 1, "qty": 1}], "reason": "sour", "refund": "r-1"}
        )
        assert (given["amount_minor"], given["tender"], given["whole"]) == (650, "card", False)
        refunded = await box.until("/api/orders/sco-1/1", lambda told: told["paybacks"][0]["state"] == "given")
        assert (refunded["paybacks"][0]["payer"], refunded["paybacks"][0]["amount_minor"]) == ("terminal-1", 650)
        again = await call(box, "/api/orders/sco-1/1/refunds", 409, json={"reason": "sour", "refund": "r-1"})
        assert again["type"] == "urn:storebox:problem:refund-twice"
    assert (list(terminal.charged.values()), list(terminal.refunded.values())) == ([5_448], [650])
    paper = [line.strip() for line in printer.paper.lines]
    for wanted in (
        "Corner shop",
        "Receipt sco-1-1",
        "Milk",
        "0.500 kg × 80.00/kg    40.00",
        "Total    54.48 CNY",
        "Card    54.48",
    ):
        assert wanted in paper, paper


async def test_a_box_that_is_killed_while_the_card_is_charged_calls_an_attendant(run_box: RunBox, shop: Any) -> None:
    settings, scanner, scale, bags, terminal, _printer = shop
    async with run_box(settings) as box:
        await fill(box, scanner, scale, bags)
        terminal.think_ms = 60_000
        await call(box, f"{LANE}/pay")
        await box.until("/api/events?limit=20", lambda events: any(each["type"] == "storebox.payment.asked" for each in events))
        box.process.kill()
        await box.process.wait()
    terminal.think_ms = 0
    terminal.cut()
    async with run_box(settings) as box:
        waiting = await box.until(LANE, lambda lane: lane["stage"] == "waiting")
        assert (waiting["called_for"], waiting["due"]) == ("payment", "¥54.48")
        refused = await call(box, f"{LANE}/pay", 409)
        assert refused["type"] == "urn:storebox:problem:being-paid"
        await call(box, f"{LANE}/attend", json={"verdict": "paid"})
        events = await box.until(
            "/api/events?limit=40", lambda events: any(each["type"] == "storebox.order.paid" for each in events)
        )
        assert sum(each["type"] == "storebox.payment.asked" for each in events) <= 1


DIES_WITH_THE_MONEY = """
import os
from edge.lanes.payers import Payers
async def die(self, decision, place, asked):
    os.kill(os.getpid(), 9)
Payers.write_down = die
"""


async def test_a_box_that_dies_with_the_terminals_answer_in_its_hand_charges_nobody_twice(run_box: RunBox, shop: Any) -> None:
    settings, scanner, scale, bags, terminal, _printer = shop
    async with run_box(settings, first=DIES_WITH_THE_MONEY) as box:
        await fill(box, scanner, scale, bags)
        with suppress(aiohttp.ClientError):
            await call(box, f"{LANE}/pay")
        assert await box.ends() != 0
    assert list(terminal.charged.values()) == [5_448]
    async with run_box(settings) as box:
        waiting = await box.until(LANE, lambda lane: lane["stage"] == "waiting")
        assert (waiting["called_for"], waiting["due"]) == ("payment", "¥54.48")
        for tap in ("pay", "leave"):
            assert (await call(box, f"{LANE}/{tap}", 409))["type"] == "urn:storebox:problem:being-paid"
        await call(box, f"{LANE}/attend", json={"verdict": "paid"})
        assert (await call(box, f"{LANE}/attend", 409, json={"verdict": "paid"}))["type"].endswith("nobody-called")
        order = await box.ask("/api/orders/sco-1/1")
        assert (order["stage"], order["total_minor"]) == ("completed", 5_448)
        events = [event["type"] for event in await box.ask("/api/events?limit=500")]
        assert events.count("storebox.order.paid") == 1
        assert events.count("storebox.payment.asked") == 1
        assert events.count("storebox.receipt.issued") == 1
    assert list(terminal.charged.values()) == [5_448]
