"""What the box and the process of its mirrors say to each other, MessagePack over a socket pair; no pixels, no landmarks.

    box -> process   Open(mirror="mirror-1") with the ring of its camera (I420), Fill with the ring to be filled (JPEG)
                     Wear(mirror="mirror-1", looks=…)      Close(mirror="mirror-1")
    process -> box   Beat once a second      Present(mirror="mirror-1", faces=1, …) when it changes

Times are ``time.monotonic_ns()`` of this machine.
"""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from edge.channel import BoxEnd, ProcessEnd, Speech
from edge.mirror.shades import Shade

Percent = Annotated[int, Meta(ge=0, le=100)]


class Worn(msgspec.Struct, frozen=True, kw_only=True):
    """One shade on the face."""

    shade: Shade
    intensity_percent: Percent


Look = Annotated[tuple[Worn, ...], Meta(max_length=8)]
"""What is worn together; of two shades for one region the later one is on top."""


class Open(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """Render ``mirror``, whose camera's ring comes with this word; again for the same mirror: its camera was opened anew."""

    mirror: str


class Fill(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """Write the pictures of ``mirror`` into the ring that comes with this word; it follows Open."""

    mirror: str


class Wear(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """Show these looks: one fills the picture, two to four stand side by side. ``split_permille``: the first look only right
    of there, the bare face left of it."""

    mirror: str
    looks: Annotated[tuple[Look, ...], Meta(max_length=4)] = ()
    split_permille: Annotated[int, Meta(ge=0, le=1000)] | None = None


class Close(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """The mirror is gone, or its camera."""

    mirror: str


Asked = Open | Fill | Wear | Close

Problem = Literal["", "no-face", "two-faces", "half-face", "too-dark", "too-far"]


class Present(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """Who stands in front of the mirror; told when it changes. ``problem``: why nothing is painted."""

    mirror: str
    faces: int
    problem: Problem
    at_ns: int


class MirrorFigures(msgspec.Struct, frozen=True, kw_only=True):
    """Over the last second. ``frame_ms``: from the camera's picture to the finished JPEG, the slowest of twenty."""

    fps: float = 0.0
    frame_ms: float = 0.0
    skipped: int = 0


class Beat(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """The process lives; ``problem`` is why no face can be found (a model is missing or damaged).

    ``loading``: the next one comes when the model is loaded, which takes seconds.
    """

    at_ns: int
    mirrors: dict[str, MirrorFigures]
    problem: str = ""
    loading: bool = False
    rss_bytes: int = 0


Said = Beat | Present

SPEECH: Speech[Asked, Said] = Speech(
    asked=msgspec.msgpack.Decoder(Asked), said=msgspec.msgpack.Decoder(Said), with_ring=(Open, Fill)
)
BoxLine = BoxEnd[Asked, Said]
ProcessLine = ProcessEnd[Asked, Said]
