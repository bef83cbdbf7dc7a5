"""A large body arrives whole, or later, or is refused."""

import asyncio
from hashlib import sha256
from pathlib import Path

import msgspec
import pytest
from aiohttp import web

from sync.adopters import DocumentRefused
from sync.cloud_client import CloudClient
from sync.cloud_errors import CloudAway, CloudOdd
from sync.disk import JournalUnavailable
from sync.documents import Manifest
from sync.large_bodies import LargeBodies, one_body
from tests.sync.cloud.conftest import OddCloud
from tests.sync.cloud.small_shop import Shop, until


class Catalogue(msgspec.Struct):
    items: list[dict[str, int]]


def _manifest(content: bytes, **changes: object) -> Manifest:
    fields = {"sha256": sha256(content).hexdigest(), "size": len(content), "url": "v1/bodies/x", "rows": "items"}
    return msgspec.convert(fields | changes, Manifest)


CONTENT = b'{"currency":"CNY"}\n' + b'{"sku":1}\n' * 50_000


class Parts:
    """Serves CONTENT in parts: once the box has ``cut`` bytes more of it on its disk, the line drops."""

    def __init__(self, shop: Shop, cut: int = len(CONTENT), *, ranges: bool = True) -> None:
        self.part = shop.folder / "documents" / f"{sha256(CONTENT).hexdigest()}.part"
        self.cut = cut
        self.ranges = ranges
        self.asked: list[str] = []

    async def __call__(self, request: web.Request) -> web.StreamResponse:
        asked = request.headers["Range"]
        self.asked.append(asked)
        start = int(asked.removeprefix("bytes=").rstrip("-")) if self.ranges else 0
        status = 206 if self.ranges else 200
        response = web.StreamResponse(status=status, headers={"Content-Length": str(len(CONTENT) - start)})
        if self.ranges:
            response.headers["Content-Range"] = f"bytes {start}-{len(CONTENT) - 1}/{len(CONTENT)}"
        await response.prepare(request)
        await response.write(CONTENT[start : start + self.cut])
        if start + self.cut < len(CONTENT):
            await until(lambda: self.part.stat().st_size == start + self.cut)
            assert request.transport is not None
            request.transport.close()
        return response


async def _fetch(shop: Shop, odd: OddCloud, manifest: Manifest, *, progress_s: float = 30.0) -> bytes:
    async with CloudClient(odd.url) as client:
        with await LargeBodies(client, shop.claim, shop.folder / "documents", progress_s=progress_s).fetch(manifest) as lines:
            return one_body(lines.read(), manifest.rows)


async def test_a_cut_line_goes_on_where_it_was(joined: Shop, odd_cloud: OddCloud) -> None:
    parts = Parts(joined, 200_000)
    odd_cloud.answer = parts
    for _ in range(2):
        with pytest.raises(CloudAway):
            await _fetch(joined, odd_cloud, _manifest(CONTENT))
    body = await _fetch(joined, odd_cloud, _manifest(CONTENT))
    assert len(msgspec.json.decode(body, type=Catalogue).items) == 50_000
    starts = [int(asked.removeprefix("bytes=").rstrip("-")) for asked in parts.asked]
    assert starts[0] == 0
    assert 0 < starts[1] < starts[2]


async def test_a_server_without_ranges_starts_again(joined: Shop, odd_cloud: OddCloud) -> None:
    odd_cloud.answer = Parts(joined, 200_000)
    with pytest.raises(CloudAway):
        await _fetch(joined, odd_cloud, _manifest(CONTENT))
    odd_cloud.answer = Parts(joined, ranges=False)
    assert len(await _fetch(joined, odd_cloud, _manifest(CONTENT))) > 500_000


