"""A count by hand against the box's: without it nobody knows how far a number of visitors is to be trusted.

A person looks at the door, or at the live picture, and presses a button for everyone who crosses the line. Only times and
directions are kept, in memory, until the box stops; no picture is.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal

import msgspec

from edge.vision.words import Crossed

LONGEST_S = 1_800
"""Nobody counts well for longer than half an hour."""

APART_S = 3.0
"""A press and the crossing it means: a second to react, a second that the live picture is late, a step either way."""

MOST_MARKS = 10_000

Direction = Literal["in", "out"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Mark:
    """One press of a button; ``at_ns`` is the box's monotonic time of its arrival."""

    direction: Direction
    at_ns: int


@dataclass(slots=True, kw_only=True)
class Audit:
    """One count by hand. ``ended_ns`` is None while it goes on; nothing is added after LONGEST_S."""

    camera: str
    line: str
    by: str
    began_ns: int
    ended_ns: int | None = None
    marks: list[Mark] = field(default_factory=list)

    def until_ns(self, now_ns: int) -> int:
        """Up to when it counts."""
        return min(now_ns, self.began_ns + LONGEST_S * 1_000_000_000, self.ended_ns or now_ns)

    def mark(self, direction: Direction, at_ns: int) -> bool:
        """Add one; False when the count is over or overfull."""
        if self.ended_ns is not None or self.until_ns(at_ns) < at_ns or len(self.marks) >= MOST_MARKS:
            return False
        self.marks.append(Mark(direction=direction, at_ns=at_ns))
        return True


class Compared(msgspec.Struct, frozen=True, kw_only=True):
    """By hand against the box. ``missed`` only the person saw, ``extra`` only the box; the error is of the sum, in percent.

    ``error_percent`` is None when the person counted nobody: there is nothing to compare with.
    """

    seconds: int
    by_hand_in: int
    by_hand_out: int
    box_in: int
    box_out: int
    matched: int
    missed: int
    extra: int
    error_percent: float | None


def compare(audit: Audit, crossings: Sequence[Crossed], now_ns: int) -> Compared:
    """How far the box's ``crossings`` of the line agree with the marks so far."""
    until_ns = audit.until_ns(now_ns)
    counted = [each for each in crossings if each.line == audit.line and audit.began_ns <= each.at_ns <= until_ns]
    matched = sum(_matches(audit.marks, counted, direction) for direction in ("in", "out"))
    by_hand, box = len(audit.marks), len(counted)
    return Compared(
        seconds=(until_ns - audit.began_ns) // 1_000_000_000,
        by_hand_in=sum(mark.direction == "in" for mark in audit.marks),
        by_hand_out=sum(mark.direction == "out" for mark in audit.marks),
        box_in=sum(each.direction == "in" for each in counted),
        box_out=sum(each.direction == "out" for each in counted),
        matched=matched,
        missed=by_hand - matched,
        extra=box - matched,
        error_percent=round(100 * (box - by_hand) / by_hand, 1) if by_hand else None,
    )


def _matches(marks: Sequence[Mark], crossings: Sequence[Crossed], direction: str) -> int:
    """The most pairs of one direction at most APART_S apart: the earliest of each goes first, which no other choice betters."""
    left = sorted(mark.at_ns for mark in marks if mark.direction == direction)
    right = sorted(each.at_ns for each in crossings if each.direction == direction)
    apart_ns, pairs, at = int(APART_S * 1_000_000_000), 0, 0
    for moment in left:
        while at < len(right) and right[at] < moment - apart_ns:
            at += 1
        if at < len(right) and right[at] <= moment + apart_ns:
            pairs, at = pairs + 1, at + 1
    return pairs
