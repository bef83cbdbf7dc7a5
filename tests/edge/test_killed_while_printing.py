"""A box that is killed while a printer stands still in the middle of a receipt asks a person, and prints nothing by itself."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from typing import Any

import aiohttp

from drivers.sim.escpos_printer import EscposSim

RunBox = Callable[..., AbstractAsyncContextManager[Any]]
PRINTER = """
[device.printer-1]
driver = "printer/escpos"
port = "{port}"
baud = 115200
flow = "none"
"""
RECEIPT = {"command": "print", "blocks": [{"type": "line", "text": f"MARK {number}"} for number in range(4)]}


async def leave(box: Any) -> str:
    """Leave the receipt as a job; its id."""
    connector = aiohttp.UnixConnector(str(box.folder / "run" / "control.sock"))
    async with (
        aiohttp.ClientSession(connector=connector) as session,
        session.post("http://box/api/devices/printer-1/jobs", json=RECEIPT) as answer,
    ):
        assert answer.status == 202, await answer.text()
        return str((await answer.json())["job"])


async def test_a_receipt_that_perhaps_came_out_is_left_to_a_person(run_box: RunBox) -> None:
    async with EscposSim() as printer:
        settings = PRINTER.format(port=printer.port)
        async with run_box(settings) as box:
            await box.device("printer-1", "up")
            printer.misbehave_after(1, "hang")
            job = await leave(box)
            await box.until("/api/jobs", lambda jobs: jobs and jobs[0]["state"] == "sent")
            await box.until("/api/jobs", lambda _jobs: b"MARK 0" in printer.received)
        printer.unplug()
        printer.switch_on_again()
        printer.plug()
        async with run_box(settings) as box:
            (found,) = await box.until("/api/jobs", lambda jobs: jobs and jobs[0]["state"] == "unknown" and jobs)
            assert (found["id"], found["device"]) == (job, "printer-1")
            assert "print at printer-1" in await box.alarm("jobs")
            await box.device("printer-1", "up")
            assert printer.received.count(b"MARK 0") == 1
