"""A box that is killed while a printer stands still in the middle of a receipt asks a person, and prints nothing by itself."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager, suppress
from typing import Any

import aiohttp
import pytest

from drivers.sim.escpos_printer import EscposSim
from drivers.sim.tcp_port import TcpPort

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


async def ask(box: Any, path: str, body: Any) -> int:
    """The status; 0 when the box died in between."""
    connector = aiohttp.UnixConnector(str(box.folder / "run" / "control.sock"))
    async with aiohttp.ClientSession("http://box", connector=connector) as session:
        with suppress(aiohttp.ClientError):
            async with session.post(path, json=body) as answer:
                return answer.status
    return 0


@pytest.mark.faults
async def test_whenever_the_box_is_killed_no_receipt_and_no_kick_comes_twice(run_box: RunBox) -> None:
    chance = random.Random(3)
    async with EscposSim(TcpPort()) as printer:
        settings = f'[device.printer-1]\ndriver = "printer/escpos"\naddress = "{printer.address}"\ndrawer_pin = 2\n'
        for number in range(6):
            async with run_box(settings) as box, asyncio.TaskGroup() as group:
                await box.device("printer-1", "up")
                for path, body in (
                    ("jobs", receipt(f"A{number}")),
                    ("commands", {"command": "open-drawer", "reason": "change"}),
                    ("jobs", receipt(f"B{number}")),
                ):
                    group.create_task(ask(box, f"/api/devices/printer-1/{path}", body), name=path)
                await asyncio.sleep(chance.random() * 0.2)
                box.process.kill()
                await box.process.wait()
        kicked = len(printer.kicks)
        async with run_box(settings) as box:
            await box.until("/api/jobs", lambda jobs: all(job["state"] not in {"queued", "sent"} for job in jobs))
            events = await box.ask("/api/events?limit=500")
        assert len(printer.kicks) == kicked <= sum(event["type"] == "storebox.drawer.kicked" for event in events)
        assert max(printer.received.count(f"{name}{number} 0\n".encode()) for name in "AB" for number in range(6)) == 1


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
