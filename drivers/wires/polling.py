"""Asks a device for its reading again and again, and knows when patience ends.

One lost answer is a lost answer; no reading for ``silent_after_ms`` is a failure, told as what was last seen:
nothing (DeviceSilent), bytes that make no sense (BadFrame), or the device's own refusal.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
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


async def poll(line: SerialLine, question: bytes, decode: Callable[[Frame], T], pace: Pace) -> AsyncIterator[T]:
    """Every reading, until the device fails: raises the DeviceError then. Commands take ``line.turn`` between polls."""
    clock = asyncio.get_running_loop().time
    give_up_at = clock() + pace.silent_after_ms / 1000
    while True:
        waiting_since = clock()
        async with line.turn:
            asked_at = clock()
            give_up_at += asked_at - waiting_since  # a command that holds the wire is not the device's silence
            heard = await _ask(line, question, decode, pace.answer_ms)
        if not isinstance(heard, DeviceError):
            yield heard
            give_up_at = clock() + pace.silent_after_ms / 1000
        elif clock() >= give_up_at:
            raise heard
        await line.idle(asked_at + pace.poll_ms / 1000 - clock())


async def _ask(line: SerialLine, question: bytes, decode: Callable[[Frame], T], answer_ms: int) -> T | DeviceError:
    try:
        return await line.ask(question, decode, deadline_ms=answer_ms)
    except DeviceGone:
        raise
    except DeviceError as error:
        return error
