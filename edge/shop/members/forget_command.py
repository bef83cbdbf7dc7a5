"""The signed command of headquarters that forgets a member: ``{"member": "m-1001"}``, reported when nothing is left to search."""

from __future__ import annotations

import sqlite3
from typing import Annotated

import msgspec

from edge.shop.members.forget import forget
from edge.shop.members.wiping import FORGET_MEMBER
from sync.commands import CloudCommand, CommandKind, CommandNotTaken
from sync.events import Event


class _Forget(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    member: Annotated[str, msgspec.Meta(min_length=1, max_length=64)]


def forget_command() -> CommandKind:
    """``forget-member``: erased at once, whatever the line does."""
    return CommandKind(kind=FORGET_MEMBER, parse=_parse, take=_take)


def _parse(body: bytes) -> _Forget:
    try:
        return msgspec.json.decode(body, type=_Forget)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise CommandNotTaken(f"its body cannot be read: {error}") from error


def _take(asked: _Forget, command: CloudCommand, db: sqlite3.Connection) -> tuple[Event, ...]:
    return forget(asked.member, command.id, "headquarters", db)
