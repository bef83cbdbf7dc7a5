"""Which of the 478 points are the lips, the lids, the brows: without it nobody could say where a shade goes.

Numbers of mediapipe's canonical face (its ``face_landmarks_connections``). Left and right are those of the picture. Curves run
from the picture's left to its right, so two of them enclose a region.
"""

from __future__ import annotations

from dataclasses import dataclass

LIP_TOP = (61, 185, 40, 39, 37, 0, 267, 269, 270, 409, 291)
MOUTH_TOP = (78, 191, 80, 81, 82, 13, 312, 311, 310, 415, 308)
MOUTH_BOTTOM = (78, 95, 88, 178, 87, 14, 317, 402, 318, 324, 308)
LIP_BOTTOM = (61, 146, 91, 181, 84, 17, 314, 405, 321, 375, 291)

OVAL = (
    *(10, 338, 297, 332, 284, 251, 389, 356, 454, 323, 361, 288, 397, 365, 379, 378, 400, 377),
    *(152, 148, 176, 149, 150, 136, 172, 58, 132, 93, 234, 127, 162, 21, 54, 103, 67, 109),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Side:
    """One half of the face. All curves run from the outer end to the nose."""

    turned: int
    """+1: a head with positive yaw turns this half away."""

    lid: tuple[int, ...]
    below: tuple[int, ...]
    brow_top: tuple[int, ...]
    brow_bottom: tuple[int, ...]
    apple: tuple[int, int, int]
    """The three points around the part of the cheek that a smile lifts."""

    temple: int
    skin: tuple[int, ...]
    """Where bare skin is: the cheek, away from beard and shade."""


LEFT = Side(
    turned=-1,
    lid=(33, 246, 161, 160, 159, 158, 157, 173, 133),
    below=(33, 7, 163, 144, 145, 153, 154, 155, 133),
    brow_top=(70, 63, 105, 66, 107),
    brow_bottom=(46, 53, 52, 65, 55),
    apple=(117, 50, 205),
    temple=127,
    skin=(50, 101, 205, 118),
)
RIGHT = Side(
    turned=1,
    lid=(263, 466, 388, 387, 386, 385, 384, 398, 362),
    below=(263, 249, 390, 373, 374, 380, 381, 382, 362),
    brow_top=(300, 293, 334, 296, 336),
    brow_bottom=(276, 283, 282, 295, 285),
    apple=(346, 280, 425),
    temple=356,
    skin=(280, 330, 425, 347),
)
SIDES = (LEFT, RIGHT)

FOREHEAD = (151, 108, 337)
EYE_CORNERS = (33, 263)
FACE_ENDS = (234, 454)
"""In front of the ears."""
