"""What the box and its inference process say to each other, MessagePack over a socket pair; no pixels and no vectors among it.

    box -> process   Watch(camera="cam-door", …) with the descriptor of the camera's ring; Unwatch; Show with a ring to fill; Hide
    process -> box   Beat once a second; Crossed, Visited, Queued, Waited, Walked, Reached, Heated as it happens

Times are ``time.monotonic_ns()`` of this machine, which all its processes share; what o'clock it is only the box knows.
"""

from __future__ import annotations

from typing import Literal

import msgspec

from edge.channel import BoxEnd, ProcessEnd, Speech
from edge.vision.layout import FloorPlan, Layout


class Watch(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """Look at ``camera`` through the ring whose descriptor comes with this word, ``fps`` times a second at most.

    A camera that is watched already gets the new ring and the new layout; tracks go on when only the ring is new.
    """

    camera: str
    layout: Layout
    plan: FloorPlan | None = None
    fps: int


class Unwatch(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """The camera is gone; what its tracks have done so far is told first."""

    camera: str


class Show(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """Write what a technician may see of ``camera`` (heads pixelated, JPEG) into the ring that comes with this word."""

    camera: str


class Hide(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """Nobody looks any more: stop writing."""

    camera: str


Asked = Watch | Unwatch | Show | Hide


class CameraFigures(msgspec.Struct, frozen=True, kw_only=True):
    """Since the camera is watched. ``skipped`` were overtaken in the ring, not due, or came while no model finds people;
    ``starved`` were due and had no turn. ``still`` needed no inference: nothing moved and nobody was followed.

    ``newest_ns`` is the newest picture that was seen, which one is not that is the same to the last bit as the one before.
    """

    pictures: int = 0
    processed: int = 0
    skipped: int = 0
    starved: int = 0
    still: int = 0
    people: int = 0
    newest_ns: int = 0


class Inference(msgspec.Struct, frozen=True, kw_only=True):
    """One model. ``off``: ``problem`` says why and what to do; the rest runs."""

    model: str
    state: Literal["on", "off"]
    problem: str = ""
    ms: float = 0.0


class Beat(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """The process lives: once a second, also when there is no camera. The loop that does the work sends it, so a hang is heard.

    ``loading``: the next one comes when a model is loaded, which takes seconds.
    """

    at_ns: int
    loading: bool = False
    inferences: dict[str, Inference]
    cameras: dict[str, CameraFigures]
    rss_bytes: int = 0


class Crossed(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """A visitor's feet crossed a line."""

    camera: str
    line: str
    direction: Literal["in", "out"]
    at_ns: int


class Visited(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """A visitor left a zone after ``dwell_ms`` in it."""

    camera: str
    zone: str
    dwell_ms: int
    at_ns: int


class Queued(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """How many stand in a queue, once a second while it is watched."""

    camera: str
    zone: str
    length: int
    at_ns: int


class Waited(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """Somebody who had queued left the queue after ``wait_ms``."""

    camera: str
    zone: str
    wait_ms: int
    at_ns: int


class Walked(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """A visitor came from one zone into another."""

    camera: str
    origin: str
    destination: str
    at_ns: int


class Reached(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """A hand reached into a shelf's zone."""

    camera: str
    zone: str
    at_ns: int


class Heated(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """Where visitors have been since the last of these: milliseconds by cell, row by row from the top left; cells of 0 left out.

    ``grid`` "floor": cells of ``cell_mm`` on the floor plan, else ``columns`` × ``rows`` over the picture.
    """

    camera: str
    grid: Literal["floor", "picture"]
    columns: int
    rows: int
    cell_mm: int
    cells: tuple[tuple[int, int], ...]
    at_ns: int


Seen = Crossed | Visited | Queued | Waited | Walked | Reached | Heated
"""What visitors did. Anonymous: nothing in it tells one from another."""


Said = Beat | Crossed | Visited | Queued | Waited | Walked | Reached | Heated

SPEECH: Speech[Asked, Said] = Speech(
    asked=msgspec.msgpack.Decoder(Asked), said=msgspec.msgpack.Decoder(Said), with_ring=(Watch, Show)
)
BoxLine = BoxEnd[Asked, Said]
ProcessLine = ProcessEnd[Asked, Said]
