"""What headquarters may ask of a box, by signed command: each becomes a job, under the command's own id.

ask              {"device": "scale-1", "command": "tare"}     never a payment; a drawer needs its reason
restart-device   {"device": "scale-1"}
reprint          {"job": "0199…"}
coupon-conflict  {"coupon": …}                                edge/shop/promotions/contested.py
forget-member    {"member": "m-1001"}                         edge/shop/members/forget_command.py
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any

import msgspec

from drivers.commands import Print, command_name
from edge.command_json import NotACommand, read_command
from edge.job_kinds import LASTING, MOMENT, OF_NOW, RestartDevice, Task, task_json, task_name
from edge.shop.jobs import CLOUD_PREFIX, Job, find_job, queue_job
from edge.shop.members.forget_command import forget_command
from edge.shop.promotions.contested import coupon_conflict
from sync.commands import CloudCommand, CommandKind, CommandNotTaken
from sync.events import Event

ASKABLE = (*LASTING, *OF_NOW)
BY = "headquarters"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Wanted:
    """``task`` at ``device``."""

    device: str
    task: Task


class _Device(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    device: str


class _Reprint(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    job: str


def command_kinds(now: Callable[[], datetime]) -> tuple[CommandKind, ...]:
    """Everything that headquarters may ask."""
    return (
        CommandKind(kind="ask", parse=_parse_ask, take=partial(_take, now)),
        CommandKind(kind="restart-device", parse=_parse_restart, take=partial(_take, now)),
        CommandKind(kind="reprint", parse=partial(_parsed, shape=_Reprint), take=partial(_reprint, now)),
        coupon_conflict(),
        forget_command(),
    )


def _parsed(body: bytes, shape: type[Any]) -> Any:
    try:
        return msgspec.json.decode(body, type=shape)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise CommandNotTaken(f"its body cannot be read: {error}") from error


def _parse_restart(body: bytes) -> _Wanted:
    return _Wanted(device=_parsed(body, _Device).device, task=RestartDevice())


def _parse_ask(body: bytes) -> _Wanted:
    said: dict[str, Any] = _parsed(body, dict[str, Any])
    device = said.pop("device", None)
    if not isinstance(device, str):
        raise CommandNotTaken('its body names no device: {"device": "scale-1", "command": "tare"}')
    try:
        command = read_command(said)
    except NotACommand as error:
        raise CommandNotTaken(str(error)) from error
    if not isinstance(command, ASKABLE):
        able = ", ".join(sorted(command_name(each) for each in ASKABLE))
        raise CommandNotTaken(f"headquarters cannot ask for {command_name(type(command))}; it can: {able}")
    return _Wanted(device=device, task=command)


def _take(now: Callable[[], datetime], wanted: _Wanted, command: CloudCommand, db: sqlite3.Connection) -> tuple[Event, ...]:
    at = now()
    soon = isinstance(wanted.task, OF_NOW)
    return queue_job(
        Job(
            id=CLOUD_PREFIX + command.id,
            device=wanted.device,
            command=task_name(wanted.task),
            content=task_json(wanted.task),
            by=BY,
            origin="cloud",
            cause=command.kind,
            asked_at=at,
            expires_at=min(command.expires, at + MOMENT) if soon else command.expires,
        ),
        db,
    )


def _reprint(now: Callable[[], datetime], asked: _Reprint, command: CloudCommand, db: sqlite3.Connection) -> tuple[Event, ...]:
    found = find_job(db, asked.job)
    if found is None or found.command != command_name(Print) or not found.content:
        raise CommandNotTaken(f"this box remembers no receipt that job {asked.job[:64]!r} has printed")
    if found.state in {"queued", "sent"}:
        raise CommandNotTaken(f"job {found.id} is still to be printed for the first time")
    return queue_job(
        Job(
            id=CLOUD_PREFIX + command.id,
            device=found.device,
            command=found.command,
            content=found.content,
            by=BY,
            origin="cloud",
            cause=command.kind,
            asked_at=now(),
            expires_at=command.expires,
        ),
        db,
    )
