"""One box for each person: without it a detector's many guesses at one person would be many people."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from models.findings import Person

SAME = 0.5
"""From this overlap on (intersection over union) two boxes are guesses at one person. Of two people behind each other the boxes
cover half of what both cover only when they stand nearly in line; then the one behind is hardly seen."""


def surest(boxes: NDArray[Any], scores: NDArray[Any], width_px: int, height_px: int) -> list[Person]:
    """The surest of each heap of guesses, surest first. ``boxes``: n × (left, top, right, bottom), cut to the picture."""
    corners = np.clip(boxes, 0, (width_px, height_px, width_px, height_px)).astype(float)
    order = np.argsort(-scores, kind="stable")
    order = order[((corners[order, 2:] - corners[order, :2]) >= 1).all(axis=1)]
    people = []
    while order.size:
        best, order = order[0], order[1:]
        left, top, right, bottom = corners[best].tolist()
        people.append(Person(box=(left, top, right, bottom), score=float(scores[best])))
        order = order[overlaps(corners[best], corners[order]) < SAME]
    return people


def overlaps(box: NDArray[Any], others: NDArray[Any]) -> NDArray[Any]:
    """Intersection over union of one box with each of n others."""
    shared = np.prod(np.clip(np.minimum(box[2:], others[:, 2:]) - np.maximum(box[:2], others[:, :2]), 0, None), axis=1)
    own = np.prod(box[2:] - box[:2])
    return np.asarray(shared / (own + np.prod(others[:, 2:] - others[:, :2], axis=1) - shared))
