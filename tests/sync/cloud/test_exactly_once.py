"""Each event exactly once in the cloud, whatever the line and the processes do."""

import asyncio
import random
import time
from pathlib import Path

import msgspec
import pytest
from aiohttp import ClientSession

from sync.cloud_client import CloudClient
from sync.cloudevents import encode
from sync.uploader import Uploader
from tests.sync.cloud.conftest import CloudProcess, CutLine
from tests.sync.cloud.small_shop import open_shop, quick, running, until

ONCE = "SELECT count(*), count(DISTINCT sequence), count(DISTINCT id), min(sequence), max(sequence) FROM events"


async def test_two_thousand_events_over_a_line_that_loses_every_fifth_answer(tmp_path: Path, cloud_process: CloudProcess) -> None:
    line = CutLine(cloud_process.port, lose_every=5)
    async with running(line.run()), open_shop(tmp_path / "box") as shop:
        async with CloudClient(cloud_process.url) as direct:
            await shop.join(direct, cloud_process.sink_url)
        await shop.sell(2_000)
        await until(lambda: line.url != "")
        async with CloudClient(line.url) as client:
            uploader = Uploader(shop.journal, client, shop.claim, batch_events=20, linger_ms=0, backoff=quick())
            async with running(uploader.run()):
                await shop.settled(2_000)
        assert await shop.states() == {"done": 2_000}
    assert line.lost >= 20  # at least 400 events were sent twice
    assert cloud_process.rows(ONCE) == [(2_000, 2_000, 2_000, 1, 2_000)]


async def test_two_thousand_events_of_which_a_fifth_is_repeated(tmp_path: Path, cloud_process: CloudProcess) -> None:
    async with open_shop(tmp_path / "box") as shop:
        async with CloudClient(cloud_process.url) as client:
            await shop.join(client, cloud_process.sink_url)
        await shop.sell(2_000)
        claim = shop.claim()
        assert claim is not None
        events = [encode(one, "s-1").json for one in await shop.journal.pending(limit=2_000, max_bytes=1 << 30)]
    dice = random.Random(20)
    events += dice.sample(events, 500)  # 20 % of all that is sent
    dice.shuffle(events)
    counted = {"accepted": 0, "duplicates": 0}
    headers = {"Authorization": f"Bearer {claim.token}", "Content-Type": "application/cloudevents-batch+json"}
    async with ClientSession(headers=headers) as session:
        for start in range(0, len(events), 100):
            body = b"[" + b",".join(events[start : start + 100]) + b"]"
            async with session.post(f"{cloud_process.url}/v1/events", data=body) as response:
                answer = msgspec.json.decode(await response.read())
            assert answer["rejected"] == []
            for name in counted:
                counted[name] += answer[name]
    assert counted == {"accepted": 2_000, "duplicates": 500}
    assert cloud_process.rows(ONCE) == [(2_000, 2_000, 2_000, 1, 2_000)]


async def test_a_cloud_killed_in_the_middle_has_everything_it_acknowledged(tmp_path: Path, cloud_process: CloudProcess) -> None:
    dice = random.Random(9)
    async with open_shop(tmp_path / "box") as shop, CloudClient(cloud_process.url) as client:
        await shop.join(client, cloud_process.sink_url)
        await shop.sell(1_200)
        uploader = Uploader(shop.journal, client, shop.claim, batch_events=50, linger_ms=0, backoff=quick())
        async with running(uploader.run()):
            for kill in range(1, 4):
                await shop.settled(kill * 300)
                await asyncio.sleep(dice.random() / 50)
                await asyncio.to_thread(cloud_process.kill)
                done = (await shop.states()).get("done", 0)
                (kept,) = cloud_process.rows("SELECT count(*) FROM events")[0]
                assert kept >= done
                await asyncio.to_thread(cloud_process.start)
            await shop.settled(1_200)
        assert await shop.states() == {"done": 1_200}
    assert cloud_process.rows(ONCE) == [(1_200, 1_200, 1_200, 1, 1_200)]


async def test_a_box_stopped_in_the_middle_of_a_request_sends_it_again(tmp_path: Path, cloud_process: CloudProcess) -> None:
    line = CutLine(cloud_process.port, lose_every=1)
    async with running(line.run()), open_shop(tmp_path / "box") as shop:
        async with CloudClient(cloud_process.url) as direct:
            await shop.join(direct, cloud_process.sink_url)
        await shop.sell(500)
        await until(lambda: line.url != "")
        async with CloudClient(line.url) as client, running(Uploader(shop.journal, client, shop.claim, backoff=quick()).run()):
            await until(lambda: line.lost >= 2)
    assert cloud_process.rows(ONCE) == [(500, 500, 500, 1, 500)]
    async with open_shop(tmp_path / "box") as again, CloudClient(cloud_process.url) as client:
        assert await again.states() == {"queued": 500}
        async with running(Uploader(again.journal, client, again.claim, backoff=quick()).run()):
            await again.settled(500)
    assert cloud_process.rows(ONCE) == [(500, 500, 500, 1, 500)]


async def test_without_the_key_a_repeat_would_be_doubled(tmp_path: Path, cloud_process: CloudProcess) -> None:
    """The control: the same counting sees a double as soon as the sink forgets its key."""
    cloud_process.rows("CREATE TABLE unkeyed AS SELECT * FROM events")
    async with open_shop(tmp_path / "box") as shop, CloudClient(cloud_process.url) as client:
        await shop.join(client, cloud_process.sink_url)
        await shop.sell(10)
        async with running(Uploader(shop.journal, client, shop.claim).run()):
            await shop.settled(10)
    for _ in range(2):
        await asyncio.to_thread(_copy, cloud_process)
    assert cloud_process.rows(ONCE.replace("FROM events", "FROM unkeyed")) == [(20, 10, 10, 1, 10)]


def _copy(cloud: CloudProcess) -> None:
    import contextlib
    import sqlite3

    with contextlib.closing(sqlite3.connect(cloud.sink)) as db, db:
        db.execute("INSERT INTO unkeyed SELECT * FROM events")


async def test_a_day_without_a_cloud_drains_far_faster_than_it_grew(tmp_path: Path, cloud_process: CloudProcess) -> None:
    live_per_s = 50  # a busy shop: a till and ten shelves
    async with open_shop(tmp_path / "box") as shop, CloudClient(cloud_process.url) as client:
        await shop.join(client, cloud_process.sink_url)
        await shop.sell(5_000)
        began = time.monotonic()
        async with running(Uploader(shop.journal, client, shop.claim).run()):
            await shop.settled(5_000)
        assert 5_000 / (time.monotonic() - began) >= 10 * live_per_s


@pytest.mark.faults
async def test_a_cloud_killed_thirty_times(tmp_path: Path, cloud_process: CloudProcess) -> None:
    dice = random.Random(30)
    async with open_shop(tmp_path / "box") as shop, CloudClient(cloud_process.url) as client:
        await shop.join(client, cloud_process.sink_url)
        uploader = Uploader(shop.journal, client, shop.claim, batch_events=20, linger_ms=0, backoff=quick())
        async with running(uploader.run()):
            for _ in range(30):
                await shop.sell(1_000)
                await asyncio.sleep(dice.random() / 5)
                await asyncio.to_thread(cloud_process.kill)
                await asyncio.to_thread(cloud_process.start)
            await shop.settled(30_000)
    assert cloud_process.rows(ONCE) == [(30_000, 30_000, 30_000, 1, 30_000)]
    print("cloud kills 30, events 30000, lost 0, doubled 0")
