"""Asks a device for its reading again and again, and knows when patience ends.

One lost answer is a lost answer; no reading for ``silent_after_ms`` is a failure, told as what was last seen:
nothing (DeviceSilent), bytes that make no sense (BadFrame), or the device's own refusal.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable
from dataclasses import dataclass
from typing import TypeVar

from drivers.contract import DeviceError, DeviceGone, Frame
from drivers.wires.serial_line import SerialLine

T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class Pace:
    """Ask every ``poll_ms``, wait ``answer_ms`` for each answer, give up after ``silent_after_ms`` without a reading."""

    poll_ms: int
    answer_ms: int
    silent_after_ms: int


def poll(line: SerialLine, question: bytes, decode: Callable[[Frame], T], pace: Pace) -> AsyncGenerator[T, None]:
    """Every reading, until the device fails: raises the DeviceError then. Commands take ``line.turn`` between polls."""

    async def ask() -> T:
        return await line.ask(question, decode, deadline_ms=pace.answer_ms)

    return poll_by(line, ask, pace)


async def poll_by(line: SerialLine, converse: Callable[[], Awaitable[T]], pace: Pace) -> AsyncGenerator[T, None]:
    """As ``poll``, for a reading that takes several questions: ``converse`` asks them and keeps its own deadlines."""
    clock = asyncio.get_running_loop().time
    give_up_at = clock() + pace.silent_after_ms / 1000
    while True:
        waiting_since = clock()
        async with line.turn:
            asked_at = clock()
            give_up_at += asked_at - waiting_since  # a command that holds the wire is not the device's silence
            heard = await _heard(converse)
        if not isinstance(heard, DeviceError):
            yield heard
            give_up_at = clock() + pace.silent_after_ms / 1000
        elif clock() >= give_up_at:
            raise heard
        await line.idle(asked_at + pace.poll_ms / 1000 - clock())


async def _heard(converse: Callable[[], Awaitable[T]]) -> T | DeviceError:
    try:
        return await converse()
    except DeviceGone:
        raise
    except DeviceError as error:
        return error
