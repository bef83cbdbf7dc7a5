"""Pickup orders in a running box: printed over a printer's wire, late once, also for a box that was killed, handed over."""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from pathlib import Path
from typing import Any

import aiohttp
import msgspec
from joserfc.jwk import OKPKey

from drivers.sim.escpos_printer import EscposSim
from drivers.sim.tcp_port import TcpPort
from edge.shop.pickups.codes import code_hash
from sync.documents import DOCUMENT_TYP
from sync.signatures import public_text, sign

RunBox = Callable[..., AbstractAsyncContextManager[Any]]
KEY = OKPKey.generate_key("Ed25519", private=True)
SPEED = 60
"""A minute of the shop is a second."""

BEGAN_MS = time.monotonic_ns() // 1_000_000
CLOCK = ["--simulated-clock", f"2026-03-02T12:00:00+08:00,{SPEED},{BEGAN_MS}"]
SETTINGS = """
[pickup]
printer = "printer-1"
sla_minutes = 2
[cloud]
signing_key_file = "{key}"
[store]
language = "en"
[device.printer-1]
driver = "printer/escpos"
address = "{address}"
"""
GOODS = {"currency": "CNY", "items": [{"sku": "milk", "names": {"en": "Milk"}, "price_minor": 650, "unit": "piece"}]}


def order(name: str, qty: int, priority: int) -> dict[str, Any]:
    return {
        "order": name,
        "items": [{"sku": "milk", "qty": qty}],
        "code_hash": code_hash(name, "1234"),
        "priority": priority,
    }


async def call(box: Any, path: str, **body: Any) -> dict[str, Any]:
    """The answer to a POST over the control socket."""
    connector = aiohttp.UnixConnector(str(box.folder / "run" / "control.sock"))
    async with aiohttp.ClientSession(connector=connector) as session, session.post(f"http://box{path}", **body) as answer:
        said: dict[str, Any] = await answer.json(content_type=None)
        assert answer.status < 400, said
        return said


async def adopt(box: Any, kind: str, body: dict[str, Any]) -> None:
    """Bring a signed document."""
    since = "2026-03-01T00:00:00Z"
    payload = {"kind": kind, "version": 1, "issued_at": since, "not_before": since, "body": body}
    jws = sign(msgspec.json.encode(payload), KEY, typ=DOCUMENT_TYP)
    await call(box, "/api/documents", data=jws, headers={"Content-Type": "application/jose"})


def states(wanted: dict[str, str]) -> Callable[[dict[str, Any]], bool]:
    return lambda told: {each["order"]: each["state"] for each in (*told["waiting"], *told["settled"])} == wanted


async def test_two_orders_for_the_last_bottles_and_a_box_that_dies(run_box: RunBox, tmp_path: Path) -> None:
    (tmp_path / "key").write_text(public_text(KEY))
    async with EscposSim(TcpPort()) as printer:
        settings = SETTINGS.format(key=tmp_path / "key", address=printer.address)
        async with run_box(settings, options=CLOCK) as box:
            await box.device("printer-1", "up")
            await adopt(box, "catalogue", GOODS)
            await call(box, "/api/stock/counts", json={"id": "C-1", "lines": [{"code": "milk", "qty": 3}]})
            await adopt(box, "pickups", {"orders": [order("P-1", 2, 0), order("P-2", 2, 9)]})
            await box.until("/api/pickups", states({"P-1": "refused", "P-2": "accepted"}))
            await box.until("/api/jobs", lambda jobs: jobs and jobs[0]["state"] in {"confirmed", "accepted"})
            assert printer.received.count(b"Pick list") == 1
            assert "P-2" in await box.alarm("pickups")
            box.process.kill()
            await box.process.wait()
        async with run_box(settings, options=CLOCK) as box:
            assert "P-2" in await box.alarm("pickups")
            await call(box, "/api/pickups/P-2/ready")
            await box.until("/api/status", lambda status: "pickups" not in status["alarms"])
            handed = await call(box, "/api/pickups/P-2/hand-over", json={"code": "1234"})
            assert handed["state"] == "handed-over"
            (milk,) = await box.ask("/api/stock")
            assert (milk["physical"], milk["reserved"], milk["available"]) == (1, 0, 1)
            events = [event["type"] for event in await box.ask("/api/events?limit=500")]
            assert events.count("storebox.pickup.late") == 1
            assert events.count("storebox.job.queued") == 1
