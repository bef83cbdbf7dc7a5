"""The demo from curtain to curtain: shop, trouble, reckoning.

Halfway the cloud is cut for a third of the time, and meanwhile the box is killed with SIGKILL once.
"""

from __future__ import annotations

import asyncio
import os
import shutil
import signal
import sys
import tempfile
from contextlib import suppress
from functools import partial
from pathlib import Path
from random import Random

from rich.console import Console
from rich.table import Table

from edge.demo.reckoning import Reckoning, reckon
from edge.demo.shopping import Lane, browse
from edge.demo.stage import Stage, StageBroken, stage, until
from edge.devices import needs_broker
from edge.supervisor import only

SHOWN_S = 60.0
"""Without DEMO_SECONDS the trouble comes in the first minute, and the shop stays open until Ctrl-C."""

DRAIN_S = 120.0


def main() -> int:
    """Run the demo; 0 when devices, journal and cloud agree in the end."""
    seconds = os.environ.get("DEMO_SECONDS", "")
    console = Console(soft_wrap=True)
    if seconds and not _is_number(seconds):
        console.print(f"DEMO_SECONDS={seconds!r} is not a number of seconds; write for example DEMO_SECONDS=30")
        return 2
    folder = Path(tempfile.mkdtemp(prefix="storebox-demo-"))
    try:
        found = asyncio.run(play(folder, float(seconds) if seconds else None, console))
    except ExceptionGroup as failed:
        if not isinstance(broken := only(failed), StageBroken):
            raise
        console.print(f"the demo could not be played: {broken}\nlogs: {folder}", markup=False)
        return 1
    if found.differences:
        console.print(f"logs: {folder}")
        return 1
    shutil.rmtree(folder)
    return 0


async def play(folder: Path, seconds: float | None, console: Console) -> Reckoning:
    """Play for ``seconds`` (None: until Ctrl-C) and count. Raises StageBroken."""
    console.print("starting a broker, a cloud, a box and five devices …")
    closing = asyncio.Event()
    _obey_ctrl_c(closing)
    async with stage(folder) as shop:
        console.print(f"the shop is open: [bold]{shop.url}[/bold]  (logs and data: {folder})")
        lanes = [Lane(shop=shop, till=f"till-{n}", scale=f"scale-{n}", random=Random(n)) for n in (1, 2)]  # noqa: S311
        async with asyncio.TaskGroup() as group:
            for lane in lanes:
                group.create_task(lane.serve(closing), name=lane.till)
            group.create_task(browse(shop, Random(3), closing), name="shelf")  # noqa: S311
            group.create_task(_trouble(shop, seconds or SHOWN_S, closing, console), name="trouble")
            await _until_closing(closing, seconds)
        console.print("closing time: the devices wait for their last acknowledgement, the box for the cloud …")
        await drained(shop)
        await shop.box.stop()
        await shop.cloud.stop()
        found = reckon(shop, sum(lane.taken_minor for lane in lanes))
    _show(found, lanes, console)
    return found


async def _trouble(shop: Stage, seconds: float, closing: asyncio.Event, console: Console) -> None:
    """Cut the cloud for a third of the time from the middle on, kill the box in between; the end is always repaired."""
    await _pause(seconds / 2, closing)
    console.print("✂  the line to the cloud is cut; the shop goes on")
    await shop.cloud.kill()
    await _pause(seconds / 9, closing)
    console.print("💥 the box is killed with SIGKILL in the middle of its work")
    await shop.box.kill()
    await _pause(1.0, closing)
    await shop.box.start()
    await shop.box_answers()
    console.print("   the box is back; devices repeat what it had not acknowledged")
    await _pause(seconds * 2 / 9, closing)
    await shop.cloud.start()
    await shop.cloud_answers()
    console.print("   the line is mended; the journal drains")


async def _until_closing(closing: asyncio.Event, seconds: float | None) -> None:
    if seconds is None:
        await closing.wait()
        return
    await _pause(seconds, closing)
    closing.set()


async def _pause(seconds: float, closing: asyncio.Event) -> None:
    """Wait, but not beyond closing time."""
    with suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            await closing.wait()


async def drained(shop: Stage) -> None:
    """Wait until every device has its acknowledgements and the cloud has every event. Raises StageBroken."""
    try:
        async with asyncio.timeout(DRAIN_S):
            for name in [name for name, plugged in shop.settings.device.items() if needs_broker(plugged)]:
                await until(shop.simulators[name].has_answers)
            await until(partial(_is_sent, shop))
    except TimeoutError as error:
        raise StageBroken(f"not everything arrived within {DRAIN_S:.0f} s:\n{shop.box.said()}") from error


async def _is_sent(shop: Stage) -> bool:
    status = await shop.ask("/api/status")
    return bool(status and status["journal"]) and not any(status["journal"]["queued"].values())


def _show(found: Reckoning, lanes: list[Lane], console: Console) -> None:
    table = Table("device", "reports sent", "acknowledged", "in the journal", title="what the devices said")
    for each in found.devices:
        table.add_row(each.device, str(each.sent), str(each.acked), str(each.journaled))
    console.print(table)
    table = Table("", "tills", "journal", "cloud", title="what became of it")
    table.add_row("events", "", str(found.journal_events), str(found.cloud_events))
    table.add_row("orders paid, in minor units", str(found.taken_minor), str(found.journal_minor), str(found.cloud_minor))
    console.print(table)
    shoppers = sum(lane.paid + lane.voided for lane in lanes)
    console.print(f"{shoppers} shoppers, {sum(lane.voided for lane in lanes)} of them left without paying")
    if found.checkout_ms is not None:
        console.print(f"average checkout, from opened to paid: {found.checkout_ms / 1000:.1f} s")
    for difference in found.differences:
        console.print(f"DIFFERENCE: {difference}", markup=False)
    if not found.differences:
        console.print("nothing was lost, nothing came twice")


def _obey_ctrl_c(closing: asyncio.Event) -> None:
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, closing.set)


def _is_number(text: str) -> bool:
    try:
        return 0 < float(text) < float("inf")
    except ValueError:
        return False


if __name__ == "__main__":
    sys.exit(main())
