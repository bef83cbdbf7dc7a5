"""How a body moves between two pictures: without it a tracker would look for everybody where they were, not where they are going.

A constant-velocity Kalman filter for many boxes at once, with time steps of any length. The four numbers of a box (centre, width,
height) are filtered apart, each with its speed, so a step is a few lines of numpy for all boxes. Lengths are in heights of the
person's own box: a body is about 1.7 m tall however near it stands, so what is known about walking needs no calibrated camera.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

JITTER = 0.07
"""How far a box is off from picture to picture, of its height: a swinging arm, a step, half a leg hidden are 12 cm."""

FIRST_SPEED = np.array([0.8, 0.4, 0.1, 0.2])
"""How fast somebody may be who is seen for the first time, heights a second: 1.4 m/s is a walk; depth is seen foreshortened."""

SPEED_CHANGE = np.array([0.3, 0.15, 0.05, 0.1])
"""How much that changes in a second: by 0.5 m/s, who slows down to look; a box grows slowly, by who comes nearer."""


class Motion:
    """The boxes of n people as (centre x, centre y, width, height), their speeds and how unsure both are."""

    def __init__(self) -> None:
        self.place: Floats = np.zeros((0, 4))
        self.speed: Floats = np.zeros((0, 4))
        self._place_var: Floats = np.zeros((0, 4))
        self._mixed_var: Floats = np.zeros((0, 4))
        self._speed_var: Floats = np.zeros((0, 4))

    def step(self, seconds: float) -> None:
        """Let time pass for all."""
        noise = (SPEED_CHANGE * self.place[:, 3:]) ** 2
        self.place = self.place + self.speed * seconds
        self.place[:, 2:] = np.maximum(self.place[:, 2:], 1.0)
        self._place_var = self._place_var + seconds * (2 * self._mixed_var + seconds * (self._speed_var + noise * seconds / 3))
        self._mixed_var = self._mixed_var + seconds * (self._speed_var + noise * seconds / 2)
        self._speed_var = self._speed_var + noise * seconds

    def distance(self, places: Floats) -> tuple[Floats, Floats]:
        """How far each of ``places`` (m×4) is from where each box is expected, in standard deviations, and how unlikely: n×m.

        The second is the negative logarithm of the likelihood: of two who may be meant, the one whose place is better known is.
        """
        height = self.place[:, 3:]
        spread = self._place_var[:, :2] + (JITTER * height) ** 2
        apart = self.place[:, None, :2] - places[None, :, :2]
        squared = apart[..., 0] ** 2 / spread[:, :1] + apart[..., 1] ** 2 / spread[:, 1:]
        unsure = np.log(spread[:, :1] * spread[:, 1:] / height**4)
        return np.sqrt(squared), (squared + unsure) / 2

    def correct(self, rows: NDArray[np.intp], places: Floats) -> None:
        """The boxes of ``rows`` were found at ``places``, in the same order."""
        place_var, mixed_var = self._place_var[rows], self._mixed_var[rows]
        total = place_var + (JITTER * places[:, 3:]) ** 2
        trust, turn = place_var / total, mixed_var / total
        off = places - self.place[rows]
        self.place[rows] += trust * off
        self.speed[rows] += turn * off
        self._speed_var[rows] -= turn * mixed_var
        self._mixed_var[rows] = (1 - trust) * mixed_var
        self._place_var[rows] = (1 - trust) * place_var

    def add(self, places: Floats) -> None:
        """People who are seen for the first time, after those that are there."""
        height = places[:, 3:]
        self.place = np.concatenate([self.place, places])
        self.speed = np.concatenate([self.speed, np.zeros_like(places)])
        self._place_var = np.concatenate([self._place_var, np.repeat((JITTER * height) ** 2, 4, axis=1)])
        self._mixed_var = np.concatenate([self._mixed_var, np.zeros_like(places)])
        self._speed_var = np.concatenate([self._speed_var, (FIRST_SPEED * height) ** 2])

    def keep(self, rows: NDArray[np.bool_]) -> None:
        """Forget all but ``rows``."""
        self.place, self.speed = self.place[rows], self.speed[rows]
        self._place_var, self._mixed_var, self._speed_var = (
            self._place_var[rows],
            self._mixed_var[rows],
            self._speed_var[rows],
        )


def corners(places: Floats) -> Floats:
    """Centre, width, height as left, top, right, bottom."""
    boxes = np.empty_like(places)
    half = places[:, 2:] / 2
    boxes[:, :2], boxes[:, 2:] = places[:, :2] - half, places[:, :2] + half
    return boxes


def centres(boxes: Floats) -> Floats:
    """Left, top, right, bottom as centre, width, height."""
    places = np.empty_like(boxes)
    places[:, :2], places[:, 2:] = (boxes[:, :2] + boxes[:, 2:]) / 2, boxes[:, 2:] - boxes[:, :2]
    return places


def overlap(one: Floats, other: Floats) -> Floats:
    """Intersection over union of each box of ``one`` (n×4, corners) with each of ``other`` (m×4): n×m."""
    sides = np.minimum(one[:, None, 2:], other[None, :, 2:]) - np.maximum(one[:, None, :2], other[None, :, :2])
    np.maximum(sides, 0.0, out=sides)
    shared = sides[..., 0] * sides[..., 1]
    area = ((one[:, 2] - one[:, 0]) * (one[:, 3] - one[:, 1]))[:, None] + (other[:, 2] - other[:, 0]) * (
        other[:, 3] - other[:, 1]
    )
    return np.asarray(shared / np.maximum(area - shared, 1e-9))
