"""The reference cloud as anyone on the network sees it."""

import asyncio
import gzip
import io
from collections.abc import AsyncIterator
from typing import Any

import msgspec
import pytest
import zstandard
from aiohttp import ClientSession

from sync.cloudevents import encode
from tests.sync.cloud.conftest import LocalCloud
from tests.sync.cloud.small_shop import Shop, until

BATCH = "application/cloudevents-batch+json"


class Caller:
    """Speaks HTTP as a box with a token."""

    def __init__(self, session: ClientSession, cloud: LocalCloud, token: str) -> None:
        self._session = session
        self._cloud = cloud
        self.token = token

    async def call(self, method: str, path: str, body: bytes | None = None, **headers: str) -> tuple[int, dict[str, Any]]:
        """Status and JSON; every refusal must be a problem."""
        sent = {"Authorization": f"Bearer {self.token}", "Content-Type": BATCH}
        sent |= {name.replace("_", "-"): value for name, value in headers.items()}
        async with self._session.request(
            method, self._cloud.url + path, data=None if body is None else io.BytesIO(body), headers=sent
        ) as response:
            content = msgspec.json.decode(await response.read())
            if response.status >= 400:
                assert response.content_type == "application/problem+json"
                assert content["status"] == response.status
                assert content["type"].startswith("urn:storebox:problem:")
                assert set(content) == {"type", "title", "status", "detail"}
                assert content["detail"]
            content["headers"] = dict(response.headers)
            return response.status, content

    async def post(self, *events: bytes, **headers: str) -> tuple[int, dict[str, Any]]:
        return await self.call("POST", "/v1/events", b"[" + b",".join(events) + b"]", **headers)


@pytest.fixture
async def caller(joined: Shop, cloud: LocalCloud) -> AsyncIterator[Caller]:
    claim = joined.claim()
    assert claim is not None
    async with ClientSession() as session:
        yield Caller(session, cloud, claim.token)


@pytest.fixture
async def events(joined: Shop) -> list[bytes]:
    """Ten valid events."""
    await joined.sell(10)
    return [encode(envelope, "s-1").json for envelope in await joined.journal.pending(limit=10, max_bytes=1 << 20)]


def _changed(event: bytes, **fields: Any) -> bytes:
    loaded = msgspec.json.decode(event)
    for name, value in fields.items():
        if value is None:
            del loaded[name]
        else:
            loaded[name] = value
    return msgspec.json.encode(loaded)


def _counts(answer: dict[str, Any]) -> tuple[int, int, int]:
    return answer["accepted"], answer["duplicates"], len(answer["rejected"])


@pytest.mark.parametrize("coding", ["identity", "gzip", "zstd"])
async def test_three_codings_are_read(caller: Caller, events: list[bytes], coding: str) -> None:
    body = b"[" + b",".join(events) + b"]"
    packed = {"identity": body, "gzip": gzip.compress(body), "zstd": zstandard.ZstdCompressor().compress(body)}[coding]
    status, answer = await caller.call("POST", "/v1/events", packed, Content_Encoding=coding)
    assert (status, _counts(answer)) == (200, (10, 0, 0))


async def test_a_repeat_adds_nothing(caller: Caller, events: list[bytes], cloud: LocalCloud) -> None:
    await caller.post(*events)
    before = cloud.rows("SELECT * FROM events")
    _, answer = await caller.post(*events, *events)
    assert _counts(answer) == (0, 20, 0)
    assert cloud.rows("SELECT * FROM events") == before


async def test_a_repeat_inside_one_request_counts_as_one(caller: Caller, events: list[bytes]) -> None:
    _, answer = await caller.post(events[0], events[0], events[1])
    assert _counts(answer) == (2, 1, 0)


async def test_an_empty_batch_is_fine(caller: Caller) -> None:
    assert _counts((await caller.post())[1]) == (0, 0, 0)


