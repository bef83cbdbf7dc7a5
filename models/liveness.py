"""Whether a head that does as it is asked stands before the camera: without it anybody enrols with somebody's photograph.

    asked      turn-left, blink, turn-right …   drawn by chance, one at a time, each within a deadline
    seen       478 points of the face in each picture (``models.landmarks``)

Both measures are ratios that a flat picture keeps however it is turned, tilted or moved: the nose beside the middle of the eyes,
and the opening of the eyes against the way from eyes to mouth. So a print never blinks and never turns; one that is bent around a
head turns to the side to which the face on it looked already, never to both, and both are always asked for. A film on a telephone
does either, but not what is asked when it is asked. As everybody blinks now and then, only its turns have to fit: one time in
fourteen. The first wrong one ends it. This holds off a photograph and a film, not a mask and not a picture that is computed on
the spot; so it is for enrolment, with staff present.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import product
from random import Random
from typing import TYPE_CHECKING

import numpy as np

from models.face_quality import turned

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from models.landmarks import Found

EYE_CORNERS = ((33, 133), (362, 263))
EYELIDS = ((159, 145), (386, 374))
NOSE, MOUTH_CORNERS = 1, (61, 291)
"""Among the 478 points; the first eye is the left one in the picture."""

TURNS = 4
"""Of one challenge, to either side and at least once to each, and one blink somewhere among them."""

TURN = 0.5
"""Of the eyes' distance, as ``face_quality.turned`` has it, to the tip of the nose. A head that was filmed had 0.45 at 25°, 0.57
at 30° (where one still sees the screen) and 0.95 at 47°. Six photographs on sheets that were bent to 1.2 to 2.6 times the eyes'
distance and turned by up to 60° had 0.2 to 0.8 to the one side and at most 0.39 to the other; flat ones at 45° at most 0.2."""
FRONT = 0.15
"""Until here, 9°, a face looks at the screen; between both it is on its way."""

SHUT, OPEN = 0.6, 0.8
"""Parts of the opening that this person's eyes have at rest. In nine photographs of five people with their eyes shut or cast down
it was 0.06 to 0.47, with eyes open from 0.77 on, in a laugh 0.61. A head that turns as far as ``FRONT`` keeps 0.89, a bent sheet
that is tilted 0.71."""
BLINK_WITHIN_NS = 1_500_000_000
"""Shut and open again; a blink that is asked for takes up to a second, longer is a picture with its eyes shut."""

REST_PICTURES = 3
"""From the front with a steady opening, before anything is asked: what this person's eyes are like."""
WITHIN_NS = 6_000_000_000
"""To read what is asked, and do it."""
GAP_NS = 700_000_000
"""Between two pictures of one face. In a longer one somebody could be exchanged for a picture."""


class Move(StrEnum):
    """What is asked for. Left and right are the person's own."""

    BLINK = "blink"
    TURN_LEFT = "turn-left"
    TURN_RIGHT = "turn-right"


class Refused(StrEnum):
    """Why a challenge was not met."""

    TOO_SLOW = "too-slow"
    OTHER_TURN = "other-turn"
    FACE_LOST = "face-lost"
    SEVERAL_FACES = "several-faces"


@dataclass(frozen=True, slots=True, kw_only=True)
class Pose:
    """A face in one picture. ``turn`` > 0: towards the person's left. ``opening``: of the eyes, against eyes to mouth."""

    turn: float
    opening: float


def drawn(chance: Random) -> tuple[Move, ...]:
    """The moves of a challenge, in one of 70 orders. ``chance`` is ``random.SystemRandom()``: nobody may foresee them."""
    both = [turns for turns in product((Move.TURN_LEFT, Move.TURN_RIGHT), repeat=TURNS) if len(set(turns)) == 2]
    moves = list(chance.choice(both))
    moves.insert(chance.randint(0, TURNS), Move.BLINK)
    return tuple(moves)


def eyes_of(points: NDArray[np.float32]) -> NDArray[np.float32]:
    """Where the middles of both eyes are (2 × 2), of 478 × 3 points; the left in the picture first."""
    return np.stack([points[list(corners), :2].mean(axis=0) for corners in EYE_CORNERS]).astype(np.float32)


