"""What the cloud does wrong, and what the box shows and does about it."""

import asyncio
import time

import msgspec
import pytest
import zstandard
from aiohttp import web

from sync.cloud_client import CloudClient
from sync.identity import Claim, SettingUnreadable
from sync.line import Standing
from sync.uploader import Uploader
from tests.sync.cloud.conftest import Answering, OddCloud
from tests.sync.cloud.small_shop import Shop, quick, running, until

CLAIM = Claim(store="s-1", token="token", signing_key="key")


def _ids(body: bytes) -> list[str]:
    return [event["id"] for event in msgspec.json.decode(zstandard.ZstdDecompressor().decompress(body))]


async def _accept(request: web.Request) -> web.Response:
    return web.json_response({"accepted": len(_ids(await request.read())), "duplicates": 0, "rejected": []})


def _first(times: int, answer: Answering) -> Answering:
    """``answer`` for the first requests, then all is well."""
    left = times

    async def one(request: web.Request) -> web.StreamResponse:
        nonlocal left
        left -= 1
        return await (answer(request) if left >= 0 else _accept(request))

    return one


def _always(status: int, text: str = "", **headers: str) -> Answering:
    async def one(_request: web.Request) -> web.Response:
        return web.Response(status=status, text=text, headers={name.replace("_", "-"): value for name, value in headers.items()})

    return one


def _problem(status: int, title: str, detail: str) -> Answering:
    async def one(_request: web.Request) -> web.Response:
        body = msgspec.json.encode({"title": title, "detail": detail, "status": status})
        return web.Response(status=status, body=body, content_type="application/problem+json")

    return one


async def _standing(shop: Shop, odd: OddCloud, answer: Answering, *, deadline_s: float = 30.0) -> Standing:
    """How the upload stands after ``answer``; nothing may be lost or parked."""
    odd.answer = answer
    if not await shop.states():
        await shop.sell(2)
    async with CloudClient(odd.url, deadline_s=deadline_s) as client:
        uploader = Uploader(shop.journal, client, lambda: CLAIM, backoff=quick())
        async with running(uploader.run()):
            await until(lambda: uploader.line.standing.problem != "")
    assert await shop.states() == {"queued": 2}
    return uploader.line.standing


async def _recovers(shop: Shop, odd: OddCloud, answer: Answering, *, count: int = 20, deadline_s: float = 30.0) -> Uploader:
    """Send ``count`` events through ``answer``; all must arrive."""
    odd.answer = answer
    await shop.sell(count)
    async with CloudClient(odd.url, deadline_s=deadline_s) as client:
        uploader = Uploader(shop.journal, client, lambda: CLAIM, linger_ms=1, backoff=quick())
        async with running(uploader.run()):
            await shop.settled(count)
            await until(lambda: uploader.line.standing.state == "idle")
    assert uploader.line.standing.problem == ""
    return uploader


@pytest.mark.parametrize("status", [500, 502, 503, 504, 408, 429])
async def test_a_cloud_in_trouble_is_asked_again(shop: Shop, odd_cloud: OddCloud, status: int) -> None:
    await _recovers(shop, odd_cloud, _first(3, _always(status)))
    assert await shop.states() == {"done": 20}


async def test_trouble_is_shown_in_the_clouds_words(shop: Shop, odd_cloud: OddCloud) -> None:
    standing = await _standing(shop, odd_cloud, _problem(503, "sink down", "the disk\nis full\x00"))
    assert standing.state == "waiting"
    assert standing.problem == f"{odd_cloud.url}/v1/events answered 503 (sink down: the disk is full )"


async def test_retry_after_is_honoured(shop: Shop, odd_cloud: OddCloud) -> None:
    came: list[float] = []

    async def busy(request: web.Request) -> web.StreamResponse:
        came.append(time.monotonic())
        if len(came) == 1:
            return web.Response(status=429, headers={"Retry-After": "2"})
        return await _accept(request)

    await _recovers(shop, odd_cloud, busy)
    assert came[1] - came[0] >= 1.9


async def test_a_refused_connection_is_waited_out(shop: Shop, odd_cloud: OddCloud) -> None:
    await shop.sell(1)
    async with CloudClient("http://127.0.0.1:1") as client:
        uploader = Uploader(shop.journal, client, lambda: CLAIM, backoff=quick())
        async with running(uploader.run()):
            await until(lambda: uploader.line.standing.state == "waiting")
    problem = "no connection to http://127.0.0.1:1: Connection refused; events are kept until there is one"
    assert uploader.line.standing.problem == problem


