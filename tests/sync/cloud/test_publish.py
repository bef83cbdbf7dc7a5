"""What headquarters does in the reference cloud."""

import json
import stat
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from sync.cloud.keys import KeyDamaged, signing_key
from sync.cloud.publish import NotPublished, publish
from sync.cloud.server import ListenRefused, serve
from sync.cloud.sink import StaleDocument
from sync.cloud.sqlite_sink import SinkRefused
from sync.cloud.tables import SinkNewer
from sync.documents import read_document
from sync.durable_file import create_private
from tests.sync.cloud.conftest import LocalCloud


async def test_versions_only_grow(cloud: LocalCloud) -> None:
    await publish(cloud.sink_url, "catalogue", b"{}", version=4)
    with pytest.raises(StaleDocument, match="catalogue 4 is published already; publish version 5 or later"):
        await publish(cloud.sink_url, "catalogue", b"{}", version=4)
    assert (await publish(cloud.sink_url, "catalogue", b"{}")).version == 5


@pytest.mark.parametrize("body", [b"", b"[]", b'{"a"', b"\xff"])
async def test_only_an_object_is_published(cloud: LocalCloud, body: bytes) -> None:
    with pytest.raises(NotPublished, match="the body is not a JSON object: "):
        await publish(cloud.sink_url, "catalogue", body)


async def test_a_large_body_needs_lines(cloud: LocalCloud) -> None:
    body = json.dumps({"text": "x" * 300_000}).encode()
    with pytest.raises(NotPublished, match="a body above 262144 bytes needs a list that can be cut into lines"):
        await publish(cloud.sink_url, "catalogue", body)


async def test_dates_and_audience_are_signed(cloud: LocalCloud) -> None:
    begins = datetime.now(UTC)
    ends = begins + timedelta(days=1)
    published = await publish(cloud.sink_url, "catalogue", b"{}", not_before=begins, expires=ends, store="s-1", box="b-1")
    document = read_document(published.jws, signing_key(cloud.sink)).document
    assert (document.not_before, document.expires, document.store, document.box) == (begins, ends, "s-1", "b-1")


def test_a_damaged_signing_key_is_never_replaced(tmp_path: Path) -> None:
    path = tmp_path / "cloud.db.signing-key"
    public = '{"kty":"OKP","crv":"Ed25519","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}'
    for content in ("rubbish", "{}", public):
        path.write_text(content)
        with pytest.raises(KeyDamaged, match="is no private Ed25519 key as JWK; restore it, the boxes trust no other key"):
            signing_key(tmp_path / "cloud.db")
        assert path.read_text() == content


async def test_a_sink_is_named_by_its_file(tmp_path: Path) -> None:
    with pytest.raises(SinkRefused, match="no sink is called 'postgres://x'; write sqlite:///FILE"):
        await publish("postgres://x", "catalogue", b"{}")
    with pytest.raises(SinkRefused, match=r"cannot be opened: .*; is its folder there and writable"):
        await publish(f"sqlite:///{tmp_path}/gone/cloud.db", "catalogue", b"{}")


async def test_a_sink_of_a_later_version_is_left_alone(tmp_path: Path) -> None:
    import sqlite3

    with sqlite3.connect(tmp_path / "cloud.db") as db:
        db.execute("PRAGMA user_version = 9")
    db.close()
    with pytest.raises(SinkNewer, match=r"was written by a newer storebox \(schema 9 > 1\); run that one"):
        await publish(f"sqlite:///{tmp_path}/cloud.db", "catalogue", b"{}")


async def test_two_clouds_cannot_share_an_address(cloud: LocalCloud, tmp_path: Path) -> None:
    port = int(cloud.url.rpartition(":")[2])
    with pytest.raises(ListenRefused, match=f"cannot listen on 127.0.0.1:{port}: .*; is another cloud running there"):
        await serve("127.0.0.1", port, f"sqlite:///{tmp_path}/other.db")


def test_two_processes_that_make_a_key_agree_on_one(tmp_path: Path) -> None:
    first = tmp_path / "key"
    create_private(first, b"the first")
    create_private(first, b"the second")
    assert first.read_bytes() == b"the first"
    assert stat.S_IMODE(first.stat().st_mode) == 0o600
    assert [path.name for path in tmp_path.iterdir()] == ["key"]


async def test_the_clouds_secrets_are_its_own(cloud: LocalCloud) -> None:
    for name in ("signing-key", "admin-token"):
        assert stat.S_IMODE(cloud.sink.with_name(f"cloud.db.{name}").stat().st_mode) == 0o600
