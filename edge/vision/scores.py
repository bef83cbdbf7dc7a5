"""How far what the box saw agrees with the truth: without it "it counts well" would be an opinion.

Pure: events and truth in, figures out. Times of the clip are nanoseconds from its frame 0.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Literal

import msgspec
import numpy as np

from edge.vision.truth import TrueCount, TrueCrossing, TrueDwell
from edge.vision.words import Crossed, Visited
from models.pairs import cheapest_pairs

APART_S = 0.8
"""A crossing counted within this of the true one is that one: eight frames at ten a second, in which a walker goes a metre."""


Span = tuple[float, float]
"""From, until; seconds."""


class CrossingScore(msgspec.Struct, frozen=True, kw_only=True):
    """``net_error``: by how much the sum of all counted differs from the truth, as a part of it.

    ``doubled``: counted again beside a true crossing that was counted already. ``missed``, ``extra``: frame and direction.
    """

    truth: int
    counted: int
    matched: int
    precision: float
    recall: float
    f1: float
    net_error: float
    truth_in: int
    truth_out: int
    counted_in: int
    counted_out: int
    doubled: int
    missed: tuple[TrueCrossing, ...]
    extra: tuple[TrueCrossing, ...]


class PeopleScore(msgspec.Struct, frozen=True, kw_only=True):
    """``mae``: by how many people a picture is off, in the mean; None when none was labelled."""

    frames: int
    mae: float | None


class DwellScore(msgspec.Struct, frozen=True, kw_only=True):
    """``mae_s``: by how many seconds a visit is off, in the mean of those that were ``matched``; None when none was."""

    truth: int
    matched: int
    mae_s: float | None


def score_crossings(truth: Sequence[TrueCrossing], counted: Iterable[Crossed], fps: float) -> CrossingScore:
    """Each crossing of the truth against one of the same direction at most APART_S from it."""
    counts = [TrueCrossing(frame=round(each.at_ns * fps / 1e9), direction=each.direction) for each in counted]
    missed, extra, doubled = list(truth), list(counts), 0
    for direction in ("in", "out"):
        some, others = _of(truth, direction), _of(counts, direction)
        for one, other in _closest(some, others, APART_S * fps):
            missed.remove(one)
            extra.remove(other)
        doubled += sum(any(abs(each.frame - one.frame) <= APART_S * fps for one in some) for each in _of(extra, direction))
    matched = len(truth) - len(missed)
    precision, recall = _part(matched, len(counts)), _part(matched, len(truth))
    return CrossingScore(
        truth=len(truth),
        counted=len(counts),
        matched=matched,
        precision=precision,
        recall=recall,
        f1=round(2 * precision * recall / (precision + recall), 4) if precision + recall else 0.0,
        net_error=round(abs(len(counts) - len(truth)) / max(1, len(truth)), 4),
        truth_in=len(_of(truth, "in")),
        truth_out=len(_of(truth, "out")),
        counted_in=len(_of(counts, "in")),
        counted_out=len(_of(counts, "out")),
        doubled=doubled,
        missed=tuple(missed),
        extra=tuple(extra),
    )


def score_people(truth: Sequence[TrueCount], seen: dict[int, int]) -> PeopleScore:
    """The people of each labelled frame against those ``seen`` in the picture next to it (by frame)."""
    if not truth or not seen:
        return PeopleScore(frames=0, mae=None)
    off = [abs(seen[min(seen, key=lambda frame: abs(frame - count.frame))] - count.total) for count in truth]
    return PeopleScore(frames=len(off), mae=round(sum(off) / len(off), 3))


def score_dwells(truth: Sequence[TrueDwell], visits: Sequence[Visited], fps: float) -> DwellScore:
    """Each visit of the truth against the one that agrees best with it; what is not sure only takes its own out of the way."""
    true = [(dwell.entry_frame / fps, dwell.exit_frame / fps) for dwell in truth]
    told = [(visit.at_ns / 1e9 - visit.dwell_ms / 1000, visit.at_ns / 1e9) for visit in visits]
    agreed = np.array([[_agree(one, other) for other in told] for one in true]).reshape(len(true), len(told))
    rows, columns = cheapest_pairs(-agreed)
    off = [
        abs((true[row][1] - true[row][0]) - (told[column][1] - told[column][0]))
        for row, column in zip(rows.tolist(), columns.tolist(), strict=True)
        if agreed[row, column] > 0 and truth[row].certainty == "sure"
    ]
    sure = sum(dwell.certainty == "sure" for dwell in truth)
    return DwellScore(truth=sure, matched=len(off), mae_s=round(sum(off) / len(off), 3) if off else None)


def _agree(one: Span, other: Span) -> float:
    """The time that both have, as a part of the time from the first's begin to the last's end; 0 when they have none."""
    both, either = min(one[1], other[1]) - max(one[0], other[0]), max(one[1], other[1]) - min(one[0], other[0])
    return max(0.0, both / either) if either > 0 else 0.0


def _of(crossings: Iterable[TrueCrossing], direction: Literal["in", "out"] | str) -> list[TrueCrossing]:
    return sorted((each for each in crossings if each.direction == direction), key=lambda each: each.frame)


def _closest(
    some: Sequence[TrueCrossing], others: Sequence[TrueCrossing], apart: float
) -> list[tuple[TrueCrossing, TrueCrossing]]:
    """As many pairs at most ``apart`` frames apart as there can be, and of those the closest."""
    gaps = np.array([[abs(one.frame - other.frame) for other in others] for one in some], dtype=float).reshape(
        len(some), len(others)
    )
    rows, columns = cheapest_pairs(np.where(gaps <= apart, gaps, 1e6))
    pairs = zip(rows.tolist(), columns.tolist(), strict=True)
    return [(some[row], others[column]) for row, column in pairs if gaps[row, column] <= apart]


def _part(some: int, whole: int) -> float:
    """1 of nothing: who counts nobody where nobody is makes no mistake."""
    return round(some / whole, 4) if whole else 1.0
