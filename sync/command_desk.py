"""Where every command of headquarters arrives: taken once, in the transaction that remembers its id, or refused with a reason.

What was taken is a row of the shop before anything is done, so a box that dies in between neither forgets nor repeats it.
"""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime
from typing import Any, Literal

import structlog

from sync.commands import CloudCommand, CommandKind, CommandNotTaken, SignedCommand, check_command, read_signed_command
from sync.commits import tell
from sync.disk import JournalUnavailable
from sync.document_desk import MAX_REASON_CHARS
from sync.document_events import CommandRefused
from sync.entries import Entry, EntryRefused, NotRecorded, Origin, Repeated
from sync.events import Event, EventClass
from sync.identity import Trust
from sync.journal import Journal
from sync.signatures import public_key

REMEMBERED_AS = "headquarters (commands)"
"""In place of a device's name, with signs that no device's name has."""


class CommandDesk:
    """``trust()`` gives the store and the signing key, ``clock()`` says whether dates can be judged."""

    def __init__(
        self,
        journal: Journal,
        kinds: Iterable[CommandKind],
        *,
        box: str,
        trust: Callable[[], Trust | None],
        clock: Callable[[], Literal["synced", "unsynced"]],
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._journal = journal
        self._kinds: Mapping[str, CommandKind] = {kind.kind: kind for kind in kinds}
        self._box = box
        self._trust = trust
        self._clock = clock
        self._now = now
        self._log = structlog.get_logger("sync").bind(part="commands")

    async def take(self, jws: str) -> None:
        """Taken, refused or known before: durable on return. Raises JournalUnavailable, SettingUnreadable: try again later."""
        try:
            await self._take(jws)
        except CommandNotTaken as refusal:
            reason = str(refusal)[:MAX_REASON_CHARS]
            await tell(self._journal, CommandRefused(id=refusal.id, reason=reason), self._now())
            self._log.warning("command refused", id=refusal.id, reason=reason)

    async def _take(self, jws: str) -> None:
        trust = self._trust()
        if trust is None:
            raise CommandNotTaken("this box trusts no signing key yet; claim it or set [cloud] signing_key_file")
        signed = read_signed_command(jws, public_key(trust.signing_key))
        command = signed.command
        check_command(command, box=self._box, store=trust.store, now=self._now(), clock=self._clock())
        kind = self._kinds.get(command.kind)
        if kind is None:
            known = ", ".join(sorted(self._kinds)) or "none"
            raise CommandNotTaken(f"this box knows no commands of kind {command.kind!r}, only: {known}", command.id)
        try:
            parsed = kind.parse(bytes(command.body))
        except CommandNotTaken as error:
            raise CommandNotTaken(str(error), command.id) from error
        await self._record(signed, kind, parsed)

    async def _record(self, signed: SignedCommand, kind: CommandKind, parsed: Any) -> None:
        command = signed.command
        outcome = await self._journal.record(
            Entry(
                decide=lambda db: _decide(db, kind, parsed, command),
                event_class=EventClass.ORDER,
                at=self._now(),
                monotonic_ms=time.monotonic_ns() // 1_000_000,
                origin=Origin(device=REMEMBERED_AS, id=command.id, digest=signed.digest),
                told=f"command {command.id} {command.kind}",
            )
        )
        if isinstance(outcome, NotRecorded):
            if outcome.retry:
                raise JournalUnavailable(outcome.problem)
            raise CommandNotTaken(outcome.problem, command.id)
        if not isinstance(outcome, Repeated):
            self._log.info("command taken", id=command.id, kind=command.kind)


def _decide(db: sqlite3.Connection, kind: CommandKind, parsed: Any, command: CloudCommand) -> list[Event]:
    try:
        return [*kind.take(parsed, command, db)]
    except CommandNotTaken as refusal:
        raise EntryRefused(str(refusal)) from refusal
