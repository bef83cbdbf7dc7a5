"""Why nothing is painted: without a reason the shopper would stand before a mirror that does not work."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from edge.mirror.anatomy import OVAL

if TYPE_CHECKING:
    from edge.mirror.face import Face
    from edge.mirror.light import Light
    from edge.mirror.words import Problem

FAR_PX = 36.0
"""Eyes closer together than this are about 2.8 m away, before a camera of 1280 pixels and 60°; the lips would have ten rows."""

CUT_OFF = 0.2
"""With more than this part of its outline outside the picture a face is half a face."""

DARK_L = 16.0
"""CIE L* of the skin at which a camera shows more noise than face; the darkest skin in a lit shop has 25."""


def problem_with(faces: int, face: Face | None, light: Light | None, size: tuple[int, int]) -> Problem:
    """Why this face (None: there is none) cannot be painted in a picture of ``size`` width × height; empty when it can."""
    if face is None or light is None:
        return "no-face"
    if faces > 1:
        return "two-faces"
    if face.scale < FAR_PX:
        return "too-far"
    outline = face.curve(OVAL)
    outside = ((outline < 0) | (outline > np.array(size, dtype=np.float32))).any(axis=1)
    if float(outside.mean()) > CUT_OFF:
        return "half-face"
    return "too-dark" if light.skin[0] < DARK_L else ""
