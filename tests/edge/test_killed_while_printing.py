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


def receipt(name: str) -> dict[str, Any]:
    return {"command": "print", "blocks": [{"type": "line", "text": f"{name} {number}"} for number in range(4)]}


async def leave(box: Any, name: str = "MARK") -> str:
    """Leave a receipt as a job; its id."""
    connector = aiohttp.UnixConnector(str(box.folder / "run" / "control.sock"))
    async with (
        aiohttp.ClientSession(connector=connector) as session,
        session.post("http://box/api/devices/printer-1/jobs", json=receipt(name)) as answer,
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


async def test_a_receipt_behind_one_that_broke_off_waits_until_the_printer_is_back(run_box: RunBox) -> None:
    async with EscposSim() as printer, run_box(PRINTER.format(port=printer.port)) as box:
        await box.device("printer-1", "up")
        printer.misbehave_after(1, "hang-up")
        await leave(box, "FIRST")
        await leave(box, "SECOND")
        await box.device("printer-1", "gone")
        await box.until("/api/jobs", lambda jobs: [job["state"] for job in jobs] == ["queued", "unknown"])
        printer.switch_on_again()
        printer.plug()
        await box.until("/api/jobs", lambda jobs: [job["state"] for job in jobs] == ["confirmed", "unknown"])
        assert [printer.received.count(name) for name in (b"FIRST 0", b"SECOND 0")] == [1, 1]
