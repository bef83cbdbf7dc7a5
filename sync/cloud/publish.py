"""What headquarters does by hand in the reference cloud: give out codes, publish documents, send commands."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path

import msgspec
from uuid_utils import uuid7

from sync.cloud.keys import signing_key
from sync.cloud.notices import COMMAND_PREFIX
from sync.cloud.signing import Terms, sign_document, sign_manifest
from sync.cloud.sink import Notice
from sync.cloud.sqlite_sink import SqliteSink, sink_file
from sync.commands import COMMAND_TYP, LONGEST_LIFE, CloudCommand
from sync.documents import Manifest
from sync.durable_file import write_private
from sync.signatures import sign

INLINE_BYTES = 256 * 1024  # a larger body is fetched apart, so that a cut line does not begin from the start
VALID = timedelta(minutes=10)
"""How long a command waits for a box whose line is down."""

CODE_VALID_S = 7 * 24 * 3600


class NotPublished(ValueError):
    """The document cannot be published; the text says why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Published:
    """What the boxes get now. ``jws`` is the signed document, also good for ``storebox document adopt``."""

    kind: str
    version: int
    cursor: int
    jws: str


async def issue_code(sink_url: str, store: str, *, valid_s: int = CODE_VALID_S) -> str:
    """A one-time code that lets one box join ``store``. Raises SinkRefused, SinkDown."""
    async with _opened(sink_url) as (sink, _path):
        return await sink.issue_code(store, valid_s=valid_s)


async def publish(
    sink_url: str,
    kind: str,
    body: bytes,
    *,
    version: int | None = None,
    store: str | None = None,
    box: str | None = None,
    not_before: datetime | None = None,
    expires: datetime | None = None,
) -> Published:
    """Sign ``body`` (a JSON object) and put it up for ``store`` and ``box`` (None: all); ``version`` None is the next one.

    Raises NotPublished, StaleDocument, SinkRefused, SinkDown, KeyDamaged.
    """
    fields = _fields(body)
    if kind.startswith(COMMAND_PREFIX):
        raise NotPublished(f"no document is of the kind {kind!r}; a command is sent: storebox cloud command")
    async with _opened(sink_url) as (sink, path):
        audience = {"store": store or "", "box": box or ""}
        chosen = version or await sink.published_version(kind, **audience) + 1
        terms = Terms(
            kind=kind,
            version=chosen,
            issued_at=datetime.now(UTC),
            not_before=not_before,
            expires=expires,
            store=store,
            box=box,
        )
        key = await asyncio.to_thread(signing_key, path)
        if len(body) <= INLINE_BYTES:
            jws = sign_document(key, terms, body=body)
        else:
            jws = sign_manifest(key, terms, await asyncio.to_thread(_put_aside, path, fields))
        cursor = await sink.publish(Notice(kind=kind, version=chosen, jws=jws, **audience))
        return Published(kind=kind, version=chosen, cursor=cursor, jws=jws)


async def send_command(
    sink_url: str, kind: str, body: bytes, *, store: str | None = None, box: str | None = None, valid: timedelta = VALID
) -> str:
    """Sign a command for ``store`` or ``box`` and put it up; its id.

    Raises NotPublished, SinkRefused, SinkDown, KeyDamaged.
    """
    _fields(body)
    if store is None and box is None:
        raise NotPublished("a command is for one box or one store: name it")
    if not timedelta() < valid <= LONGEST_LIFE:
        raise NotPublished("a command is valid for a day at most: what is wanted now may do harm later")
    async with _opened(sink_url) as (sink, path):
        at = datetime.now(UTC)
        command = CloudCommand(
            id=uuid7().hex,
            kind=kind,
            issued_at=at,
            not_before=at,
            expires=at + valid,
            store=store,
            box=box,
            body=msgspec.Raw(body),
        )
        key = await asyncio.to_thread(signing_key, path)
        jws = sign(msgspec.json.encode(command), key, typ=COMMAND_TYP)
        await sink.publish(Notice(kind=COMMAND_PREFIX + command.id, version=1, store=store or "", box=box or "", jws=jws))
        return command.id


@asynccontextmanager
async def _opened(sink_url: str) -> AsyncIterator[tuple[SqliteSink, Path]]:
    path = sink_file(sink_url)
    sink = SqliteSink(path)
    try:
        yield sink, path
    finally:
        await sink.close()


def _fields(body: bytes) -> dict[str, msgspec.Raw]:
    try:
        return msgspec.json.decode(body, type=dict[str, msgspec.Raw])
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise NotPublished(f"the body is not a JSON object: {error}") from error


def _put_aside(sink: Path, fields: dict[str, msgspec.Raw]) -> Manifest:
    """Write the body as NDJSON, its longest list one element a line. Raises NotPublished, OSError."""
    lists = {name: raw for name, raw in fields.items() if bytes(raw).lstrip().startswith(b"[")}
    if not lists:
        raise NotPublished(f"a body above {INLINE_BYTES} bytes needs a list that can be cut into lines")
    rows = max(lists, key=lambda name: len(bytes(lists[name])))
    head = {name: raw for name, raw in fields.items() if name != rows}
    # Encoded anew: an element may be written over several lines in the file.
    lines = [msgspec.json.encode(head), *map(msgspec.json.encode, msgspec.json.decode(lists[rows], type=list[object]))]
    content = b"\n".join(lines) + b"\n"
    digest = sha256(content).hexdigest()
    folder = sink.with_name(f"{sink.name}.bodies")
    folder.mkdir(mode=0o700, exist_ok=True)
    write_private(folder / digest, content)
    return Manifest(sha256=digest, size=len(content), url=f"v1/bodies/{digest}", rows=rows)