async def test_a_silent_cloud_is_left_at_the_deadline(shop: Shop, odd_cloud: OddCloud) -> None:
    async def never(_request: web.Request) -> web.Response:
        await asyncio.sleep(3600)
        raise AssertionError

    standing = await _standing(shop, odd_cloud, never, deadline_s=0.3)
    assert standing.problem == f"{odd_cloud.url} gave no answer within 0.3 s; is the line slow?"


async def test_an_answer_that_drips_is_left_at_the_deadline(shop: Shop, odd_cloud: OddCloud) -> None:
    async def drip(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse()
        await response.prepare(request)
        while True:
            await response.write(b" ")
            await asyncio.sleep(0.05)

    standing = await _standing(shop, odd_cloud, drip, deadline_s=0.5)
    assert "gave no answer within 0.5 s" in standing.problem


async def test_a_half_open_line_is_left_at_the_deadline(shop: Shop) -> None:
    async def swallow(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read()
        writer.close()

    server = await asyncio.start_server(swallow, "127.0.0.1", 0)
    await shop.sell(1)
    async with server, CloudClient(f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}", deadline_s=0.3) as client:
        uploader = Uploader(shop.journal, client, lambda: CLAIM, backoff=quick())
        async with running(uploader.run()):
            await until(lambda: uploader.line.standing.state == "waiting")
    assert "gave no answer within 0.3 s" in uploader.line.standing.problem


async def test_a_slow_line_gets_smaller_batches(shop: Shop, odd_cloud: OddCloud) -> None:
    """A batch that never fits the deadline would block the shop for ever."""
    sizes: list[int] = []

    async def slow(request: web.Request) -> web.StreamResponse:
        count = len(_ids(await request.read()))
        sizes.append(count)
        await asyncio.sleep(3600 if count > 30 else 0)
        return await _accept(request)

    await _recovers(shop, odd_cloud, slow, count=200, deadline_s=1.0)
    assert sizes[0] == 200
    assert min(sizes) <= 30


@pytest.mark.parametrize("status", [401, 403])
async def test_a_refused_token_stops_the_upload(shop: Shop, odd_cloud: OddCloud, status: int) -> None:
    standing = await _standing(shop, odd_cloud, _always(status))
    assert standing.state == "stopped"
    advice = "claim the box again (`storebox claim CODE`) or renew its token"
    assert standing.problem == f"{odd_cloud.url}/v1/events answered {status}; {advice}"
    assert len(odd_cloud.seen) == 1


async def test_a_new_token_starts_it_again(shop: Shop, odd_cloud: OddCloud) -> None:
    async def guarded(request: web.Request) -> web.StreamResponse:
        if request.headers["Authorization"] != "Bearer new":
            return web.Response(status=401)
        return await _accept(request)

    odd_cloud.answer = guarded
    claim = CLAIM
    await shop.sell(3)
    async with CloudClient(odd_cloud.url) as client:
        uploader = Uploader(shop.journal, client, lambda: claim, backoff=quick())
        async with running(uploader.run()):
            await until(lambda: uploader.line.standing.state == "stopped")
            claim = msgspec.structs.replace(CLAIM, token="new")
            uploader.line.nudge()
            await shop.settled(3)
            await until(lambda: uploader.line.standing.state == "idle")
    assert uploader.line.standing.problem == ""


async def test_a_refused_token_is_tried_again_seldom(shop: Shop, odd_cloud: OddCloud) -> None:
    odd_cloud.answer = _first(1, _always(401))
    await shop.sell(1)
    async with CloudClient(odd_cloud.url) as client, running(Uploader(shop.journal, client, lambda: CLAIM, recheck_s=0.2).run()):
        await shop.settled(1)
    assert len(odd_cloud.seen) == 2


async def test_an_unreadable_token_file_stops_the_upload(shop: Shop, odd_cloud: OddCloud) -> None:
    def claim() -> Claim:
        raise SettingUnreadable("[cloud] token_file /x cannot be read: gone")

    await shop.sell(1)
    async with CloudClient(odd_cloud.url) as client:
        uploader = Uploader(shop.journal, client, claim)
        async with running(uploader.run()):
            await until(lambda: uploader.line.standing.state == "stopped")
    assert uploader.line.standing.problem == "[cloud] token_file /x cannot be read: gone"


async def test_an_event_called_invalid_is_parked_alone(shop: Shop, odd_cloud: OddCloud) -> None:
    async def picky(request: web.Request) -> web.Response:
        ids = _ids(await request.read())
        return web.json_response(
            {"accepted": len(ids) - 1, "duplicates": 0, "rejected": [{"id": ids[3], "problem": "no such product"}]}
        )

    uploader = await _recovers(shop, odd_cloud, picky)
    assert await shop.states() == {"done": 19, "rejected": 1}
    assert await shop.problems() == ["no such product"]
    assert (uploader.line.standing.sent, uploader.line.standing.rejected) == (19, 1)


async def test_a_poison_event_never_blocks_the_rest(shop: Shop, odd_cloud: OddCloud) -> None:
    poison = ""

    async def choking(request: web.Request) -> web.StreamResponse:
        nonlocal poison
        ids = _ids(await request.read())
        poison = poison or ids[7]
        return await (_problem(400, "bad batch", "cannot")(request) if poison in ids else _accept(request))

    await _recovers(shop, odd_cloud, choking)
    assert await shop.states() == {"done": 19, "rejected": 1}
    assert await shop.problems() == [f"{odd_cloud.url}/v1/events answered 400 (bad batch: cannot)"]


async def test_a_lone_poison_event_waits_for_a_witness(shop: Shop, odd_cloud: OddCloud) -> None:
    poison = ""

    async def choking(request: web.Request) -> web.StreamResponse:
        nonlocal poison
        ids = _ids(await request.read())
        poison = poison or ids[0]
        return await (_always(400)(request) if poison in ids else _accept(request))

    odd_cloud.answer = choking
    await shop.sell(1)
    async with CloudClient(odd_cloud.url) as client:
        uploader = Uploader(shop.journal, client, lambda: CLAIM, backoff=quick())
        async with running(uploader.run()):
            await until(lambda: uploader.line.standing.state == "waiting")
            assert uploader.line.standing.problem.startswith("the cloud refuses every event, none is given up: ")
            assert await shop.states() == {"queued": 1}
            await shop.sell(1)
            await shop.settled(2)
    assert await shop.states() == {"done": 1, "rejected": 1}


async def test_a_cloud_that_refuses_all_empties_nothing(shop: Shop, odd_cloud: OddCloud) -> None:
    standing = await _standing(shop, odd_cloud, _always(400))
    assert standing.state == "waiting"


async def test_a_batch_too_large_is_split(shop: Shop, odd_cloud: OddCloud) -> None:
    async def small(request: web.Request) -> web.StreamResponse:
        many = len(_ids(await request.read())) > 3
        return await (_always(413)(request) if many else _accept(request))

    await _recovers(shop, odd_cloud, small)
    assert await shop.states() == {"done": 20}


ODD_ANSWERS = (
    (_always(404), "/v1/events answered 404; is [cloud] url the address of a storebox cloud?"),
    (
        _always(307, Location="http://169.254.169.254/"),
        "/v1/events answered 307: redirects are not followed; put the final address into [cloud] url",
    ),
    (_always(200, "<html>log in</html>"), "answered 200 with text/plain that is no answer of this API (JSON is malformed"),
    (_always(200, "<html>log in</html>"), "is a login page of the network in between?"),
    (
        _always(200, '{"accepted": 9, "duplicates": 0, "rejected": []}'),
        "does not add up (9 accepted, 0 duplicates, 0 of them",
    ),
    (_always(200, '{"accepted": -1, "duplicates": 3, "rejected": []}'), "they are sent again"),
    (_always(200, '{"accepted": 1, "duplicates": 0, "rejected": [{"id": "x", "problem": ""}]}'), "does not add up"),
    (_always(200, '{"accepted": "2"}'), "that is no answer of this API"),
    (_always(200, "[" * 100_000), "that is no answer of this API"),
    (_always(204), "/v1/events answered 204; is [cloud] url the address"),
)


async def test_an_odd_answer_proves_nothing(shop: Shop, odd_cloud: OddCloud) -> None:
    for answer, problem in ODD_ANSWERS:
        standing = await _standing(shop, odd_cloud, answer)
        assert standing.state == "waiting"
        assert problem in standing.problem


async def test_an_endless_answer_is_not_read(shop: Shop, odd_cloud: OddCloud, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sync.cloud_client.MAX_ANSWER_BYTES", 100_000)
    standing = await _standing(shop, odd_cloud, _always(200, " " * 200_000))
    assert standing.problem == f"the answer of {odd_cloud.url}/v1/events is longer than 100000 bytes; it was not read"


async def test_a_client_must_be_open() -> None:
    client = CloudClient("http://127.0.0.1:1")
    with pytest.raises(RuntimeError, match="CloudClient is used outside `async with`"):
        await client.ask("GET", client.address.at("healthz"), dict)
