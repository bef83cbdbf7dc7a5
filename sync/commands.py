"""What headquarters asks a box to do: a signed, dated, addressed order with an id, under which it happens once.

    header   {"alg":"EdDSA","typ":"storebox-command+jws","kid":"..."}
    payload  {"id":"c-7","kind":"ask","issued_at":"2026-03-01T02:00:00Z","not_before":"2026-03-01T02:00:00Z",
              "expires":"2026-03-01T02:10:00Z","store":null,"box":"0197…","body":{"device":"scale-1","command":"tare"}}

Unlike a document it always expires, and is always for somebody: what was wanted of one box an hour ago may do harm now.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Annotated, Any, Literal

import msgspec
from joserfc.jwk import OKPKey

from sync.adopters import DocumentRefused
from sync.documents import CLOCK_SLACK_S, Moment, Name, check_audience
from sync.events import Event
from sync.signatures import FormRefused, SignatureRefused, read_signed

COMMAND_TYP = "storebox-command+jws"
LONGEST_LIFE = timedelta(days=1)
"""Receipts are kept a day at least: an id is known as long as its command could come again."""

CommandId = Annotated[str, msgspec.Meta(pattern="^[A-Za-z0-9_-]{1,64}$")]


class CommandNotTaken(ValueError):
    """The command is not carried out; the text says why. ``id`` is empty when the signature does not vouch for it."""

    def __init__(self, reason: str, id_: str = "") -> None:
        super().__init__(reason)
        self.id = id_


class CloudCommand(msgspec.Struct, frozen=True, kw_only=True):
    """The payload of a command."""

    id: CommandId
    kind: Name
    issued_at: Moment
    not_before: Moment
    expires: Moment
    store: Name | None = None
    box: Name | None = None
    body: msgspec.Raw


@dataclass(frozen=True, slots=True, kw_only=True)
class CommandKind:
    """How commands of ``kind`` are carried out; ``sync`` knows no more of them.

    ``parse(body)`` checks the body (JSON bytes) and raises CommandNotTaken naming the place. ``take(parsed, command, db)`` runs
    inside the transaction that remembers the id: it leaves the work in the tables, and says what happened. It may raise
    CommandNotTaken too.
    """

    kind: str
    parse: Callable[[bytes], Any]
    take: Callable[[Any, CloudCommand, sqlite3.Connection], Iterable[Event]]


@dataclass(frozen=True, slots=True, kw_only=True)
class SignedCommand:
    """A command whose signature holds; ``digest`` is the SHA-256 of the signed payload."""

    command: CloudCommand
    digest: bytes


class _Named(msgspec.Struct):
    id: str


def read_signed_command(jws: str, key: OKPKey) -> SignedCommand:
    """Check the signature and the form. Raises CommandNotTaken."""
    try:
        vouched = read_signed(jws, key, typ=COMMAND_TYP, form=CloudCommand)
    except SignatureRefused as error:
        raise CommandNotTaken(str(error)) from error
    except FormRefused as error:
        raise CommandNotTaken(f"its payload is no command: {error}", _id_of(error.payload)) from error
    return SignedCommand(command=vouched.content, digest=vouched.digest)


def check_command(
    command: CloudCommand, *, box: str, store: str | None, now: datetime, clock: Literal["synced", "unsynced"]
) -> None:
    """Raises CommandNotTaken for what is for somebody else, or not for now. An unsynced clock judges no date."""
    if command.store is None and command.box is None:
        raise CommandNotTaken("it is for nobody: a command names its store or its box", command.id)
    try:
        check_audience(command, box=box, store=store)
    except DocumentRefused as error:
        raise CommandNotTaken(str(error), command.id) from error
    if not timedelta() < command.expires - command.not_before <= LONGEST_LIFE:
        raise CommandNotTaken("it must expire after not_before, within a day", command.id)
    if clock == "unsynced":
        return
    if (command.not_before - now).total_seconds() > CLOCK_SLACK_S:
        raise CommandNotTaken(f"it holds from {command.not_before.isoformat()} on; send it then", command.id)
    if command.expires <= now:
        raise CommandNotTaken(f"it expired at {command.expires.isoformat()}; send a new one", command.id)


def _id_of(payload: bytes) -> str:
    try:
        return msgspec.json.decode(payload, type=_Named).id[:64]
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return ""
