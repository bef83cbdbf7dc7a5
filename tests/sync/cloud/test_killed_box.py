"""``kill -9`` of a box that records and uploads: all it acknowledged is in the cloud, once."""

import asyncio
import random
from collections.abc import Callable
from pathlib import Path

import pytest

from sync.cloud_client import CloudClient
from sync.uploader import Uploader
from tests.forked import Forked
from tests.sync.cloud.conftest import CloudProcess
from tests.sync.cloud.processes import AT_ONCE, sell_until_killed
from tests.sync.cloud.small_shop import open_shop, quick, running


def _live(folder: Path, url: str, first: int, how: str, after_s: float) -> int:
    """Let a box sell from number ``first`` on and kill it; the last number that it acknowledged."""
    box = Forked(sell_until_killed, folder, url, first, how == "early")
    acknowledged = [box.said.readline()]
    box.ended_within(after_s)
    box.kill()
    acknowledged += box.said.readlines()
    box.said.close()
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
        after_s = dice.random() / 10 if how == "after commit" else 0.0  # the control is killed at its first word
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
    assert acknowledged >= 4 * AT_ONCE
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
