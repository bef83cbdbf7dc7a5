"""How long a frame takes from the serial line to an open page: the scale has written it until the listener has its bytes.

A whole box as a process between them, driven by a simulated MT-SICS scale on a pty; each weight differs, so none is mistaken.
"""

from __future__ import annotations

import asyncio
import statistics
import sys
import tempfile
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from drivers.sim.mt_sics import MtSicsSim
from tests.bench.event_stream import EventStream, Told
from tests.bench.fdatasync import fdatasync_p50_ms
from tests.bench.spread import spread

ROUNDS = 5
VALUES = 60
P99_PROMISED_MS = 50.0
STARTS_WITHIN_S = 60.0
SETTINGS = """
[box]
data_dir = "{folder}/data"
run_dir = "{folder}/run"
[web]
listen = "127.0.0.1:0"
[device.scale-1]
driver = "scale/mt-sics"
port = "{folder}/scale"
"""


@asynccontextmanager
async def box_in(folder: Path) -> AsyncIterator[str]:
    """A box on the scale of ``folder``; the address of its page, once it says it is ready."""
    (folder / "storebox.toml").write_text(SETTINGS.format(folder=folder), encoding="utf-8")
    box = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "edge", "run", "--settings", str(folder / "storebox.toml")), stderr=asyncio.subprocess.PIPE
    )
    assert box.stderr is not None
    try:
        async with asyncio.timeout(STARTS_WITHIN_S):
            while b"ready: " not in (line := await box.stderr.readline()):
                assert line, "the box ended before it was ready"
        yield line.split(b"ready: ")[1].split()[0].decode()
    finally:
        box.terminate()
        await box.communicate()


async def measure(folder: Path) -> list[float]:
    """Milliseconds of each weight."""
    written_s: dict[int, float] = {}

    def tell(told: dict[str, Any]) -> None:
        sent = told.get("sent", {})
        if sent.get("says") == "stable":
            written_s.setdefault(sent["grams"], time.perf_counter())

    found = []
    async with MtSicsSim(link=folder / "scale", settle_ms=0, tell=tell) as scale, box_in(folder) as url, EventStream(url) as page:
        told = aiter(page)
        await heard(told, 0)
        for grams in range(100, 100 + VALUES):
            scale.put(grams)
            found.append((await heard(told, grams) - written_s[grams]) * 1000)
    return found


async def heard(stream: AsyncIterator[Told], grams: int) -> float:
    """When the page shows a stable weight of ``grams``."""
    async with asyncio.timeout(30):
        async for told in stream:
            if told.kind == "device" and told.says["value"] == f"{grams / 1000:.3f}":
                return told.heard_s
    raise AssertionError("the stream ended")


def main() -> int:
    p50, p99, syncs = [], [], []
    for _ in range(ROUNDS):
        with tempfile.TemporaryDirectory(prefix="storebox-bench-") as folder:
            cuts = statistics.quantiles(asyncio.run(measure(Path(folder))), n=100)
            syncs.append(fdatasync_p50_ms(Path(folder)))
        p50.append(cuts[49])
        p99.append(cuts[98])
    print(f"serial line to page, {ROUNDS} rounds of {VALUES} weights: ms, min / median / max of the rounds")
    print(f"  p50 {spread(p50)}   p99 {spread(p99)}   promised p99 < {P99_PROMISED_MS:.0f} above the fsync")
    print(f"  fdatasync p50 of the same disk: {spread(syncs)}")
    return 0 if statistics.median(p99) < P99_PROMISED_MS + statistics.median(syncs) else 1


if __name__ == "__main__":
    sys.exit(main())
