"""Whose face it is, or nobody's: without it the nearest member would be named, however far.

A member is named only when the best cosine reaches the threshold for so many members, is ``MARGIN`` above the best of every other
member, and ``VOTES`` pictures of one look agree. Best match alone names every stranger.
"""

from __future__ import annotations

import math
from collections.abc import Collection
from dataclasses import dataclass, field
from enum import StrEnum

THRESHOLD = 0.50
"""The cosine from which two pictures show one person: the next tenth above what gave one false match in a thousand, 0.492 as
published for this export and 0.477 as measured by us (AT&T, 20 people). It was not moved any nearer to either."""

ALONE = 20
"""So many templates as ``THRESHOLD`` was measured with."""
FIFTH = 0.05
"""So much higher, a fifth as many others reach it: of those compared with another's template of five pictures one in 102 reached
0.40, one in 475 0.45, one in 2400 0.50 and none of 38 000 0.55. Of those compared with their own 99.6 % reached 0.50, 96.6 % 0.60
and 94.5 % 0.70 (AT&T, 20 people, twenty draws)."""

MARGIN = 0.05
"""Above every other member. The cosine of one pair moves by 0.01 (standard deviation) when the points are found a pixel off;
less than five of those apart, two members cannot be told from each other."""

SAME_TEMPLATE = 0.60
"""The cosine from which two templates, each of several pictures, show one person. Of 20 people (AT&T, five pictures a template,
twenty draws) those of one person had 0.72 or more and those of two 0.47 or less."""

VOTES = 3
"""Of one look, at ten pictures a second a matter of half a second."""
VOTERS = 5
"""After so many pictures that could be read a look without an outcome is over, and the shopper is asked for a code."""


class Nobody(StrEnum):
    """Why a picture, or a look, names no member: none is near enough, or two are."""

    STRANGER = "stranger"
    UNSURE = "unsure"


@dataclass(frozen=True, slots=True, kw_only=True)
class Match:
    """A member, the template that is nearest, and the cosine."""

    member: str = field(repr=False)
    template: str
    score: float


def threshold_among(templates: int) -> float:
    """From which cosine a member is named among so many: a stranger who meets more members finds somebody alike more often."""
    return THRESHOLD + FIFTH * math.log(max(templates, ALONE) / ALONE, 5)


class Look:
    """One person in front of the camera, picture after picture. A new person needs a new one."""

    def __init__(self) -> None:
        self._named: list[Match] = []
        self._pictures = 0
        self._unsure = False

    @property
    def over(self) -> bool:
        """Whether more pictures would not change it."""
        return self._pictures >= VOTERS or self.match is not None or self._disagree

    @property
    def match(self) -> Match | None:
        """Who it is by the best of the pictures, once enough say so and none says another."""
        if self._disagree or len(self._named) < VOTES:
            return None
        return max(self._named, key=lambda each: each.score)

    @property
    def nobody(self) -> Nobody:
        """Why nobody is named."""
        return Nobody.UNSURE if self._unsure or self._named else Nobody.STRANGER

    def take(self, said: Match | Nobody) -> None:
        """Hear what the next picture that could be read says; nobody is an answer too. A look that is over hears no more."""
        if self.over:
            return
        self._pictures += 1
        if isinstance(said, Match):
            self._named.append(said)
        else:
            self._unsure |= said is Nobody.UNSURE

    def names(self, templates: Collection[str]) -> bool:
        """Whether one of these has been named so far."""
        return any(each.template in templates for each in self._named)

    @property
    def _disagree(self) -> bool:
        return len({each.member for each in self._named}) > 1