def pose(points: NDArray[np.float32]) -> Pose:
    """What 478 × 3 points (pixels) say, from x and y alone: how deep a face is, the model guesses for a print as well."""
    flat, eyes = points[:, :2], eyes_of(points)
    mouth = flat[list(MOUTH_CORNERS)]
    down = mouth.mean(axis=0) - eyes.mean(axis=0)
    gaps = [abs(float((flat[lower] - flat[upper]) @ down)) for upper, lower in EYELIDS]
    five = np.stack((*eyes, flat[NOSE], *mouth)).astype(np.float32)
    return Pose(turn=turned(five), opening=float(np.mean(gaps) / (down @ down)))


class Challenge:
    """One person before the camera, picture after picture, until it is passed or refused. A second try needs a new one."""

    def __init__(self, moves: Sequence[Move]) -> None:
        self._left, self._moves = list(moves), len(moves)
        self._rest: list[float] = []
        self._ready = False
        self._asked_ns = self._last_ns = self._shut_ns = -1
        self.refused: Refused | None = None

    @property
    def passed(self) -> bool:
        """Whether all was done as it was asked, and the face looks here again."""
        return not self._left and self._ready and self.refused is None

    @property
    def begun(self) -> bool:
        """Whether something has been asked for."""
        return self._ready or len(self._left) < self._moves

    @property
    def asked(self) -> Move | None:
        """What to do now; None while the eyes at rest are looked at, between two moves, and when it is over."""
        return self._left[0] if self._ready and self._left and self.refused is None else None

    def rests(self, found: Found) -> bool:
        """Whether this picture would be one from the front with open eyes, where one is waited for. ``take`` it then."""
        if self._ready or found.faces != 1 or found.points is None:
            return False
        return self._is_rest(pose(found.points))

    def take(self, found: Found, at_ns: int, *, fit: bool = True) -> None:
        """Look at the next picture, taken at a monotonic time. One that is over looks no more.

        One that is not ``fit`` shows a face, but is not taken for the face at rest: who looks at faces could not read it.
        """
        if self.refused is not None or self.passed:
            return
        gap_ns, self._last_ns = at_ns - self._last_ns if self._last_ns >= 0 else 0, at_ns
        if self._asked_ns < 0:
            self._asked_ns = at_ns
        if found.faces > 1:
            self.refused = Refused.SEVERAL_FACES
        elif found.points is None or gap_ns > GAP_NS:
            self.refused = Refused.FACE_LOST
        elif at_ns - self._asked_ns > WITHIN_NS:
            self.refused = Refused.TOO_SLOW
        elif self._ready:
            self._see_move(pose(found.points), at_ns)
        else:
            self._see_rest(pose(found.points), at_ns, fit)

    def _see_move(self, seen: Pose, at_ns: int) -> None:
        done = self._done(seen, at_ns)
        # Nobody can hold back a blink; only who turns otherwise than asked is refused.
        if done is None or (done is Move.BLINK and self._left[0] is not Move.BLINK):
            return
        if done != self._left[0]:
            self.refused = Refused.OTHER_TURN
            return
        del self._left[0]
        self._ready, self._shut_ns = False, -1
        self._asked_ns = at_ns

    def _see_rest(self, seen: Pose, at_ns: int, fit: bool) -> None:
        """The next move is asked for once the face looks here with open eyes again."""
        resting = fit and self._is_rest(seen)
        if len(self._rest) < REST_PICTURES:
            self._rest = [*self._rest, seen.opening] if resting else []
            resting = len(self._rest) == REST_PICTURES
        if resting:
            self._ready, self._asked_ns = True, at_ns

    def _is_rest(self, seen: Pose) -> bool:
        least = OPEN * self._at_rest if len(self._rest) == REST_PICTURES else 0.0
        return abs(seen.turn) <= FRONT and seen.opening > least

    @property
    def _at_rest(self) -> float:
        return float(np.median(self._rest))

    def _done(self, seen: Pose, at_ns: int) -> Move | None:
        """The move that is done with this picture. Lids narrow while a head turns; only from the front is that a blink."""
        if abs(seen.turn) >= TURN:
            return Move.TURN_LEFT if seen.turn > 0 else Move.TURN_RIGHT
        if abs(seen.turn) > FRONT:
            self._shut_ns = -1
        elif seen.opening < SHUT * self._at_rest:
            self._shut_ns = self._shut_ns if self._shut_ns >= 0 else at_ns
        elif seen.opening >= OPEN * self._at_rest and self._shut_ns >= 0:
            within, self._shut_ns = at_ns - self._shut_ns <= BLINK_WITHIN_NS, -1
            return Move.BLINK if within else None
        return None