BAD_EVENTS: tuple[tuple[dict[str, object], str], ...] = (
    ({"specversion": "0.3"}, "Invalid enum value '0.3' - at `$.specversion`"),
    ({"type": None}, "Object missing required field `type`"),
    ({"type": ""}, "Expected `str` of length >= 1 - at `$.type`"),
    ({"time": "yesterday"}, "Expected `str` matching regex"),
    ({"time": "2026-13-01T00:00:00Z"}, "month must be in 1..12"),
    ({"sequence": 7}, "Expected `str`, got `int` - at `$.sequence`"),
    ({"sequence": "-1"}, "Expected `str` matching regex"),
    ({"sequence": "00000000000000000000"}, "sequence 00000000000000000000 is not between 1 and 9223372036854775807"),
    ({"sequence": "99999999999999999999"}, "sequence 99999999999999999999 is not between 1 and"),
    ({"eventclass": "vip"}, "Invalid enum value 'vip' - at `$.eventclass`"),
    ({"data": [1]}, "data is not a JSON object"),
    ({"source": "/stores/s-2/boxes/x"}, "source is /stores/s-2/boxes/x, but the token belongs to /stores/s-1/boxes/"),
)


async def test_a_bad_event_is_refused_alone(caller: Caller, events: list[bytes], cloud: LocalCloud) -> None:
    for number, (change, problem) in enumerate(BAD_EVENTS):
        bad = _changed(events[4], **change)
        status, answer = await caller.post(*events[:4], bad, *events[5:])
        assert (status, _counts(answer)) == (200, (9, 0, 1) if number == 0 else (0, 9, 1)), change
        (rejection,) = answer["rejected"]
        assert rejection["id"] == msgspec.json.decode(events[4])["id"]
        assert problem in rejection["problem"]
        assert cloud.rows("SELECT count(*) FROM events") == [(9,)]


async def test_a_sequence_is_never_given_twice(caller: Caller, events: list[bytes]) -> None:
    await caller.post(*events)
    _, answer = await caller.post(_changed(events[0], id="another"))
    first = msgspec.json.decode(events[0])["id"]
    problem = f"sequence 1 is already event {first}; was the box's journal restored from an old copy?"
    assert answer["rejected"] == [{"id": "another", "problem": problem}]


async def test_an_id_is_never_given_twice(caller: Caller, events: list[bytes]) -> None:
    await caller.post(*events)
    _, answer = await caller.post(_changed(events[0], sequence="00000000000000000099"))
    (rejection,) = answer["rejected"]
    assert rejection["problem"] == "its id is known under another sequence; was the box's journal restored from an old copy?"


async def test_an_event_without_an_id_cannot_be_refused_alone(caller: Caller, events: list[bytes], cloud: LocalCloud) -> None:
    status, problem = await caller.post(events[0], _changed(events[1], id=None))
    assert status == 400
    assert problem["title"] == "event without id"
    assert problem["detail"].startswith("event 1 of the batch has no id that could be refused: ")
    assert cloud.rows("SELECT count(*) FROM events") == [(0,)]


async def test_a_body_that_is_no_batch_is_a_problem(caller: Caller) -> None:
    for body in (b"", b"{}", b"not json", b'["\xff"]', b"[" * 100_000, b"[1,]"):
        status, problem = await caller.call("POST", "/v1/events", body)
        assert (status, problem["title"]) == (400, "batch unreadable"), body[:20]
        assert problem["detail"].startswith("the body is not a JSON array of CloudEvents: "), body[:20]


async def test_too_many_events_are_a_problem(caller: Caller) -> None:
    status, problem = await caller.post(*[b"{}"] * 501)
    assert (status, problem["detail"]) == (413, "501 events in one request; send at most 500")


@pytest.mark.parametrize("coding", ["identity", "gzip", "zstd"])
async def test_a_swollen_body_is_a_problem(caller: Caller, coding: str) -> None:
    """A 16 MiB bomb packs into 73 kB of gzip and half a kB of zstd."""
    bomb = b" " * (16 << 20 if coding != "identity" else (1 << 20) + 1)
    packed = {"identity": lambda: bomb, "gzip": lambda: gzip.compress(bomb, 1), "zstd": lambda: zstandard.compress(bomb)}[
        coding
    ]()
    status, problem = await caller.call("POST", "/v1/events", packed, Content_Encoding=coding)
    assert status == 413
    if coding != "identity":
        assert problem["detail"] == "the body is larger than 1048576 bytes when unpacked; send less at once"


@pytest.mark.parametrize("coding", ["gzip", "zstd"])
async def test_a_body_that_is_not_what_it_says_is_refused(caller: Caller, coding: str) -> None:
    status, problem = await caller.call("POST", "/v1/events", b"[]", Content_Encoding=coding)
    assert status == 400
    assert problem["detail"].startswith(f"the body is not {coding}: ")


