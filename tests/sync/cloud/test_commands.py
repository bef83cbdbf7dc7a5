"""What headquarters asks of a box: signed, for this box, for now, and taken once however often it comes."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec
import pytest
from joserfc.jwk import OKPKey

from sync.cloud.keys import signing_key
from sync.cloud.publish import NotPublished, publish, send_command
from sync.cloud_client import CloudClient
from sync.command_desk import CommandDesk
from sync.commands import COMMAND_TYP, CloudCommand, CommandKind, CommandNotTaken
from sync.disk import JournalUnavailable
from sync.document_desk import DocumentDesk
from sync.document_events import CommandFinished, CommandRefused
from sync.events import Event
from sync.follower import Follower
from sync.signatures import sign
from tests.sync.cloud.conftest import LocalCloud
from tests.sync.cloud.small_shop import Shop, command_desk, open_shop, quick, running, until

NOW = datetime.now(UTC).replace(microsecond=0)  # receipts are kept by the real clock


def after(**since: int) -> str:
    """A moment since ``NOW``."""
    return (NOW + timedelta(**since)).isoformat()


def _parse(body: bytes) -> str:
    said = msgspec.json.decode(body)
    if "scale" not in said:
        raise CommandNotTaken("its body names no scale")
    return str(said["scale"])


def _take(scale: str, command: CloudCommand, db: sqlite3.Connection) -> Iterable[Event]:
    if scale == "busy":
        raise CommandNotTaken("the scale is busy")
    db.execute("CREATE TABLE IF NOT EXISTS done (id TEXT)")
    db.execute("INSERT INTO done VALUES (?)", (command.id,))
    return [CommandFinished(id=command.id, kind=command.kind, outcome="confirmed", detail=scale)]


TARE = CommandKind(kind="tare", parse=_parse, take=_take)


@pytest.fixture
def key(cloud: LocalCloud) -> OKPKey:
    return signing_key(cloud.sink)


def signed(key: OKPKey, **changes: Any) -> str:
    """A command to this box, as it should be but for ``changes``."""
    payload = {
        "id": "c-1",
        "kind": "tare",
        "issued_at": after(),
        "not_before": after(),
        "expires": after(minutes=10),
        "store": "s-1",
        "body": {"scale": "scale-1"},
    }
    kept = {name: value for name, value in (payload | changes).items() if value is not ...}
    return sign(json.dumps(kept).encode(), key, typ=COMMAND_TYP)


def desk_at(shop: Shop, now: datetime, clock: Any = "synced") -> CommandDesk:
    desk = command_desk(shop, TARE)
    desk._now = lambda: now
    desk._clock = lambda: clock
    return desk


async def refusals(shop: Shop) -> list[tuple[str, str]]:
    return [(event.id, event.reason) for event in await shop.events(CommandRefused)]


async def test_a_command_is_taken_once_however_often_it_comes(joined: Shop, key: OKPKey) -> None:
    desk = desk_at(joined, NOW)
    for _ in range(3):
        await desk.take(signed(key))
    (finished,) = await joined.events(CommandFinished)
    assert (finished.id, finished.kind, finished.detail) == ("c-1", "tare", "scale-1")
    assert await refusals(joined) == []


async def test_an_id_is_known_after_a_restart(tmp_path: Path, cloud: LocalCloud, client: CloudClient, key: OKPKey) -> None:
    for _ in range(2):
        async with open_shop(tmp_path / "box") as shop:
            if shop.claim() is None:
                await shop.join(client, cloud.sink_url)
            await desk_at(shop, NOW).take(signed(key))
            assert len(await shop.events(CommandFinished)) == 1


async def test_the_same_id_with_another_content_is_refused(joined: Shop, key: OKPKey) -> None:
    desk = desk_at(joined, NOW)
    await desk.take(signed(key))
    await desk.take(signed(key, body={"scale": "scale-2"}))
    assert await refusals(joined) == [("c-1", "the same id came before with other content; give every report an id of its own")]
    assert len(await joined.events(CommandFinished)) == 1


@pytest.mark.parametrize(
    ("changes", "id_", "reason"),
    [
        ({"kind": "explode"}, "c-1", "this box knows no commands of kind 'explode', only: tare"),
        ({"store": ...}, "c-1", "it is for nobody: a command names its store or its box"),
        ({"store": "s-2"}, "c-1", "it is for store s-2; this box belongs to s-1"),
        ({"body": {}}, "c-1", "its body names no scale"),
        ({"body": {"scale": "busy"}}, "c-1", "the scale is busy"),
        ({"expires": ...}, "c-1", "its payload is no command: Object missing required field `expires`"),
        ({"id": 7}, "", "its payload is no command: Expected `str`, got `int` - at `$.id`"),
    ],
)
async def test_a_command_that_is_not_taken_says_why(
    joined: Shop, key: OKPKey, changes: dict[str, Any], id_: str, reason: str
) -> None:
    await desk_at(joined, NOW).take(signed(key, **changes))
    assert await refusals(joined) == [(id_, reason)]
    assert await joined.events(CommandFinished) == []


# not parametrised: the workers must agree on the names of tests, and these hold the time of day
async def test_a_command_counts_only_in_its_time(joined: Shop, key: OKPKey) -> None:
    desk = desk_at(joined, NOW)
    for id_, expires in (("c-1", after(days=1, seconds=1)), ("c-2", after())):
        await desk.take(signed(key, id=id_, expires=expires))
    await desk.take(signed(key, id="c-3", not_before=after(seconds=61)))
    await desk.take(signed(key, id="c-4", not_before=after(hours=-1), expires=after()))
    assert await refusals(joined) == [
        ("c-1", "it must expire after not_before, within a day"),
        ("c-2", "it must expire after not_before, within a day"),
        ("c-3", f"it holds from {after(seconds=61)} on; send it then"),
        ("c-4", f"it expired at {after()}; send a new one"),
    ]
    assert await joined.events(CommandFinished) == []


async def test_what_headquarters_did_not_sign_is_refused_without_a_name(joined: Shop, key: OKPKey) -> None:
    desk = desk_at(joined, NOW)
    for jws in ("rubbish", sign(b"{}", key, typ="storebox-document+jws"), signed(OKPKey.generate_key("Ed25519"))):
        await desk.take(jws)
    told = await refusals(joined)
    assert [id_ for id_, _ in told] == ["", "", ""]
    assert "not a JWS signed with Ed25519" in told[0][1]
    assert told[1][1] == "its header says typ 'storebox-document+jws'; this needs 'storebox-command+jws'"
    assert told[2][1] == "the signature is not from this box's signing key; was it signed for another cloud?"


async def test_a_box_without_a_store_trusts_nobody(shop: Shop, key: OKPKey) -> None:
    await desk_at(shop, NOW).take(signed(key))
    assert await refusals(shop) == [("", "this box trusts no signing key yet; claim it or set [cloud] signing_key_file")]


async def test_a_box_that_does_not_know_the_time_judges_no_date(joined: Shop, key: OKPKey) -> None:
    await desk_at(joined, datetime(1970, 1, 1, tzinfo=UTC), clock="unsynced").take(signed(key))
    assert len(await joined.events(CommandFinished)) == 1


async def test_a_full_disk_takes_no_command_and_it_comes_again(tmp_path: Path, cloud: LocalCloud, client: CloudClient) -> None:
    async with open_shop(tmp_path / "box") as shop:
        await shop.join(client, cloud.sink_url)
    key = signing_key(cloud.sink)
    async with open_shop(tmp_path / "box", quota_bytes=1) as full:
        with pytest.raises(JournalUnavailable):
            await desk_at(full, NOW).take(signed(key))
    async with open_shop(tmp_path / "box") as again:
        await desk_at(again, NOW).take(signed(key))
        assert len(await again.events(CommandFinished)) == 1


def follower_of(shop: Shop, client: CloudClient) -> Follower:
    desk = DocumentDesk(shop.journal, [], box=shop.box, trust=lambda: None, clock=lambda: "synced")
    return Follower(shop.journal, desk, command_desk(shop, TARE), client, shop.claim, backoff=quick())


async def test_a_command_that_headquarters_sends_reaches_its_box(joined: Shop, cloud: LocalCloud, client: CloudClient) -> None:
    async with running(follower_of(joined, client).run()):
        await send_command(cloud.sink_url, "tare", b'{"scale": "scale-9"}', box="0" * 32)
        sent = await send_command(cloud.sink_url, "tare", b'{"scale": "scale-1"}', box=joined.box)

        async def finished() -> bool:
            return bool(await joined.events(CommandFinished))

        await until(finished)
    (told,) = await joined.events(CommandFinished)
    assert (told.id, told.detail) == (sent, "scale-1")


@pytest.mark.parametrize(
    ("to", "problem"),
    [
        ({}, "a command is for one box or one store: name it"),
        (
            {"store": "s-1", "valid": timedelta(days=2)},
            "a command is valid for a day at most: what is wanted now may do harm later",
        ),
    ],
)
async def test_a_command_that_cannot_be_sent_is_refused(cloud: LocalCloud, to: dict[str, Any], problem: str) -> None:
    with pytest.raises(NotPublished) as refused:
        await send_command(cloud.sink_url, "tare", b"{}", **to)
    assert str(refused.value) == problem


async def test_no_document_passes_for_a_command(cloud: LocalCloud) -> None:
    with pytest.raises(NotPublished) as refused:
        await publish(cloud.sink_url, "command/c-1", b"{}")
    assert str(refused.value) == "no document is of the kind 'command/c-1'; a command is sent: storebox cloud command"


async def test_an_old_command_is_not_given_to_a_new_box(cloud: LocalCloud) -> None:
    await send_command(cloud.sink_url, "tare", b"{}", store="s-1")
    with closing(sqlite3.connect(cloud.sink, isolation_level=None)) as db:
        db.execute("UPDATE notices SET published_at = '2020-01-01T00:00:00.000Z'")
    await send_command(cloud.sink_url, "tare", b"{}", store="s-1")
    assert cloud.rows("SELECT count(*) FROM notices") == [(1,)]
