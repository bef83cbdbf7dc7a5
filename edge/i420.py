"""A camera's picture as its ring has it (I420: a plane of light, two quarter planes of colour) and as models want it (BGR).

Only processes that look at pictures import this: it needs OpenCV.
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray


def i420_bytes(width_px: int, height_px: int) -> int:
    """How many bytes a whole picture has; both sides are even."""
    return width_px * height_px * 3 // 2


def bgr_of(data: bytes, width_px: int, height_px: int) -> NDArray[np.uint8]:
    """The pixels (height × width × 3, BGR) of a whole picture, in memory of their own."""
    planes = np.frombuffer(data, np.uint8).reshape(height_px * 3 // 2, width_px)
    return np.asarray(cv2.cvtColor(planes, cv2.COLOR_YUV2BGR_I420), dtype=np.uint8)
