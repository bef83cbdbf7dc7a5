"""What the box and the process of a camera say to each other, one JSON object a line.

    box -> process   {"input": ["-rtsp_transport", "tcp"], "script": "ffconcat version 1.0\\n…", "width_px": 640, …}
    process -> box   {"type": "Glimpse", "frames": 240, "skipped": 0, "fps": 10.0, "age_ms": 41, "same_ms": 41, "luma": 96}
                     {"type": "Ended", "words": "[tcp] Connection refused", "status": 1}

Addresses with passwords go in here and not on a command line, which everybody on the machine can read.
"""

from __future__ import annotations

import msgspec


class Mask(msgspec.Struct, frozen=True, kw_only=True):
    """A part of the picture that is made black, in pixels from the top left."""

    x: int
    y: int
    width: int
    height: int


class Capture(msgspec.Struct, frozen=True, kw_only=True):
    """What to capture. ``input`` is ffmpeg's, from its options to ``-i``; ``script`` is given to it on standard input.

    ``masks`` are black in every picture. A Glimpse is told every ``tell_ms``. ``raw_fd`` and ``jpeg_fd`` are the rings, by the
    descriptors that the process inherits.
    """

    input: tuple[str, ...]
    script: str = msgspec.field(default="")
    width_px: int
    height_px: int
    fps: int
    masks: tuple[Mask, ...] = ()
    tell_ms: int = 1_000
    raw_fd: int = -1
    jpeg_fd: int | None = None


class Glimpse(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """How the pictures are now. ``age_ms`` since the newest, ``same_ms`` since they last changed; ``luma`` 16 black, 235 white.

    ``skipped`` were overtaken by newer ones before they could be shown to anybody.
    """

    frames: int
    skipped: int
    fps: float
    age_ms: int
    same_ms: int
    luma: int


class Ended(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """ffmpeg ended; ``words`` are its last, without passwords."""

    words: str
    status: int


Told = Glimpse | Ended
