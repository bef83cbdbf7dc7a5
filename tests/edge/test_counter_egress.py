"""Card numbers, payment codes and member codes, planted at the counter: scanner, card terminal, HTTP till, receipt tap, printer.

As ``test_egress.py``, which has the till over MQTT, searches: files, log, requests to the cloud, page, API, metrics.
"""

from __future__ import annotations

import json
import re
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import aiohttp
import zstandard

from drivers.sim.escpos_printer import EscposSim
from drivers.sim.pty_port import PtyPort
from drivers.sim.scanner_serial import ScannerSim
from drivers.sim.zvt_terminal import ZvtTerminalSim
from tests.edge.conftest import TOKEN, claimed
from tests.edge.test_egress import CARD, GROUPED, MEMBER, PAYMENT_CODE, files, found, shown

if TYPE_CHECKING:
    from tests.edge.conftest import FarCloud

RunBox = Callable[..., AbstractAsyncContextManager[Any]]
SETTINGS = """
[cloud]
url = "{cloud}"
[log]
level = "debug"
[device.scanner-1]
driver = "scanner/serial"
port = "{scanner}"
[device.terminal-1]
driver = "terminal/zvt"
host = "127.0.0.1"
port = {terminal}
[device.printer-1]
driver = "printer/escpos"
port = "{printer}"
[device.till-3]
driver = "till/http"
[device.tap-1]
driver = "tap/receipt"
till_side = "{till_side}"
printer_side = "{printer_side}"
"""
SCANNED = (
    *((PAYMENT_CODE, ""), (f" {PAYMENT_CODE}", ""), (PAYMENT_CODE * 2, ""), (PAYMENT_CODE, "Q1"), (PAYMENT_CODE * 230, "")),
    *((CARD, ""), (GROUPED, ""), (MEMBER, "Q1"), (f"010690102807583121{CARD}", "C1"), (f"010690102807583110{MEMBER}", "C1")),
    (f"https://id.gs1.org/01/06901028075831/10/{MEMBER}?21={CARD}", "Q1"),
)
ORDER: dict[str, Any] = {
    "sequence": 1,
    "business_day": "2026-11-21",
    "lines": [{"code": "6901028075831", "qty": 1, "amount_minor": 1}],
    "amount_minor": 1,
    "tender": "card",
}
ORDERS: tuple[dict[str, Any], ...] = (
    {**ORDER, "member": MEMBER},
    {**ORDER, "member": MEMBER, "amount_minor": 2, "sequence": 2},
    {**ORDER, "member": [MEMBER], "sequence": 3},
    {**ORDER, "order": CARD, "sequence": 4},
    {**ORDER, "tender": CARD, "sequence": 5},
    {**ORDER, "card": CARD, "sequence": 6},
    {**ORDER, CARD: 1, "sequence": 7},
    {**ORDER, "business_day": CARD, "sequence": 8},
    {**ORDER, "sequence": int(CARD)},
    *(
        {**ORDER, "sequence": 10 + at, "lines": [{"code": code, "qty": 1, "amount_minor": 1}]}
        for at, code in enumerate((CARD, GROUPED, PAYMENT_CODE))
    ),
)
PASSED = f"单号: 42\n2026-11-21 15:30\n牛奶   2   6.50   13.00\n合计: 13.00\n银联 {GROUPED}\n付款码 {PAYMENT_CODE}\n{CARD}\n"


Post = Callable[[str, Any], Awaitable[int]]


@asynccontextmanager
async def posting(box: Any, **headers: str) -> AsyncIterator[Post]:
    """POST to the box's page as a till does, or over the control socket; the answer's status."""
    connector = None if headers else aiohttp.UnixConnector(str(box.folder / "run" / "control.sock"))
    base = str(re.findall(r"http://127\.0\.0\.1:[0-9]+", box.log)[-1]) if headers else "http://box"
    async with aiohttp.ClientSession(base, connector=connector, headers=headers) as session:

        async def post(path: str, body: Any) -> int:
            async with session.post(path, json=body) as answer:
                return answer.status

        yield post


