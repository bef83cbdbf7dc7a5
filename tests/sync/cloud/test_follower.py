"""From headquarters to the shop: published there, adopted here, heard within a second."""

import asyncio
import contextlib
import json
import sqlite3
import time
from collections.abc import Iterable
from pathlib import Path

import msgspec
import pytest
from aiohttp import web

from sync.adopters import Adopter, DocumentRefused
from sync.cloud.publish import publish
from sync.cloud_client import CloudClient
from sync.document_desk import DocumentDesk, no_fetch
from sync.document_events import DocumentAdopted, DocumentNotAdopted
from sync.events import Event
from sync.follower import Follower
from sync.identity import Trust, trust
from sync.large_bodies import LargeBodies
from tests.sync.cloud.conftest import CloudProcess, LocalCloud, OddCloud
from tests.sync.cloud.small_shop import Shop, command_desk, open_shop, quick, running, until


class Catalogue(msgspec.Struct):
    currency: str
    items: list[dict[str, int]]


def _parse(body: bytes) -> Catalogue:
    try:
        return msgspec.json.decode(body, type=Catalogue)
    except msgspec.ValidationError as error:
        raise DocumentRefused(str(error)) from error


def _adopt(parsed: Catalogue, version: int, db: sqlite3.Connection) -> Iterable[Event]:
    db.execute("CREATE TABLE IF NOT EXISTS catalogue (version INTEGER, items INTEGER)")
    db.execute("DELETE FROM catalogue")
    db.execute("INSERT INTO catalogue VALUES (?, ?)", (version, len(parsed.items)))
    return []


CATALOGUE = Adopter(kind="catalogue", parse=_parse, adopt=_adopt)


def _body(items: int) -> bytes:
    return json.dumps({"currency": "CNY", "items": [{"sku": number} for number in range(items)]}, indent=1).encode()


def _desk(shop: Shop, bodies: LargeBodies | None = None) -> DocumentDesk:
    def trusted() -> Trust | None:
        return trust(shop.claim(), None)

    fetch = no_fetch if bodies is None else bodies.fetch
    return DocumentDesk(shop.journal, [CATALOGUE], box=shop.box, trust=trusted, clock=lambda: "synced", fetch=fetch)


def _follower(shop: Shop, client: CloudClient, bodies: LargeBodies | None = None) -> Follower:
    return Follower(shop.journal, _desk(shop, bodies), command_desk(shop), client, shop.claim, backoff=quick())


async def _adopted(shop: Shop, count: int) -> list[DocumentAdopted]:
    async def enough() -> bool:
        return len(await shop.events(DocumentAdopted)) >= count

    await until(enough)
    return await shop.events(DocumentAdopted)


async def _catalogue(shop: Shop) -> list[tuple[int, int]]:
    return await shop.journal.query(lambda db: db.execute("SELECT version, items FROM catalogue").fetchall())


async def test_a_published_document_is_heard_at_once(joined: Shop, cloud: LocalCloud, client: CloudClient) -> None:
    async with running(_follower(joined, client).run()):
        await asyncio.sleep(0.3)  # so that it waits in its long poll
        began = time.monotonic()
        published = await publish(cloud.sink_url, "catalogue", _body(3))
        (told,) = await _adopted(joined, 1)
        assert time.monotonic() - began < 20  # of the 25 that a poll waits
    assert (told.version, published.version) == (1, 1)
    assert await _catalogue(joined) == [(1, 3)]


async def test_publishing_from_another_process_is_heard_too(tmp_path: Path, cloud_process: CloudProcess) -> None:
    async with open_shop(tmp_path / "box") as shop, CloudClient(cloud_process.url) as client:
        await shop.join(client, cloud_process.sink_url)
        async with running(_follower(shop, client).run()):
            for version in (1, 2):
                await publish(cloud_process.sink_url, "catalogue", _body(version))
                await _adopted(shop, version)
        assert await _catalogue(shop) == [(2, 2)]


async def test_the_cursor_survives_a_restart(tmp_path: Path, cloud: LocalCloud, client: CloudClient) -> None:
    await publish(cloud.sink_url, "catalogue", b'{"currency": 7}')
    for _ in range(3):
        async with open_shop(tmp_path / "box") as shop:
            if shop.claim() is None:
                await shop.join(client, cloud.sink_url)
            async with running(_follower(shop, client).run()):

                async def told(opened: Shop = shop) -> bool:
                    return len(await opened.events(DocumentNotAdopted)) == 1 and await _cursor(opened) == "1"

                await until(told)
    async with open_shop(tmp_path / "box") as shop:
        assert len(await shop.events(DocumentNotAdopted)) == 1


async def _cursor(shop: Shop) -> str:
    ask = "SELECT value FROM meta WHERE key LIKE 'documents.cursor %'"
    row = await shop.journal.query(lambda db: db.execute(ask).fetchone())
    return "" if row is None else str(row[0])


async def test_a_new_box_gets_only_the_newest_of_each_kind(joined: Shop, cloud: LocalCloud, client: CloudClient) -> None:
    for version in range(1, 6):
        await publish(cloud.sink_url, "catalogue", _body(version))
    async with running(_follower(joined, client).run()):
        (told,) = await _adopted(joined, 1)
    assert told.version == 5
    assert await joined.events(DocumentNotAdopted) == []


