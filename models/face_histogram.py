"""Cosines of same and of different people as a picture: where both overlap, no threshold is right, and this shows how much."""

from __future__ import annotations

from typing import TYPE_CHECKING

import cv2
import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

WIDTH_PX, HEIGHT_PX, EDGE_PX = 800, 420, 40
LOW, HIGH, BINS = -0.5, 1.0, 75
SAME, DIFFERENT, INK, PAPER = (120, 140, 20), (60, 80, 210), (40, 40, 40), (255, 255, 255)
"""Blue-green and red, as BGR."""


def histogram(same: NDArray[np.float32], different: NDArray[np.float32], threshold: float) -> bytes:
    """A PNG: the part of the pairs at each cosine, same and different people each on a scale of their own."""
    canvas = np.full((HEIGHT_PX, WIDTH_PX, 3), PAPER, np.uint8)
    for scores, colour in ((different, DIFFERENT), (same, SAME)):
        canvas = _bars(canvas, scores, colour)
    floor = HEIGHT_PX - EDGE_PX
    cv2.line(canvas, (EDGE_PX, floor), (WIDTH_PX - EDGE_PX, floor), INK, 1)
    for tenth in range(-5, 11, 5):
        _write(canvas, f"{tenth / 10:g}", (_x(tenth / 10) - 12, floor + 20), INK)
    cv2.line(canvas, (_x(threshold), EDGE_PX), (_x(threshold), floor), INK, 1, cv2.LINE_AA)
    _write(canvas, f"threshold {threshold:.2f}", (_x(threshold) + 6, EDGE_PX + 12), INK)
    _write(canvas, f"{len(different)} pairs of two people", (EDGE_PX, 24), DIFFERENT)
    _write(canvas, f"{len(same)} pairs of one person", (WIDTH_PX // 2, 24), SAME)
    return cv2.imencode(".png", canvas)[1].tobytes()


def _bars(canvas: NDArray[np.uint8], scores: NDArray[np.float32], colour: tuple[int, int, int]) -> NDArray[np.uint8]:
    """Half transparent, so that what lies behind is seen; gated pairs are below the scale and left out."""
    counts, edges = np.histogram(scores, bins=BINS, range=(LOW, HIGH))
    drawn, floor = canvas.copy(), HEIGHT_PX - EDGE_PX
    highest = max(int(counts.max()), 1)
    for count, left, right in zip(counts, edges[:-1], edges[1:], strict=True):
        top = floor - round(count / highest * (floor - 2 * EDGE_PX))
        if count:
            cv2.rectangle(drawn, (_x(left), top), (_x(right) - 1, floor), colour, -1)
    return np.asarray(cv2.addWeighted(drawn, 0.6, canvas, 0.4, 0), np.uint8)


def _x(score: float) -> int:
    return EDGE_PX + round((score - LOW) / (HIGH - LOW) * (WIDTH_PX - 2 * EDGE_PX))


def _write(canvas: NDArray[np.uint8], text: str, at: tuple[int, int], colour: tuple[int, int, int]) -> None:
    cv2.putText(canvas, text, at, cv2.FONT_HERSHEY_SIMPLEX, 0.5, colour, 1, cv2.LINE_AA)