async def scan_everything(scanner: ScannerSim, box: Any) -> list[bytes]:
    """Scan it all; what the API told of each code."""
    told = []
    for number, (code, symbology) in enumerate(SCANNED, 2):
        scanner.aim = bool(symbology)
        scanner.scan(code, symbology)

        def arrived(devices: list[dict[str, Any]], number: int = number) -> bool:
            (found,) = (device for device in devices if device["id"] == "scanner-1")
            return bool(found["readings_seen"] + found["unreadable"] >= number)

        told.append(json.dumps(await box.until("/api/devices", arrived)).encode())
    return told


async def ask_everything(post: Post) -> None:
    assert await post("/api/devices/terminal-1/commands", {"command": "pay", "amount_minor": 1250}) == 200
    for text in (CARD, GROUPED):
        assert await post("/api/devices/printer-1/jobs", {"command": "print", "blocks": [{"type": "line", "text": text}]}) == 400
        assert await post("/api/devices/terminal-1/commands", {"command": "reverse", "receipt": text}) == 409
        assert await post("/api/devices/printer-1/commands", {"command": text}) == 400
        assert await post("/api/devices/printer-1/commands", {"command": "open-drawer", "reason": text}) == 409


async def post_everything(box: Any) -> None:
    connector = aiohttp.UnixConnector(str(box.folder / "run" / "control.sock"))
    async with aiohttp.ClientSession("http://box", connector=connector) as session:
        async with session.post("/api/pairings", json={"name": "till-3", "role": "device"}) as answer:
            code = (await answer.json())["code"]
        async with session.post("/api/tokens", json={"code": code}) as answer:
            token = (await answer.json())["token"]
    async with posting(box, Authorization=f"Bearer {token}") as post:
        statuses = [await post("/api/till/till-3/orders", order) for order in ORDERS]
    assert statuses[0] == 200
    assert set(statuses[1:]) <= {200, 422}


async def test_no_code_and_no_card_number_leaves_the_counter_in_clear(
    run_box: RunBox, tmp_path: Path, far_cloud: FarCloud
) -> None:
    data_dir = tmp_path / "box" / "data"
    claimed(data_dir)
    till_side, printer_side = PtyPort(tmp_path / "till"), PtyPort(tmp_path / "paper")
    till_side.plug()
    printer_side.plug()
    async with ScannerSim(tmp_path / "scanner") as scanner, ZvtTerminalSim(card=CARD) as terminal, EscposSim() as printer:
        settings = SETTINGS.format(
            cloud=far_cloud.url,
            scanner=scanner.port,
            terminal=terminal.port,
            printer=printer.port,
            till_side=till_side.link,
            printer_side=printer_side.link,
        )
        async with run_box(settings) as box, posting(box) as post:
            for device in ("scanner-1", "terminal-1", "printer-1", "till-3", "tap-1"):
                await box.device(device, "up")
            till_side.write(b"\x1b@" + PASSED.encode("gb18030") + b"\x1dV\x00")
            told = await scan_everything(scanner, box)
            await ask_everything(post)
            await post_everything(box)
            await box.device("tap-1", "up")
            await box.until("/api/status", lambda status: not any(status["journal"]["queued"].values()))
            seen = await shown(box) | files(data_dir) | {"log": box.log.encode(), "scans": b"\n".join(told)}
    for number, (head, path, body) in enumerate(far_cloud.heard):
        seen[f"request {number}"] = head.replace(f"Bearer {TOKEN}", "").encode()
        seen[f"body {number} of {path}"] = zstandard.ZstdDecompressor().decompress(body) if body else b""
    seen |= files(data_dir)
    assert found(seen) == []
    types = {event["type"] for event in far_cloud.events}
    assert types >= {"storebox.payment.answered", "storebox.till.receipt", "storebox.order.paid", "storebox.member.identified"}
