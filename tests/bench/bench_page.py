"""How long a value takes from the board to an open page: ``Board.show_device`` until the bytes are at the listener.

One scale as in a quiet shop, then twelve of them with eight pages open; listeners and page share one process and its CPU.
"""

from __future__ import annotations

import asyncio
import statistics
import sys
import tempfile
import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, NoReturn

from config.schema import Box, Settings, Web
from drivers.contract import Wires
from drivers.readings import Weight
from edge.host.watchdog import Pulse
from edge.job_desk import JobDesk
from edge.shop.registry import EVENTS, MIGRATIONS
from edge.shop_desk import ShopDesk
from edge.status import Board, DeviceStatus
from edge.web.app import build, look_out, page_door
from edge.web.view import View
from sync.entries import Limits, Stamp
from sync.events import Registry
from sync.journal import Journal
from sync.schema import JOURNAL_MIGRATIONS
from tests.bench.event_stream import EventStream, Told
from tests.bench.spread import spread

ROUNDS = 5
VALUES = 100
EVERY_S = 0.02
P99_PROMISED_MS = 50.0
MIB = 1 << 20


@asynccontextmanager
async def page_over(board: Board, folder: Path) -> AsyncIterator[str]:
    """A page that shows ``board``; its address."""
    journal = Journal(
        folder / "journal.db",
        limits=Limits(quota_bytes=64 * MIB, ballast_bytes=MIB, keep_sent=timedelta(1), keep_receipts=timedelta(1)),
        registry=Registry(EVENTS),
        migrations=(*JOURNAL_MIGRATIONS, *MIGRATIONS),
        stamp=Stamp(box="box-1", boot="boot-1", tz="Asia/Shanghai", clock=lambda: "synced"),
    )
    async with journal:
        view = View(
            settings=Settings(box=Box(data_dir=folder, run_dir=folder), web=Web(listen="127.0.0.1:0")),
            version="bench",
            board=board,
            journal=journal,
            drivers={},
            ready=lambda: True,
            ask=_unasked,
            restart=_unasked,
            probe=_unasked,
            record=_unrecorded,
            discoveries=tuple,
            jobs=JobDesk(journal=journal, driver_of=lambda _name: None),
            desk=ShopDesk(journal=journal, shop=_unasked, now=_unasked),  # type: ignore[arg-type]
            adopt=_unasked,
            join=_unasked,
            metrics=_unasked,
            written=lambda: Settings(box=Box(data_dir=folder, run_dir=folder), web=Web(listen="127.0.0.1:0")),
            plugged=dict,
            wires=Wires(broker=None),  # type: ignore[arg-type]
            pulse=Pulse("page", limit_s=60),
            announce=print,
        )
        built = build(view)
        url: asyncio.Future[str] = asyncio.get_running_loop().create_future()
        parts = (page_door(built, view.settings.web.listen, url.set_result), look_out(built))
        tasks = [asyncio.create_task(part, name="page") for part in parts]
        try:
            async with asyncio.timeout(30):
                yield await url
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.wait(tasks)


async def _unasked(*_args: object) -> Any:
    raise AssertionError("the bench asks for values only")


def _unrecorded(_device: str) -> NoReturn:
    raise AssertionError("the bench records nothing")


def show(board: Board, device: str, grams: int) -> None:
    now = datetime.now(UTC)
    reading = Weight(device=device, at=now, monotonic_ms=0, grams=grams, state="stable")
    status = DeviceStatus(device=device, kind="scale", driver="scale/mt-sics", state="up", since=now, reading=reading)
    board.show_device(status)


async def measure(*, scales: int, pages: int) -> list[float]:
    """Milliseconds of each value of the first scale until the last page has it."""
    board, found = Board(), []
    with tempfile.TemporaryDirectory() as folder:
        async with page_over(board, Path(folder)) as url, AsyncExitStack() as stack:
            streams = [aiter(await stack.enter_async_context(EventStream(url))) for _ in range(pages)]
            for grams in range(VALUES):
                for number in range(1, scales):
                    show(board, f"scale-{number}", grams)
                shown_s = time.perf_counter()
                show(board, "scale-0", grams)
                heard = [await _wait_for(stream, grams) for stream in streams]
                found.append((max(told.heard_s for told in heard) - shown_s) * 1000)
                await asyncio.sleep(EVERY_S * (1 + grams % 5))
    return found


async def _wait_for(stream: AsyncIterator[Told], grams: int) -> Told:
    value = f"{grams / 1000:.3f}"
    async with asyncio.timeout(30):
        async for told in stream:
            if told.kind == "device" and told.says["id"] == "scale-0" and told.says["value"] == value:
                return told
    raise AssertionError("the stream ended")


def main() -> int:
    worst = 0.0
    shops = {"1 scale, 1 page": (1, 1), "12 scales, 8 pages": (12, 8)}
    found: dict[str, list[tuple[float, float]]] = {name: [] for name in shops}
    for _ in range(ROUNDS):
        for name, (scales, pages) in shops.items():
            cuts = statistics.quantiles(asyncio.run(measure(scales=scales, pages=pages)), n=100)
            found[name].append((cuts[49], cuts[98]))
    print(f"board to page, {ROUNDS} rounds of {VALUES} values, interleaved: ms, min / median / max of the rounds")
    for name, rounds in found.items():
        print(f"  {name:20} p50 {spread([p50 for p50, _ in rounds])}   p99 {spread([p99 for _, p99 in rounds])}")
        worst = max(worst, statistics.median(p99 for _, p99 in rounds))
    print(f"  promised: p99 < {P99_PROMISED_MS:.0f} ms")
    return 0 if worst < P99_PROMISED_MS else 1


if __name__ == "__main__":
    sys.exit(main())
