"""Where every document arrives, from the cloud or from a file: adopted in one transaction, or refused with a reason sent back."""

from __future__ import annotations

import asyncio
import sqlite3
import time
from collections.abc import Callable, Iterable, Mapping
from contextlib import AsyncExitStack
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, BinaryIO, Literal, Protocol

import msgspec
import structlog

from sync.adopters import Adopter, DocumentRefused
from sync.commits import tell
from sync.disk import JournalUnavailable
from sync.document_events import DocumentAdopted, DocumentNotAdopted
from sync.documents import Document, Manifest, Signed, check_audience, check_dates, check_form, is_adopted, read_document
from sync.entries import Entry, EntryRefused, NotRecorded, Recorded
from sync.events import Event, EventClass, rfc3339
from sync.identity import Trust
from sync.journal import Journal
from sync.large_bodies import one_body
from sync.signatures import public_key
from sync.staging import Staging

MAX_REASON_CHARS = 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class Adopted:
    """The shop works by it now; durable."""

    kind: str
    version: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Unchanged:
    """This very document was at work already."""

    kind: str
    version: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Refused:
    """Nothing changed; the reason is on its way to headquarters."""

    kind: str
    version: int
    reason: str


class Fetch(Protocol):
    """Brings the NDJSON of a large document, open for reading; the desk closes it. Raises DocumentRefused or a CloudError."""

    async def __call__(self, manifest: Manifest) -> BinaryIO: ...


async def no_fetch(manifest: Manifest) -> BinaryIO:
    """For a box without a cloud."""
    raise DocumentRefused(f"its body is at {manifest.url}, but this box has no cloud to fetch it from; set [cloud] url")


class DocumentDesk:
    """One document at a time. ``trust()`` gives the store and the signing key, ``clock()`` says whether dates can be judged."""

    def __init__(
        self,
        journal: Journal,
        adopters: Iterable[Adopter],
        *,
        box: str,
        trust: Callable[[], Trust | None],
        clock: Callable[[], Literal["synced", "unsynced"]],
        fetch: Fetch = no_fetch,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._journal = journal
        self._adopters: Mapping[str, Adopter] = {adopter.kind: adopter for adopter in adopters}
        self._box = box
        self._trust = trust
        self._clock = clock
        self._fetch = fetch
        self._now = now
        self._lock = asyncio.Lock()
        self._staging = Staging(journal, now)
        self._log = structlog.get_logger("sync").bind(part="documents")

    async def adopt(self, jws: str) -> Adopted | Unchanged | Refused:
        """Durable on return. Raises JournalUnavailable, CloudError (a body not fetched) or SettingUnreadable: try again later."""
        async with self._lock, AsyncExitStack() as held:
            kind, version = "", 0
            try:
                trust = self._trusted()
                signed = read_document(jws, public_key(trust.signing_key))
                document = signed.document
                kind, version = document.kind, document.version
                check_audience(document, box=self._box, store=trust.store)
                adopter = self._adopter(kind)
                if await self._journal.query(lambda db: is_adopted(db, signed)):
                    return Unchanged(kind=kind, version=version)
                check_form(document)
                check_dates(document, now=self._now(), clock=self._clock())
                parsed = await self._parsed(adopter, document, held)
                await self._staging.lay_out(adopter, parsed, version)
            except DocumentRefused as refusal:
                return await self._refuse(kind, version, str(refusal))
            verdict = await self._record(signed, adopter, parsed)
            await self._staging.clear(adopter)
            return verdict

    def _trusted(self) -> Trust:
        trust = self._trust()
        if trust is None:
            raise DocumentRefused("this box trusts no signing key yet; claim it or set [cloud] signing_key_file")
        return trust

    def _adopter(self, kind: str) -> Adopter:
        adopter = self._adopters.get(kind)
        if adopter is None:
            known = ", ".join(sorted(self._adopters)) or "none"
            raise DocumentRefused(f"this box knows no documents of kind {kind!r}, only: {known}")
        return adopter

    async def _parsed(self, adopter: Adopter, document: Document, held: AsyncExitStack) -> Any:
        """A large body stays open in ``held``: its rows are read when they are laid out."""
        manifest = document.manifest
        if manifest is msgspec.UNSET:
            body = b"" if document.body is msgspec.UNSET else bytes(document.body)
            return await asyncio.to_thread(adopter.parse, body)
        lines = held.enter_context(await self._fetch(manifest))
        if adopter.parse_lines is not None:
            return await asyncio.to_thread(adopter.parse_lines, lines)
        return await asyncio.to_thread(lambda: adopter.parse(one_body(lines.read(), manifest.rows)))

    async def _record(self, signed: Signed, adopter: Adopter, parsed: Any) -> Adopted | Unchanged | Refused:
        """One transaction: the state tables, the row in ``documents``, the event."""
        document = signed.document
        at = self._now()
        outcome = await self._journal.record(
            Entry(
                decide=lambda db: _decide(db, signed, adopter, parsed, at),
                event_class=EventClass.ORDER,
                at=at,
                monotonic_ms=time.monotonic_ns() // 1_000_000,
                told=f"document {document.kind} version {document.version}",
            )
        )
        if isinstance(outcome, NotRecorded):
            if outcome.retry:
                raise JournalUnavailable(outcome.problem)
            return await self._refuse(document.kind, document.version, outcome.problem)
        if not (isinstance(outcome, Recorded) and outcome.events):
            return Unchanged(kind=document.kind, version=document.version)
        self._log.info("document adopted", kind=document.kind, version=document.version)
        return Adopted(kind=document.kind, version=document.version)

    async def _refuse(self, kind: str, version: int, reason: str) -> Refused:
        """Tell headquarters. Raises JournalUnavailable."""
        reason = reason[:MAX_REASON_CHARS]
        await tell(self._journal, DocumentNotAdopted(kind=kind, version=version, reason=reason), self._now())
        self._log.warning("document refused", kind=kind, version=version, reason=reason)
        return Refused(kind=kind, version=version, reason=reason)


def _decide(db: sqlite3.Connection, signed: Signed, adopter: Adopter, parsed: Any, at: datetime) -> list[Event]:
    """Adopt, unless another got in first. Raises EntryRefused: the journal then undoes what the adopter had begun."""
    kind, version = signed.document.kind, signed.document.version
    try:
        if is_adopted(db, signed):
            return []
        events = [*adopter.adopt(parsed, version, db)]
    except DocumentRefused as refusal:
        raise EntryRefused(str(refusal)) from refusal
    db.execute(
        "INSERT INTO documents (kind, version, digest, adopted_at) VALUES (?, ?, ?, ?) ON CONFLICT (kind) DO UPDATE SET "
        "version = excluded.version, digest = excluded.digest, adopted_at = excluded.adopted_at",
        (kind, version, signed.digest, rfc3339(at)),
    )
    return [*events, DocumentAdopted(kind=kind, version=version, digest=signed.digest.hex())]