async def test_a_zstd_window_is_bounded(caller: Caller) -> None:
    parameters = zstandard.ZstdCompressionParameters(window_log=27, enable_ldm=True)
    packer = zstandard.ZstdCompressor(compression_params=parameters).compressobj()
    status, problem = await caller.call("POST", "/v1/events", packer.compress(b"[]") + packer.flush(), Content_Encoding="zstd")
    assert status == 400
    assert problem["detail"].startswith("the body is not zstd: ")


@pytest.mark.parametrize("coding", ["gzip", "zstd"])
async def test_a_body_that_does_not_unpack_is_a_problem(caller: Caller, coding: str) -> None:
    status, problem = await caller.call("POST", "/v1/events", b"rubbish", Content_Encoding=coding)
    assert (status, problem["title"]) == (400, "body unreadable")
    assert problem["detail"].startswith(f"the body is not {coding}: ")


async def test_other_types_and_codings_are_refused(caller: Caller) -> None:
    status, problem = await caller.call("POST", "/v1/events", b"[]", Content_Type="application/json")
    assert (status, problem["detail"]) == (415, f"send {BATCH}, not application/json")
    status, problem = await caller.call("POST", "/v1/events", b"[]", Content_Encoding="br")
    assert (status, problem["detail"]) == (415, "send zstd, gzip or identity, not br")
    assert problem["headers"]["Accept-Encoding"] == "zstd, gzip"


