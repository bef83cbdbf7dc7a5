import asyncio
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import msgspec
import zstandard
from aiohttp import web

from sync.claims import claim
from sync.cloud.publish import issue_code
from sync.cloud_client import CloudClient
from sync.uploader import Uploader
from tests.sync.cloud.conftest import LocalCloud, OddCloud
from tests.sync.cloud.small_shop import Counted, Joined, Shop, Sold, entry, open_shop, quick, running, until


def _uploader(shop: Shop, client: CloudClient, **choices: Any) -> Uploader:
    return Uploader(shop.journal, client, shop.claim, backoff=quick(), **choices)


async def test_events_reach_the_cloud_and_are_done(joined: Shop, cloud: LocalCloud, client: CloudClient) -> None:
    await joined.sell(1200)
    uploader = _uploader(joined, client)
    async with running(uploader.run()):
        await joined.settled(1200)
        await until(lambda: uploader.line.standing.state == "idle")
    assert await joined.states() == {"done": 1200}
    assert cloud.rows("SELECT count(*), count(DISTINCT id), min(sequence), max(sequence) FROM events") == [(1200, 1200, 1, 1200)]
    assert uploader.line.standing.sent == 1200
    assert uploader.line.standing.problem == ""
    assert uploader.line.standing.last_sent_at is not None


async def test_a_new_event_leaves_at_once(joined: Shop, cloud: LocalCloud, client: CloudClient) -> None:
    uploader = Uploader(joined.journal, client, joined.claim, linger_ms=60_000)
    async with running(uploader.run()):
        await asyncio.sleep(0.05)
        async with asyncio.timeout(30):  # far below the linger time, far above what it takes
            await joined.sell(1)
            await joined.settled(1)


async def test_events_under_load_leave_together(joined: Shop, odd_cloud: OddCloud) -> None:
    odd_cloud.answer = _accept
    async with CloudClient(odd_cloud.url) as client:
        uploader = _uploader(joined, client, linger_ms=200)
        async with running(uploader.run()):
            for _ in range(20):
                await joined.sell(1)
            await joined.settled(20)
    assert len(odd_cloud.seen) < 10


async def test_orders_leave_before_members_before_counts(joined: Shop, odd_cloud: OddCloud) -> None:
    for number in range(3):
        await joined.journal.record(entry(Counted(number=number)))
        await joined.journal.record(entry(Joined(number=number)))
        await joined.journal.record(entry(Sold(number=number)))
    odd_cloud.answer = _accept
    async with CloudClient(odd_cloud.url) as client, running(_uploader(joined, client, batch_events=2).run()):
        await joined.settled(9)
    types = [event["type"] for body in odd_cloud.seen for event in _events(body)]
    assert types == ["storebox.test.sold"] * 3 + ["storebox.test.joined"] * 3 + ["storebox.test.counted"] * 3


async def test_a_request_never_passes_its_limits(joined: Shop, odd_cloud: OddCloud) -> None:
    await joined.sell(60, note="很" * 20_000)
    await joined.sell(1100, note="x" * 1700)
    odd_cloud.answer = _accept
    async with CloudClient(odd_cloud.url) as client, running(_uploader(joined, client, linger_ms=0).run()):
        await joined.settled(1160)
    assert max(len(_unpacked(body)) for body in odd_cloud.seen) <= 1024 * 1024
    assert max(len(_events(body)) for body in odd_cloud.seen) <= 500


async def test_an_event_too_large_for_any_request_is_parked_alone(joined: Shop, cloud: LocalCloud, client: CloudClient) -> None:
    await joined.sell(1, note="x" * 1_100_000)
    await joined.sell(5)
    uploader = _uploader(joined, client)
    async with running(uploader.run()):
        await joined.settled(6)
    assert await joined.states() == {"done": 5, "rejected": 1}
    (problem,) = await joined.problems()
    assert problem.startswith("the event has 1100")
    assert problem.endswith("bytes; the cloud takes at most 1048576 in one request")


async def test_a_box_without_a_store_keeps_its_events_until_it_is_claimed(
    shop: Shop, cloud: LocalCloud, client: CloudClient
) -> None:
    await shop.sell(3)
    uploader = _uploader(shop, client)
    async with running(uploader.run()):
        await until(lambda: uploader.line.standing.state == "stopped")
        problem = "this box belongs to no store yet: run `storebox claim CODE` with a code from headquarters"
        assert uploader.line.standing.problem == problem
        assert await shop.states() == {"queued": 3}
        await shop.join(client, cloud.sink_url, "s-9")
        uploader.line.nudge()
        await shop.settled(3)
    assert cloud.rows("SELECT DISTINCT json ->> 'source' FROM events") == [(f"/stores/s-9/boxes/{shop.box}",)]


async def test_an_upload_goes_on_after_a_restart(joined: Shop, cloud: LocalCloud, client: CloudClient) -> None:
    await joined.sell(700)
    async with running(_uploader(joined, client, batch_events=10).run()):
        await joined.settled(100)
    async with running(_uploader(joined, client).run()):
        await joined.settled(700)
    assert cloud.rows("SELECT count(*), max(sequence) FROM events") == [(700, 700)]


async def test_many_boxes_share_a_cloud(tmp_path: Path, cloud: LocalCloud, client: CloudClient) -> None:
    async with AsyncExitStack() as boxes:
        shops = [await boxes.enter_async_context(open_shop(tmp_path / f"box-{number}")) for number in range(3)]
        for shop in shops:
            await shop.join(client, cloud.sink_url)
            await shop.sell(50)
        async with running(*(_uploader(shop, client).run() for shop in shops)):
            for shop in shops:
                await shop.settled(50)
    assert cloud.rows("SELECT count(*) FROM events GROUP BY box") == [(50,)] * 3


async def test_who_waits_for_the_standing_is_told(joined: Shop, client: CloudClient) -> None:
    uploader = _uploader(joined, client)
    seen = uploader.line.standing
    async with running(uploader.run()):
        await joined.sell(1)
        async with asyncio.timeout(30):
            while seen.sent < 1:
                seen = await uploader.line.changed(seen)
    assert seen.sent == 1


async def test_a_moved_box_sends_for_its_new_store(joined: Shop, cloud: LocalCloud, client: CloudClient) -> None:
    async with running(_uploader(joined, client).run()):
        await joined.sell(1)
        await joined.settled(1)
        code = await issue_code(cloud.sink_url, "s-2")
        joined.identity.keep_claim(await claim(client, code, joined.identity.identity))
        await joined.sell(1)
        await joined.settled(2)
    sources = [f"/stores/s-1/boxes/{joined.box}", f"/stores/s-2/boxes/{joined.box}"]
    assert [row[0] for row in cloud.rows("SELECT json ->> 'source' FROM events ORDER BY sequence")] == sources


async def _accept(request: web.Request) -> web.Response:
    count = len(_events(await request.read()))
    return web.json_response({"accepted": count, "duplicates": 0, "rejected": []})


def _unpacked(body: bytes) -> bytes:
    return zstandard.ZstdDecompressor().decompress(body)


def _events(body: bytes) -> list[dict[str, str]]:
    events: list[dict[str, str]] = msgspec.json.decode(_unpacked(body))
    assert all(event["specversion"] == "1.0" for event in events)
    return events
