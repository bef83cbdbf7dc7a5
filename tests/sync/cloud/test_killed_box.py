"""``kill -9`` of a box that records and uploads: all it acknowledged is in the cloud, once."""

import asyncio
import contextlib
import random
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from sync.cloud_client import CloudClient
from sync.uploader import Uploader
from tests.sync.cloud.conftest import PATIENCE_S, CloudProcess, open_shop, quick, running

ROOT = Path(__file__).parents[3]
BOX = """
import asyncio, sys
from pathlib import Path
from sync.cloud_client import CloudClient
from sync.uploader import Uploader
from tests.sync.cloud.conftest import Sold, entry, open_shop, quick, running

async def sell(folder, url, first, early):
    async with open_shop(Path(folder)) as shop, CloudClient(url) as client:
        async with running(Uploader(shop.journal, client, shop.claim, batch_events=50, linger_ms=0, backoff=quick()).run()):
            while True:
                numbers = range(first, first + 500)
                if early:
                    print(numbers[-1], flush=True)
                told = [await shop.journal.submit(entry(Sold(number=number))) for number in numbers]
                await asyncio.gather(*told)
                if not early:
                    print(numbers[-1], flush=True)
                first += 500

asyncio.run(sell(sys.argv[1], sys.argv[2], int(sys.argv[3]), sys.argv[4] == "early"))
"""


def _live(folder: Path, url: str, first: int, how: str, after_s: float) -> int:
    """Let a box sell from number ``first`` on and kill it; the last number that it acknowledged."""
    command = [sys.executable, "-c", BOX, str(folder), url, str(first), how]
    box = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=ROOT)
    assert box.stdout is not None
    acknowledged = [box.stdout.readline()]
    with contextlib.suppress(subprocess.TimeoutExpired):
        box.wait(after_s)
    box.kill()
    acknowledged += box.stdout.readlines()
    box.wait(PATIENCE_S)
    box.stdout.close()
    whole = [int(line) for line in acknowledged if line.endswith("\n")]
    assert whole, "the box did not start"
    return whole[-1]


async def _lost_and_doubled(folder: Path, cloud: CloudProcess, *, kills: int, how: str) -> tuple[int, int, int]:
    """Acknowledged, lost and doubled events after ``kills``."""
    dice = random.Random(kills)
    async with open_shop(folder) as shop, CloudClient(cloud.url) as client:
        await shop.join(client, cloud.sink_url)
    acknowledged: set[int] = set()
    first = 0
    for _ in range(kills):
        after_s = dice.random() / 5 if how == "after commit" else 0.0  # the control is killed at its first word
        last = await asyncio.to_thread(_live, folder, cloud.url, first, how, after_s)
        acknowledged |= set(range(first, last + 1))
        first = last + 1_000  # what was recorded but not acknowledged keeps its own numbers
    async with open_shop(folder) as shop, CloudClient(cloud.url) as client:
        recorded = sum((await shop.states()).values())
        async with running(Uploader(shop.journal, client, shop.claim, backoff=quick()).run()):
            await shop.settled(recorded)
    numbers = [row[0] for row in cloud.rows("SELECT json ->> '$.data.number' FROM events")]
    assert cloud.rows("SELECT coalesce(max(sequence), 0) - count(*) FROM events") == [(0,)]
    return len(acknowledged), len(acknowledged - set(numbers)), len(numbers) - len(set(numbers))


async def test_a_killed_box_loses_nothing_and_doubles_nothing(
    tmp_path: Path, cloud_process: CloudProcess, record_property: Callable[[str, int], None]
) -> None:
    acknowledged, lost, doubled = await _lost_and_doubled(tmp_path / "box", cloud_process, kills=4, how="after commit")
    assert acknowledged >= 4 * 500
    assert (lost, doubled) == (0, 0)
    record_property("kills", 4)


async def test_a_box_that_acknowledges_too_early_would_be_caught(tmp_path: Path, cloud_process: CloudProcess) -> None:
    _, lost, _ = await _lost_and_doubled(tmp_path / "box", cloud_process, kills=4, how="early")
    assert lost > 0


@pytest.mark.faults
@pytest.mark.timeout(600)
async def test_a_box_killed_fifty_times(
    tmp_path: Path, cloud_process: CloudProcess, record_property: Callable[[str, int], None]
) -> None:
    acknowledged, lost, doubled = await _lost_and_doubled(tmp_path / "box", cloud_process, kills=50, how="after commit")
    print(f"kills 50, acknowledged {acknowledged}, lost {lost}, doubled {doubled}")
    assert (lost, doubled) == (0, 0)
    record_property("kills", 50)
