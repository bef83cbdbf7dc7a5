"""SSD-MobileNet v2 finds people where YOLOX cannot be had: every machine that reaches a package index gets its files.

    in     1 × 3 × 300 × 300    RGB, 0 to 255, the picture pressed into a square
    out    1 × 1 × n × 7        0, class (1 is a person), score, left, top, right, bottom as fractions; one box for each person

(TensorFlow detection zoo, ssd_mobilenet_v2_coco_2018_03_29; read by OpenCV with the text graph that OpenCV made of it.)
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from models.boxes import surest
from models.findings import Person
from models.manifest import Model, ModelUnusable
from models.proof import read_model

SIDE_PX = 300
PERSON = 1
CLASS, SCORE = 1, 2


class Ssd:
    """Implements ``PeopleDetector``. OpenCV has one number of threads for the whole process; it is set to ``threads``."""

    def __init__(self, name: str, model: Model, models_dir: Path, threads: int) -> None:
        graph, text, *_ = read_model(name, model, models_dir).values()
        self.name, self.low, self.high = name, model.low, model.high
        cv2.setNumThreads(threads)
        self._net = _read_net(name, graph, text)

    def find(self, picture: NDArray[np.uint8]) -> list[Person]:
        """As ``PeopleDetector.find`` says."""
        height, width = picture.shape[:2]
        self._net.setInput(cv2.dnn.blobFromImage(picture, size=(SIDE_PX, SIDE_PX), swapRB=True))
        rows: NDArray[Any] = np.asarray(self._net.forward()).reshape(-1, 7)
        people = rows[(rows[:, CLASS] == PERSON) & (rows[:, SCORE] >= self.low)]
        return surest(people[:, 3:] * (width, height, width, height), people[:, SCORE], width, height)

    def close(self) -> None:
        """Give the model's memory back."""
        del self._net


def _read_net(name: str, graph: bytes, text: bytes) -> cv2.dnn.Net:
    try:
        return cv2.dnn.readNetFromTensorflow(np.frombuffer(graph, np.uint8), np.frombuffer(text, np.uint8))
    except cv2.error as error:
        raise ModelUnusable(f"model {name}: OpenCV cannot load it: {error}; is it made for this version of storebox?") from error
