"""What an eye has seen, as the picture that a technician may see of it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from edge.vision.looking import Eye
from edge.vision.shown import Drawn, render
from models.findings import Box, Track

MASK_PX = 8


def shown_eye(eye: Eye | None, picture: NDArray[np.uint8]) -> bytes:
    """JPEG without faces. Without an eye nobody knows where faces are: all of it is pixelated."""
    if eye is None:
        return render(picture, (), (), None)
    height_px, width_px = picture.shape[:2]
    drawn = [Drawn(box=each.box, number=each.number, state=_state(eye, each)) for each in eye.tracks]
    return render(picture, drawn, [person.box for person in eye.found], _mask(eye.moved, width_px, height_px))


def _state(eye: Eye, track: Track) -> Literal["tentative", "confirmed", "lost", "staff"]:
    return "staff" if eye.is_staff(track.number) else track.state


def _mask(boxes: Sequence[Box], width_px: int, height_px: int) -> NDArray[np.bool_]:
    """Where ``boxes`` are, in cells of MASK_PX."""
    mask = np.zeros((-(-height_px // MASK_PX), -(-width_px // MASK_PX)), dtype=np.bool_)
    for left, top, right, bottom in boxes:
        mask[int(top) // MASK_PX : int(bottom) // MASK_PX + 1, int(left) // MASK_PX : int(right) // MASK_PX + 1] = True
    return mask