async def test_a_document_reaches_its_audience_only(joined: Shop, cloud: LocalCloud, client: CloudClient) -> None:
    await publish(cloud.sink_url, "catalogue", _body(1), store="s-2")
    await publish(cloud.sink_url, "catalogue", _body(2), box="0" * 32)
    await publish(cloud.sink_url, "catalogue", _body(3), store="s-1", box=joined.box)
    async with running(_follower(joined, client).run()):
        await _adopted(joined, 1)
    assert await _catalogue(joined) == [(1, 3)]
    assert await joined.events(DocumentNotAdopted) == []


async def test_more_than_one_answer_holds_comes_in_several(
    joined: Shop, cloud: LocalCloud, client: CloudClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sync.cloud.notices.PAGE_BYTES", 1)
    for kind in ("scenes", "zones", "catalogue"):
        await publish(cloud.sink_url, kind, _body(1))
    async with running(_follower(joined, client).run()):
        await _adopted(joined, 1)
        await until(lambda: _has_cursor(joined, "3"))
    assert [event.kind for event in await joined.events(DocumentNotAdopted)] == ["scenes", "zones"]


async def _has_cursor(shop: Shop, cursor: str) -> bool:
    return await _cursor(shop) == cursor


async def test_a_cloud_whose_sink_was_away_tells_news_again(joined: Shop, cloud: LocalCloud, client: CloudClient) -> None:
    with contextlib.closing(sqlite3.connect(cloud.sink, isolation_level=None)) as db:
        async with running(_follower(joined, client).run()):
            db.execute("ALTER TABLE notices RENAME TO away")
            await asyncio.sleep(0.6)  # two looks of the cloud at its sink
            db.execute("ALTER TABLE away RENAME TO notices")
            await publish(cloud.sink_url, "catalogue", _body(1))
            await _adopted(joined, 1)


async def test_a_cloud_that_was_restored_from_a_copy_is_followed_again(
    joined: Shop, cloud: LocalCloud, client: CloudClient
) -> None:
    async with running(_follower(joined, client).run()):
        for version in (1, 2, 3):
            await publish(cloud.sink_url, "catalogue", _body(version))
            await _adopted(joined, version)
    with sqlite3.connect(cloud.sink) as db:
        db.execute("DELETE FROM notices")
        db.execute("DELETE FROM sqlite_sequence")
    db.close()
    await publish(cloud.sink_url, "catalogue", _body(9), version=9)
    async with running(_follower(joined, client).run()):
        await _adopted(joined, 4)
    assert await _catalogue(joined) == [(9, 9)]


async def test_a_cloud_that_never_waits_is_not_hammered(joined: Shop, odd_cloud: OddCloud) -> None:
    async def hasty(_request: web.Request) -> web.Response:
        return web.json_response({"cursor": "", "documents": [], "commands": []})

    odd_cloud.answer = hasty
    async with CloudClient(odd_cloud.url) as client, running(_follower(joined, client).run()):
        await asyncio.sleep(1.5)
    assert len(odd_cloud.seen) <= 3


async def test_trouble_is_waited_out(joined: Shop, cloud: LocalCloud, odd_cloud: OddCloud) -> None:
    async def down(_request: web.Request) -> web.Response:
        return web.Response(status=500)

    odd_cloud.answer = down
    async with CloudClient(odd_cloud.url) as client:
        follower = _follower(joined, client)
        async with running(follower.run()):
            await until(lambda: follower.line.standing.state == "waiting")
            assert "/v1/documents" in follower.line.standing.problem

            async def fine(_request: web.Request) -> web.Response:
                return web.json_response({"cursor": "", "documents": [], "commands": []})

            odd_cloud.answer = fine
            await until(lambda: follower.line.standing.state == "idle")
    assert follower.line.standing.problem == ""


async def test_a_box_without_a_store_waits_for_its_claim(shop: Shop, cloud: LocalCloud, client: CloudClient) -> None:
    await publish(cloud.sink_url, "catalogue", _body(1))
    follower = _follower(shop, client)
    async with running(follower.run()):
        await until(lambda: follower.line.standing.state == "stopped")
        await shop.join(client, cloud.sink_url)
        follower.line.nudge()
        await _adopted(shop, 1)


async def test_a_full_disk_keeps_the_cursor(tmp_path: Path, cloud: LocalCloud, client: CloudClient) -> None:
    await publish(cloud.sink_url, "catalogue", _body(1))
    async with open_shop(tmp_path / "box") as shop:
        await shop.join(client, cloud.sink_url)
    async with open_shop(tmp_path / "box", quota_bytes=1) as full:
        follower = _follower(full, client)
        async with running(follower.run()):
            await until(lambda: follower.line.standing.state == "waiting")
        assert await _cursor(full) == ""
    async with open_shop(tmp_path / "box") as again, running(_follower(again, client).run()):
        await _adopted(again, 1)


async def test_a_large_document_is_fetched_apart(joined: Shop, cloud: LocalCloud, client: CloudClient) -> None:
    bodies = LargeBodies(client, joined.claim, joined.folder / "documents")
    body = _body(60_000)
    assert len(body) > 1_000_000
    published = await publish(cloud.sink_url, "catalogue", body)
    assert len(published.jws) < 2_000
    async with running(_follower(joined, client, bodies).run()):
        await _adopted(joined, 1)
    assert await _catalogue(joined) == [(1, 60_000)]
    assert list((joined.folder / "documents").iterdir()) == []