async def test_a_body_that_stops_is_left_for_later(joined: Shop, odd_cloud: OddCloud) -> None:
    async def stuck(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse(headers={"Content-Length": str(len(CONTENT))})
        await response.prepare(request)
        await response.write(CONTENT[:1000])
        await asyncio.sleep(3600)
        return response

    odd_cloud.answer = stuck
    with pytest.raises(CloudAway, match=r"/v1/bodies/x sent nothing for 0.3 s; the rest is fetched later"):
        await _fetch(joined, odd_cloud, _manifest(CONTENT), progress_s=0.3)


async def test_a_body_that_ends_early_is_left_for_later(joined: Shop, odd_cloud: OddCloud) -> None:
    async def short(_request: web.Request) -> web.Response:
        return web.Response(body=CONTENT[:1000])

    odd_cloud.answer = short
    with pytest.raises(CloudAway, match=f"ended after 1000 of {len(CONTENT)} bytes; the rest is fetched later"):
        await _fetch(joined, odd_cloud, _manifest(CONTENT))


WRONG_BODIES: tuple[tuple[bytes, dict[str, object], str], ...] = (
    (CONTENT, {"sha256": "0" * 64}, "its body is not the one that was signed (sha256 differs); publish it again"),
    (CONTENT, {"size": 1000}, "its body is longer than the 1000 bytes that were signed"),
    (CONTENT, {"size": 1 << 40}, "its body has 1099511627776 bytes; at most 268435456 are fetched"),
    (
        CONTENT,
        {"url": "https://evil.example/x"},
        "its body is not fetched: https://evil.example is not the cloud's own origin",
    ),
    (b"rubbish", {}, "its body is no NDJSON that begins with an object: "),
    (b"\n", {}, "its body is no NDJSON that begins with an object: "),
    (b'{"currency":"CNY"}\n{', {}, "its body is no NDJSON that begins with an object: "),
)


async def test_a_wrong_body_is_refused(joined: Shop, odd_cloud: OddCloud) -> None:
    for content, changes, reason in WRONG_BODIES:

        async def whole(_request: web.Request, content: bytes = content) -> web.Response:
            return web.Response(body=content)

        odd_cloud.answer = whole
        with pytest.raises(DocumentRefused) as caught:
            await _fetch(joined, odd_cloud, _manifest(content, **changes))
        assert reason in str(caught.value)
        assert list((joined.folder / "documents").glob("*")) == []


async def test_a_part_from_elsewhere_is_not_taken(joined: Shop, odd_cloud: OddCloud) -> None:
    async def other(_request: web.Request) -> web.Response:
        return web.Response(status=206, body=CONTENT, headers={"Content-Range": "bytes 7-9/10"})

    async def bare(_request: web.Request) -> web.Response:
        return web.Response(status=206, body=CONTENT)

    for answer, told in ((other, "bytes 7-9/10"), (bare, "a part without Content-Range")):
        odd_cloud.answer = answer
        with pytest.raises(CloudOdd, match=f"sent {told} when bytes from 0 on were asked"):
            await _fetch(joined, odd_cloud, _manifest(CONTENT))


async def test_a_body_that_the_cloud_refuses_is_refused(joined: Shop, odd_cloud: OddCloud) -> None:
    for status in (400, 404, 410):

        async def bad(_request: web.Request, status: int = status) -> web.Response:
            return web.Response(status=status)

        odd_cloud.answer = bad
        with pytest.raises(DocumentRefused, match=f"its body cannot be fetched: .* answered {status}"):
            await _fetch(joined, odd_cloud, _manifest(CONTENT))


async def test_a_login_page_in_between_is_waited_out(joined: Shop, odd_cloud: OddCloud) -> None:
    async def login(_request: web.Request) -> web.Response:
        return web.Response(status=302, headers={"Location": "http://login.example"})

    odd_cloud.answer = login
    with pytest.raises(CloudOdd, match="redirects are not followed"):
        await _fetch(joined, odd_cloud, _manifest(CONTENT))


async def test_a_disk_that_takes_no_body_is_named(joined: Shop, odd_cloud: OddCloud, monkeypatch: pytest.MonkeyPatch) -> None:
    odd_cloud.answer = Parts(joined)
    whole = Path.open

    def full(path: Path, mode: str = "r") -> object:
        if mode == "r+b":
            raise OSError(28, "No space left on device")
        return whole(path, mode)

    monkeypatch.setattr(Path, "open", full)
    with pytest.raises(
        JournalUnavailable, match=r"the body of a document does not fit on the disk: .*No space left.*; free space"
    ):
        await _fetch(joined, odd_cloud, _manifest(CONTENT))


async def test_leftovers_of_other_documents_are_removed(joined: Shop, odd_cloud: OddCloud) -> None:
    folder = joined.folder / "documents"
    folder.mkdir()
    (folder / "old.part").write_bytes(b"x" * 100)
    odd_cloud.answer = Parts(joined)
    await _fetch(joined, odd_cloud, _manifest(CONTENT))
    assert list(folder.iterdir()) == []


def test_a_body_of_lines_is_one_object() -> None:
    assert one_body(b'{"a":1}\n\n{"b":2}\n[3]\n', "rows") == b'{"a":1,"rows":[{"b":2},[3]]}'
