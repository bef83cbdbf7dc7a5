"""What a person saw in a clip, frame by frame: without it nobody could say how well the box counts.

    {"clip": "vtest.avi", "sha256": "45cd…", "width": 768, "height": 576, "fps": 10.0, "frames": 795,
     "line": {"a": [690, 240], "b": [690, 500], "in_point": [500, 320]},
     "crossings": [{"frame": 23, "direction": "in"}, …],
     "zone": {"polygon": [[500, 240], …]}, "dwells": [{"entry_frame": 23, "exit_frame": 57, "certainty": "sure"}, …],
     "counts": [{"frame": 80, "total": 7}, …]}

Places are pixels, frames count from 0 in the order of decoding. Without ``zone`` dwells are not compared, without ``counts``
people are not; ``sha256``, ``fps`` and ``frames`` tell whether it is the clip that was labelled. Other keys are for people.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from edge.vision.layout import Layout, Line, PicturePoint, Zone
from edge.vision.layout_check import layout_mistakes

Pixels = tuple[float, float]
Frame = Annotated[int, Meta(ge=0)]
Certainty = Literal["sure", "likely"]

LINE = "line"
ZONE = "zone"
"""What the line and the zone are called in the layout that is made of a truth."""


class BadTruth(Exception):
    """The file is no truth; the text says what is wrong with it."""


class TrueLine(msgspec.Struct, frozen=True, kw_only=True):
    """``in_point`` is on the side that "in" leads to."""

    a: Pixels
    b: Pixels
    in_point: Pixels


class TrueCrossing(msgspec.Struct, frozen=True, kw_only=True):
    """Feet passed the line between this frame and the one before."""

    frame: Frame
    direction: Literal["in", "out"]


class TrueZone(msgspec.Struct, frozen=True, kw_only=True):
    """Its corners in the order in which one walks around it."""

    polygon: Annotated[tuple[Pixels, ...], Meta(min_length=3, max_length=32)]


class TrueDwell(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody was in the zone from one frame to the other; what is only "likely" is not compared."""

    entry_frame: Frame
    exit_frame: Frame
    certainty: Certainty = "sure"


class TrueCount(msgspec.Struct, frozen=True, kw_only=True):
    """So many people are in that frame."""

    frame: Frame
    total: Annotated[int, Meta(ge=0)]


class Truth(msgspec.Struct, frozen=True, kw_only=True):
    """All that is known of one clip."""

    width: Annotated[int, Meta(ge=16, le=10_000)]
    height: Annotated[int, Meta(ge=16, le=10_000)]
    line: TrueLine
    crossings: tuple[TrueCrossing, ...]
    zone: TrueZone | None = None
    dwells: tuple[TrueDwell, ...] = ()
    counts: tuple[TrueCount, ...] = ()
    fps: Annotated[float, Meta(ge=0.5, le=240)] | None = None
    frames: Annotated[int, Meta(ge=1)] | None = None
    sha256: Annotated[str, Meta(pattern=r"^[0-9a-f]{64}\Z")] | None = None


def read_truth(path: Path) -> Truth:
    """The truth of that file. Raises BadTruth with all that is wrong with its line and zone at once."""
    try:
        content = path.read_bytes()
    except OSError as error:
        raise BadTruth(f"{path}: cannot be read: {error.strerror}") from error
    try:
        truth = msgspec.json.decode(content, type=Truth)
    except msgspec.ValidationError as error:
        raise BadTruth(f"{path}: {error}; docs/vision.md says what a truth holds") from error
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise BadTruth(f"{path}: is no JSON: {error}") from error
    mistakes = [f"{path}: {mistake.text}" for mistake in layout_mistakes(layout_of(truth))]
    mistakes += [f"{path}: {text}" for text in _out_of_order(truth)]
    if mistakes:
        raise BadTruth("\n".join(mistakes))
    return truth


def layout_of(truth: Truth) -> Layout:
    """The line and the zone of a truth, as a camera would be told of them."""

    def part(point: Pixels) -> PicturePoint:
        return point[0] / truth.width, point[1] / truth.height

    line = Line(name=LINE, a=part(truth.line.a), b=part(truth.line.b), inside=part(truth.line.in_point))
    if truth.zone is None:
        return Layout(lines=(line,))
    return Layout(lines=(line,), zones=(Zone(name=ZONE, corners=tuple(map(part, truth.zone.polygon))),))


def _out_of_order(truth: Truth) -> list[str]:
    wrong = [
        f"dwells[{number}] ends in frame {dwell.exit_frame}, before it begins in frame {dwell.entry_frame}"
        for number, dwell in enumerate(truth.dwells)
        if dwell.exit_frame < dwell.entry_frame
    ]
    if truth.dwells and truth.zone is None:
        wrong.append("has dwells but no zone: say with zone.polygon where people dwell")
    return wrong
