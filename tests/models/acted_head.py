"""A head of few points that turns and blinks, and a flat picture of it on a sheet that is turned, tilted and moved."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from models.liveness import EYE_CORNERS, EYELIDS, MOUTH_CORNERS, NOSE, Move

FRAME_NS = 100_000_000
APART = 60.0
"""The eyes, in pixels."""

NOSE_STANDS_OUT = 0.98
"""Its tip, in distances of the eyes, as on the head that was filmed."""


def head(degrees: float = 0.0, lids: float = 0.2) -> NDArray[np.float32]:
    """478 × 3 points; those that count are a head's, turned to its left by so much. ``lids``: of the eyes' distance apart."""
    points = np.zeros((478, 3))
    for (outer, inner), (upper, lower), side in zip(EYE_CORNERS, EYELIDS, (-0.5, 0.5), strict=True):
        points[outer], points[inner] = (side - 0.2, 0, 0), (side + 0.2, 0, 0)
        points[upper], points[lower] = (side, -lids / 2, 0), (side, lids / 2, 0)
    points[NOSE] = (0, 0.55, NOSE_STANDS_OUT)
    points[list(MOUTH_CORNERS)] = ((-0.4, 1.1, 0.1), (0.4, 1.1, 0.1))
    turn = np.radians(degrees)
    spin = np.array(((np.cos(turn), 0, np.sin(turn)), (0, 1, 0), (-np.sin(turn), 0, np.cos(turn))))
    moved: NDArray[np.float64] = points @ spin.T * APART + (300, 200, 0)
    return moved.astype(np.float32)


def printed(degrees: float, tilted: float = 0.0, by: float = 0.0) -> NDArray[np.float32]:
    """The head from the front on a sheet that is turned, tilted and moved in front of a camera sixty centimetres away."""
    sheet = (head() - (300, 200, 0)) * (1, 1, 0)
    turn, tilt = np.radians((degrees, tilted))
    spin = np.array(((np.cos(turn), 0, np.sin(turn)), (0, 1, 0), (-np.sin(turn), 0, np.cos(turn))))
    lean = np.array(((1, 0, 0), (0, np.cos(tilt), -np.sin(tilt)), (0, np.sin(tilt), np.cos(tilt))))
    solid = sheet @ (spin @ lean).T
    away = 10 * APART
    seen = solid[:, :2] * (away / (away - solid[:, 2:])) + (300 + by, 200)
    return np.hstack((seen, solid[:, 2:])).astype(np.float32)


REST = [head()] * 3
LEFT = [head(each) for each in (8, 16, 34, 16, 4, 0)]
RIGHT = [head(-each) for each in (8, 16, 34, 16, 4, 0)]
BLINK = [head(lids=each) for each in (0.12, 0.04, 0.04, 0.12, 0.2, 0.2)]
OF = {Move.TURN_LEFT: LEFT, Move.TURN_RIGHT: RIGHT, Move.BLINK: BLINK}
ORDER = (Move.TURN_LEFT, Move.BLINK, Move.TURN_RIGHT, Move.TURN_RIGHT)


def acted(moves: tuple[Move, ...]) -> list[NDArray[np.float32]]:
    return [*REST, *(points for move in moves for points in OF[move])]