async def test_a_slow_body_is_cut_off(caller: Caller, cloud: LocalCloud, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sync.cloud.bodies.READ_DEADLINE_S", 0.2)
    reader, writer = await asyncio.open_connection("127.0.0.1", int(cloud.url.rpartition(":")[2]))
    head = f"POST /v1/events HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {caller.token}\r\n"
    writer.write(f"{head}Content-Type: {BATCH}\r\nContent-Length: 1000\r\n\r\n[".encode())
    async with asyncio.timeout(30):
        answer = await reader.readuntil(b"\r\n\r\n")
        assert b" 408 " in answer.split(b"\r\n")[0]
        assert b"the body did not arrive within 0.2 s" in await reader.read(2000)
    writer.close()
    await writer.wait_closed()


@pytest.mark.parametrize(
    ("method", "path"), [("POST", "/v1/events"), ("GET", "/v1/documents"), ("GET", f"/v1/bodies/{'0' * 64}")]
)
async def test_a_box_needs_its_token(caller: Caller, method: str, path: str) -> None:
    for authorization, detail in (
        ("", "send Authorization: Bearer and the token"),
        ("Basic eDp5", "send Authorization: Bearer and the token"),
        ("Bearer ", "send Authorization: Bearer and the token"),
        ("Bearer wrong", "this token is not known; claim the box again"),
    ):
        status, problem = await caller.call(method, path, b"[]" if method == "POST" else None, Authorization=authorization)
        assert (status, problem["detail"]) == (401, detail), authorization
        assert problem["headers"]["WWW-Authenticate"] == "Bearer"


async def test_the_fleet_is_for_headquarters(caller: Caller) -> None:
    for path in ("/v1/boxes", "/v1/boxes/x"):
        status, problem = await caller.call("GET", path)
        assert (status, problem["detail"]) == (401, "this is for headquarters; send the token in the file beside the sink"), path


async def test_every_route_but_three_needs_a_token(caller: Caller, cloud: LocalCloud) -> None:
    """A route that someone adds without a thought fails here."""
    from sync.cloud.keys import signing_key
    from sync.cloud.news import News
    from sync.cloud.routes import Cloud
    from sync.cloud.sqlite_sink import SqliteSink

    sink = SqliteSink(cloud.sink)
    app = Cloud(
        sink=sink, news=News(sink), signing_key=signing_key(cloud.sink), admin_token="a", large_bodies=cloud.sink
    ).application()
    await sink.close()
    public = {("GET", "/healthz"), ("HEAD", "/healthz"), ("POST", "/v1/claims")}
    for route in app.router.routes():
        path = route.resource.canonical.replace("{digest}", "0" * 64).replace("{box}", "x") if route.resource else ""
        if (route.method, path) not in public and route.method != "HEAD":
            status, _ = await caller.call(route.method, path, Authorization="")
            assert status == 401, path


async def test_what_is_not_there_is_a_problem_too(caller: Caller) -> None:
    status, problem = await caller.call("GET", "/v2")
    assert (status, problem["title"]) == (404, "not found")
    status, problem = await caller.call("GET", "/v1/events")
    assert (status, problem["title"]) == (405, "method not allowed")
    assert problem["headers"]["Allow"] == "POST"
    status, problem = await caller.call("GET", f"/v1/bodies/{'0' * 64}")
    assert (status, problem["detail"]) == (404, "no document has a body of this digest")
    status, problem = await caller.call("GET", "/v1/bodies/..%2Fcloud.db")
    assert status == 404


async def test_a_parameter_that_is_no_number_is_a_problem(caller: Caller) -> None:
    for query, detail in (
        ("after=x", "after is 'x'; send a whole number from 0 to 9223372036854775807"),
        ("after=-1", "after is '-1'; send a whole number"),
        ("after=99999999999999999999", "after is '99999999999999999999'; send a whole number"),
        ("wait=1.5", "wait is '1.5'; send a whole number from 0 to 2147483648"),
    ):
        status, problem = await caller.call("GET", f"/v1/documents?{query}")
        assert status == 400, query
        assert detail in problem["detail"]


async def test_health_says_that_the_sink_answers(caller: Caller) -> None:
    status, content = await caller.call("GET", "/healthz", Authorization="")
    assert (status, content["ok"]) == (200, True)


async def test_a_sink_that_is_down_asks_for_time(caller: Caller, events: list[bytes], cloud: LocalCloud) -> None:
    import sqlite3

    locker = sqlite3.connect(cloud.sink, isolation_level=None)
    locker.execute("ALTER TABLE events RENAME TO gone")
    status, problem = await caller.post(*events)
    assert (status, problem["headers"]["Retry-After"]) == (503, "5")
    assert problem["detail"].startswith("the sink cannot be used: no such table")
    locker.execute("ALTER TABLE gone RENAME TO events")
    locker.close()
    status, answer = await caller.post(*events)
    assert _counts(answer) == (10, 0, 0)


async def test_the_fleet_and_its_gaps(caller: Caller, joined: Shop, events: list[bytes], cloud: LocalCloud) -> None:
    removed = _changed(
        events[7], type="storebox.journal.removed", data={"ranges": [[3, 4]], "class": "telemetry", "reason": "full"}
    )
    await caller.post(*events[:2], _changed(events[5], time="bad"), removed, events[9])
    admin = cloud.sink.with_name("cloud.db.admin-token").read_text()
    status, content = await caller.call("GET", "/v1/boxes", Authorization=f"Bearer {admin}")
    (view,) = content["boxes"]
    assert status == 200
    assert view["box"] == joined.box
    assert (view["store"], view["last_sequence"], view["events"], view["refused"], view["removed"]) == ("s-1", 10, 4, 1, 2)
    assert view["missing"] == 4
    assert view["last_seen"] is not None
    status, detail = await caller.call("GET", f"/v1/boxes/{joined.box}", Authorization=f"Bearer {admin}")
    assert detail["gaps"] == [[5, 7], [9, 9]]
    assert detail["view"] == view
    status, problem = await caller.call("GET", "/v1/boxes/none", Authorization=f"Bearer {admin}")
    assert (status, problem["detail"]) == (404, "no box of this id is registered")


async def test_a_removal_that_explains_nothing_is_kept_all_the_same(
    caller: Caller, events: list[bytes], cloud: LocalCloud
) -> None:
    _, answer = await caller.post(_changed(events[0], type="storebox.journal.removed", data={"ranges": "all"}))
    assert _counts(answer) == (1, 0, 0)
    assert cloud.rows("SELECT count(*) FROM removed") == [(0,)]


async def test_a_long_poll_ends_with_the_box_that_asked(caller: Caller, cloud: LocalCloud) -> None:
    before = len(asyncio.all_tasks())
    async with ClientSession(headers={"Authorization": f"Bearer {caller.token}"}) as session:
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.3):
                await session.get(f"{cloud.url}/v1/documents?wait=60")
    async with asyncio.timeout(30):
        await until(lambda: len(asyncio.all_tasks()) <= before + 1)
