"""Where somebody stands though something hides the feet: without it who steps behind a counter jumps half a body to the wall.

|  |      |  |            found: head to waist. The feet are a whole body below the head,
|  |   ===|==|=== counter      not at the counter's edge. Who bends down keeps the feet: the nearer
|__|                          of both places to where they were expected is believed.
"""

from __future__ import annotations

from dataclasses import dataclass

from models.findings import Box

HIDDEN_BELOW = 0.85
"""Of the height that was seen before: knees and feet are a quarter of it, trembling edges a few hundredths."""

SHRINKS = 0.4
"""A second: somebody 4 m away who walks from the camera at 1.5 m/s is smaller by that."""

HIDDEN_MOST_NS = 2_000_000_000
"""So long the height of before is believed; it may have been of two people in one box."""


@dataclass(slots=True)
class Stature:
    """How tall in pixels somebody is where they are; ``hidden_ns`` is since when less is seen, -1 while all is."""

    full_px: float
    hidden_ns: int = -1


def feet_y(stature: Stature, box: Box, expected_y: float, elapsed_ns: int, at_ns: int) -> float:
    """Where the feet are, in pixels from the top of the picture; ``stature`` learns from ``box``."""
    _, top, _, bottom = box
    height = bottom - top
    shrunk = stature.full_px * (1 - SHRINKS) ** (elapsed_ns / 1e9)
    if height >= HIDDEN_BELOW * stature.full_px:
        stature.full_px, stature.hidden_ns = max(height, shrunk), -1
        return bottom
    below_head = top + stature.full_px
    if abs(below_head - expected_y) >= abs(bottom - expected_y):  # bent down, or really smaller
        stature.full_px, stature.hidden_ns = max(height, shrunk), -1
        return bottom
    if stature.hidden_ns < 0:
        stature.hidden_ns = at_ns
    elif at_ns - stature.hidden_ns > HIDDEN_MOST_NS:
        stature.full_px = max(height, shrunk)
    return below_head
