"""Cameras without a lens: rings as a camera's process fills them, written by the test.

``ring_camera()`` makes one that is open in ``pictures``; a folder whose cameras have another name says so by ``camera_name``.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator

import pytest

from drivers.wires.picture_ring import RingReader, RingWriter, make_ring
from drivers.wires.pictures import Pictures, Rings

SIZE = 64, 36


class RingCamera:
    """A camera that is open while its rings are in ``pictures``."""

    def __init__(self, name: str, pictures: Pictures, size: tuple[int, int] = SIZE) -> None:
        self._name, self._pictures, self._count = name, pictures, 0
        self.open(size)

    def open(self, size: tuple[int, int] = SIZE) -> None:
        """New rings, as with each opening of a camera."""
        width_px, height_px = size
        self.length = width_px * height_px * 3 // 2
        self.raw_fd = make_ring(self._name, slot_bytes=self.length, width_px=width_px, height_px=height_px)
        self._writer, self._reader = RingWriter(self.raw_fd), RingReader(self.raw_fd)
        self._rings = self._pictures.rings[self._name] = Rings(raw_fd=self.raw_fd, raw=self._reader, jpeg=None)

    def show(self, code: int, *, same: bool = False, length: int | None = None) -> None:
        """A picture of one grey, which is the code; no two are the same unless ``same``."""
        self._count += not same
        grey = bytearray([code]) * (self.length * 2 // 3)
        grey[-4:] = self._count.to_bytes(4)
        room = self._writer.room
        room[: self.length] = bytes(grey) + bytes([128]) * (self.length // 3)
        self._writer.publish(self.length if length is None else length, time.monotonic_ns())

    def put(self, picture: bytes) -> None:
        """A whole picture in I420, as large as the ring's."""
        self._writer.room[: self.length] = picture
        self._writer.publish(self.length, time.monotonic_ns())

    def close(self) -> None:
        """It is gone."""
        if self._pictures.rings.get(self._name) is self._rings:
            del self._pictures.rings[self._name]
        self._reader.close()
        self._writer.close()
        os.close(self.raw_fd)

    def reopen(self, size: tuple[int, int] = SIZE) -> None:
        """Gone, and there again."""
        self.close()
        self.open(size)


@pytest.fixture
def pictures() -> Pictures:
    return Pictures()


@pytest.fixture
def camera_name() -> str:
    return "cam-1"


@pytest.fixture
def ring_camera(pictures: Pictures, camera_name: str) -> Iterator[Callable[..., RingCamera]]:
    """Makes cameras that are open, and closes them with the test."""
    made: list[RingCamera] = []

    def make(name: str = camera_name, size: tuple[int, int] = SIZE) -> RingCamera:
        made.append(RingCamera(name, pictures, size))
        return made[-1]

    yield make
    for camera in made:
        camera.close()
