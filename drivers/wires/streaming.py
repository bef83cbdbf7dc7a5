"""Listens to a device that talks by itself, and knows when patience ends: the counterpart of ``polling.py``.

One bad frame is a bad frame; no reading for ``silent_after_ms`` is a failure, told as what was last seen: nothing
(DeviceSilent), bytes that make no sense (BadFrame), or the device's own complaint. A shop that decides slowly costs no
weight: ``keep_changes`` makes room among what waits, and a stable weight goes only when another says the same.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Callable
from typing import TypeVar

from drivers.contract import DeviceError, DeviceGone, Frame
from drivers.readings import Weight
from drivers.wires.serial_line import SerialLine
from drivers.wires.unread import QUEUE_FRAMES

KEPT_FRAMES = QUEUE_FRAMES // 2
"""What is left after making room, at most: so it is made seldom, and costs little."""

T = TypeVar("T")


async def listen(line: SerialLine, decode: Callable[[Frame], T], silent_after_ms: int) -> AsyncIterator[T]:
    """Every reading, until the device fails: raises the DeviceError then."""
    clock = asyncio.get_running_loop().time
    while True:
        # patience begins anew when the last reading was taken: a shop that decides slowly is not the device's silence
        yield await _next(line, decode, clock() + silent_after_ms / 1000, silent_after_ms)
        line.forget_noise()


async def _next(line: SerialLine, decode: Callable[[Frame], T], give_up_at: float, silent_after_ms: int) -> T:
    bad: DeviceError | None = None
    try:
        async with asyncio.timeout_at(give_up_at):
            while True:
                frame = await line.frame()
                heard = _decoded(frame, decode)
                if not isinstance(heard, DeviceError):
                    return heard
                bad = heard
    except TimeoutError as error:
        raise bad or line.heard_nothing(silent_after_ms) from error


def _decoded(frame: Frame, decode: Callable[[Frame], T]) -> T | DeviceError:
    try:
        return decode(frame)
    except DeviceGone:
        raise
    except DeviceError as error:
        return error


def keep_changes(frames: deque[Frame], decode: Callable[[Frame], Weight]) -> None:
    """Drop what the next frame says again; then, if too much is left, all motion; then the oldest."""
    heard = [(frame, weight) for frame in frames if isinstance(weight := _decoded(frame, decode), Weight)]
    kept = _last_of_runs(heard)
    if len(kept) > KEPT_FRAMES:
        kept = _last_of_runs([*(each for each in kept[:-1] if each[1].state == "stable"), kept[-1]])
    frames.clear()
    frames.extend(frame for frame, _ in kept[-KEPT_FRAMES:])


def _last_of_runs(heard: list[tuple[Frame, Weight]]) -> list[tuple[Frame, Weight]]:
    following = [weight for _, weight in heard[1:]]
    return [each for each, after in zip(heard, [*following, None], strict=True) if after is None or _change(each[1], after)]


def _change(weight: Weight, after: Weight) -> bool:
    if weight.state == "stable":
        return (after.state, after.grams) != (weight.state, weight.grams)
    return after.state != weight.state
