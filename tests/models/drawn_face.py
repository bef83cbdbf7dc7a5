"""A face as a drawing, already in a crop's place: eyes, brows, a nose and a mouth, so that each measure has its case."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from models.face_vectors import ALIGNED, CROP_PX


def drawn_face() -> NDArray[np.uint8]:
    """A crop (112 × 112 × 3, BGR) that is sharp and hides nothing."""
    crop = np.full((CROP_PX, CROP_PX, 3), 150, np.uint8)
    crop[:, :56] += np.uint8(30)
    for x, y in ALIGNED[:2].astype(int).tolist():
        cv2.ellipse(crop, (x, y), (8, 4), 0, 0, 360, (235, 235, 235), -1)
        cv2.circle(crop, (x, y), 3, (20, 20, 20), -1)
        cv2.line(crop, (x - 9, y - 9), (x + 9, y - 9), (40, 40, 40), 2)
    x, y = ALIGNED[2].astype(int).tolist()
    cv2.ellipse(crop, (x, y), (6, 3), 0, 0, 180, (90, 90, 90), 1)
    left, right = ALIGNED[3:].astype(int).tolist()
    cv2.line(crop, left, right, (60, 40, 90), 3)
    return crop
