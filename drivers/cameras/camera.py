"""A camera as a device: whether its picture lives, stands still or is black. The pictures themselves go past it, to the rings.

Frozen, black and gone are three things: a camera that shows the same picture (or sends none) for ``frozen_after_s`` is frozen,
and opened again when that lasts; a black one is left alone, for it is dark at night; a process that ends is gone.
"""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import AsyncIterator, Callable
from types import TracebackType
from typing import Literal, Self, assert_never

import msgspec

from drivers.cameras.camera_settings import CameraSettings
from drivers.cameras.masks import drawn
from drivers.commands import AnyCommand, Refused, cannot
from drivers.contract import DeviceGone, DeviceSilent
from drivers.room_readings import CameraSeen
from drivers.wires.camera import CameraWire
from drivers.wires.capture_words import Capture, Ended, Glimpse
from drivers.wires.pictures import Pictures
from drivers.wires.stamp import stamp

FIRST_PICTURE_MS = 20_000
"""A camera over the network takes a second or three; one that wakes its encoder may take ten."""

HANGS_AFTER_MS = 5_000
BLACK_BELOW = 34
"""Of 16 (black) to 235 (white). A camera that says full range and means narrow shows black as 30; a dim shop is above 40."""

LAST_WORDS = 200
ANSWERS = (
    # ffmpeg: "Server returned 401", "HTTP error 401", "method DESCRIBE failed: 401". A number alone may be of the address.
    (r"(returned|error|failed:) 40[13]\b|[Aa]uthoriz", "refuses the login: check username and password_file"),
    (
        r"(returned|error|failed:) 404\b|Stream Not Found",
        "is there but has no stream of this name: look the address up in its manual",
    ),
    (r"refused", "is there but nothing answers at this port: is it starting? is the port right?"),
    (r"timed out|No route|unreachable|Immediate exit", "does not answer: is it on and cabled? is the address right?"),
    (r"resolve|Name or service|Temporary failure", "has a name that nobody knows: write its IP address"),
    (r"setpriv|failed to execute", "needs ffmpeg: apt-get install ffmpeg"),
    (r"busy", "is in use by another program: find it with fuser -v"),
    (r"Permission denied|Operation not permitted", "may not be opened: add the user of storebox to the group video"),
    (r"No such file|No such device|Cannot find a proper format", "is not there: is it plugged in? is the path right?"),
    (r"Impossible to open '\w+:", "is there but does not answer as a camera does: is it starting, or hung? is the port right?"),
    (r"Invalid data|Not a video capture device|Inappropriate", "is there but sends no video that ffmpeg can read"),
)


def picture(glimpse: Glimpse, frozen_after_ms: int) -> Literal["live", "frozen", "black"]:
    """What the camera shows. A picture that stands still because it is black is black, while it keeps coming."""
    if glimpse.age_ms >= frozen_after_ms:
        return "frozen"
    if glimpse.luma < BLACK_BELOW:
        return "black"
    return "frozen" if glimpse.same_ms >= frozen_after_ms else "live"


def standstill(glimpse: Glimpse, frozen_after_ms: int) -> str:
    """What is wrong with a camera that has been frozen twice as long as it takes to say so; nothing while it may recover."""
    if glimpse.age_ms >= 2 * frozen_after_ms:
        return f"has sent no picture for {glimpse.age_ms // 1000} s"
    if glimpse.same_ms >= 2 * frozen_after_ms and picture(glimpse, frozen_after_ms) == "frozen":
        return f"has shown the same picture for {glimpse.same_ms // 1000} s"
    return ""


def explain(words: str) -> str:
    """What to tell a technician about ffmpeg's last ``words``."""
    for pattern, told in ANSWERS:
        if re.search(pattern, words):
            return told
    said = " / ".join(line.strip() for line in words.splitlines() if line.strip())
    return f"sends no more pictures; ffmpeg says: {said[-LAST_WORDS:]}" if said else "sends no more pictures: its stream ended"


class Camera:
    """One camera. ``source`` says what to capture and may read a password; ``place`` is its address or path for people."""

    def __init__(
        self, device: str, settings: CameraSettings, source: Callable[[], Capture], place: str, pictures: Pictures
    ) -> None:
        self._device, self._settings, self._source, self._place, self._pictures = device, settings, source, place, pictures
        self._wire: CameraWire | None = None

    async def __aenter__(self) -> Self:
        """Start to capture. Raises DeviceGone, also for a camera that looks where nobody may be seen."""
        if self._settings.private_space:
            name = self._device
            raise DeviceGone(f"{name} looks into a private space and is never opened: take [device.{name}] out, and unplug it")
        capture = await asyncio.to_thread(self._source)
        masks = drawn(self._settings.masks, capture.width_px, capture.height_px)
        capture = msgspec.structs.replace(capture, masks=masks)
        wire = CameraWire(self._device, capture, self._pictures, shown=self._settings.shown)
        self._wire = await wire.__aenter__()
        return self

    async def __aexit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        wire, self._wire = self._wire, None
        if wire is not None:
            await wire.__aexit__(kind, error, trace)

    async def readings(self) -> AsyncIterator[CameraSeen]:
        """How the picture is, once a second; raises DeviceGone, DeviceSilent."""
        give_up_ns = time.monotonic_ns() + FIRST_PICTURE_MS * 1_000_000
        while True:
            glimpse = await self._glimpse()
            if not glimpse.frames:
                if time.monotonic_ns() > give_up_ns:
                    raise DeviceSilent(f"no picture from {self._place} within {FIRST_PICTURE_MS // 1000} s: is the camera hung?")
                continue
            yield self._seen(glimpse)
            problem = standstill(glimpse, self._settings.frozen_after_s * 1000)
            if problem:
                raise DeviceSilent(f"{self._place} {problem}; it is opened again")

    async def perform(self, command: AnyCommand) -> Refused:
        """A camera only looks."""
        return cannot(command, self._device, "nothing")

    async def _glimpse(self) -> Glimpse:
        if self._wire is None:
            raise DeviceGone(f"{self._device} is not open")
        match await self._wire.told(deadline_ms=HANGS_AFTER_MS):
            case Glimpse() as glimpse:
                return glimpse
            case Ended() as ended:
                raise DeviceGone(f"{self._place} {explain(ended.words)}")
            case told:
                assert_never(told)

    def _seen(self, glimpse: Glimpse) -> CameraSeen:
        return CameraSeen(
            **stamp(self._device),
            picture=picture(glimpse, self._settings.frozen_after_s * 1000),
            width_px=self._settings.width_px,
            height_px=self._settings.height_px,
            fps=glimpse.fps,
            frames=glimpse.frames,
            skipped=glimpse.skipped,
        )
