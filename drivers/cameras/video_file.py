"""A video file as a camera, played at its own speed and over again: for trying the box without one.

ffmpeg -re -stream_loop -1 -protocol_whitelist file -i file:/srv/shop.mp4
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from pydantic import AfterValidator

from drivers.cameras.camera import Camera
from drivers.cameras.camera_settings import CameraSettings
from drivers.contract import Driver, Wires
from drivers.wires.capture_words import Capture


def _absolute(path: Path) -> Path:
    if not path.is_absolute():
        raise ValueError("write the whole path, from / on")
    return path


class VideoFileSettings(CameraSettings):
    """``[device.<name>]`` of a video file."""

    path: Annotated[Path, AfterValidator(_absolute)]


def capture(settings: VideoFileSettings) -> Capture:
    """How ffmpeg plays it. A playlist in the file leads to no other protocol."""
    return Capture(
        input=("-re", "-stream_loop", "-1", "-protocol_whitelist", "file", "-i", f"file:{settings.path}"),
        width_px=settings.width_px,
        height_px=settings.height_px,
        fps=settings.fps,
    )


def _open(device: str, settings: VideoFileSettings, wires: Wires) -> Camera:
    return Camera(device, settings, lambda: capture(settings), str(settings.path), wires.pictures)


DRIVER = Driver(kind="camera", settings_class=VideoFileSettings, open=_open)
