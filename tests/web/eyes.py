"""Two cameras as the pages see them: one that counts, with a real ring of one picture, and one that is not open."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from io import BytesIO
from typing import Any

from PIL import Image

from drivers.wires.picture_ring import RingReader, RingWriter, make_ring
from edge.vision.window import CameraShown
from edge.vision.words import CameraFigures, Crossed, Inference

DOOR: dict[str, Any] = {
    "lines": [
        {"name": "door", "a": [0.5, 0.2], "b": [0.5, 0.9], "inside": [0.2, 0.5], "label_zh": "正门", "label_en": ""}
        | {"entrance": True, "staff": False}
    ],
    "zones": [
        {"name": "till", "kind": "queue", "corners": [[0.1, 0.5], [0.4, 0.5], [0.4, 0.9]], "shelf": None}
        | {"label_zh": "", "label_en": "Till"}
    ],
    "floor": [],
}


@dataclass
class Eyes:
    """What a box with two cameras sees: ``cam-door`` is watched, ``cam-till`` is not open."""

    ring: RingReader
    crossed: list[Crossed] = field(default_factory=list)

    def cameras(self) -> Mapping[str, CameraShown]:
        """One of each kind."""
        figures = CameraFigures(pictures=100, processed=50, skipped=45, starved=5, people=3)
        door = CameraShown(state="watched", width_px=640, height_px=360, fps_in=10.0, fps_processed=5.0, figures=figures)
        return {"cam-door": door, "cam-till": CameraShown(state="waiting", problem="cam-till is not open")}

    def inferences(self) -> Mapping[str, Inference]:
        """One that runs, one that does not."""
        off = Inference(model="pose", state="off", problem="pose.task is damaged: storebox models fetch")
        return {"people": Inference(model="yolox-nano", state="on", ms=21.4), "hands": off}

    def live(self, camera: str) -> RingReader | None:
        """The pictures of the door."""
        return self.ring if camera == "cam-door" else None

    def crossings(self, camera: str, since_ns: int) -> Sequence[Crossed]:
        """Those since then."""
        return [each for each in self.crossed if each.camera == camera and each.at_ns >= since_ns]


def jpeg() -> bytes:
    """A grey picture of 640 × 360."""
    written = BytesIO()
    Image.new("RGB", (640, 360), (90, 110, 120)).save(written, "JPEG")
    return written.getvalue()


JPEG = jpeg()


@contextmanager
def open_eyes() -> Iterator[Eyes]:
    """Both, and the ring."""
    descriptor = make_ring("live", slot_bytes=len(JPEG), width_px=640, height_px=360)
    writer, reader = RingWriter(descriptor), RingReader(descriptor)
    writer.room[: len(JPEG)] = JPEG
    writer.publish(len(JPEG), 1)
    yield Eyes(ring=reader)
    writer.close()
    reader.close()
    os.close(descriptor)
