"""Listens to a device that talks by itself, and knows when patience ends: the counterpart of ``polling.py``.

One bad frame is a bad frame; no reading for ``silent_after_ms`` is a failure, told as what was last seen: nothing
(DeviceSilent), bytes that make no sense (BadFrame), or the device's own complaint. A shop that decides slowly costs no
weight: ``keep_changes`` makes room among what waits, and a stable weight goes only when another says the same.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Callable
from itertools import groupby
from typing import TypeVar

from drivers.contract import DeviceError, DeviceGone, Frame
from drivers.readings import Weight
from drivers.wires.serial_line import SerialLine
from drivers.wires.unread import QUEUE_FRAMES

KEPT_FRAMES = QUEUE_FRAMES // 2
"""What is left after making room, at most: so it is made seldom, and costs little."""

T = TypeVar("T")
Run = tuple[tuple[Frame, Weight], ...]


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


def keep_changes(frames: deque[Frame], decode: Callable[[Frame], Weight], *, steady_ms: int = 0) -> None:
    """Of frames that say the same keep the first and the last; if too much is left, only those at rest; then the newest.

    ``steady_ms``: for scales that do not say when they rest; at rest is then what said the same for so long.
    """
    heard = [(frame, weight) for frame in frames if isinstance(weight := _decoded(frame, decode), Weight)]
    runs = [tuple(run) for _, run in groupby(heard, lambda each: _says(each[1], steady_ms))]
    kept = _ends(runs)
    if len(kept) > KEPT_FRAMES:
        kept = _ends([*(run for run in runs[:-1] if _rests(run, steady_ms)), runs[-1]])
    frames.clear()
    frames.extend(kept[-KEPT_FRAMES:])


def _says(weight: Weight, steady_ms: int) -> tuple[str, int | None]:
    if steady_ms:
        return "", weight.grams
    return weight.state, weight.grams if weight.state == "stable" else None


def _rests(run: Run, steady_ms: int) -> bool:
    (first, weight), (last, _) = run[0], run[-1]
    return (steady_ms > 0 or weight.state == "stable") and last.monotonic_ms - first.monotonic_ms >= steady_ms


def _ends(runs: list[Run]) -> list[Frame]:
    return [frame for run in runs for frame, _ in (run if len(run) == 1 else (run[0], run[-1]))]
