"""USB cameras (V4L2), named by /dev/v4l/by-id so that they are found again under another number.

    ffmpeg -f v4l2 -input_format mjpeg -video_size 640x360 -framerate 10 -i /dev/v4l/by-id/usb-Logitech_…-video-index0

Linux, Documentation/userspace-api/media/v4l: the driver takes the size and rate nearest to those that are asked for.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import StringConstraints

from drivers.cameras.camera import Camera
from drivers.cameras.camera_settings import CameraSettings
from drivers.contract import Driver, Wires
from drivers.wires.capture_words import Capture


class UsbCameraSettings(CameraSettings):
    """``[device.<name>]`` of a USB camera. ``input``: what it sends; uncompressed pictures fill a USB 2 port soon."""

    path: Annotated[str, StringConstraints(pattern=r"^/dev/[A-Za-z0-9/_.:+-]+$")]
    input: Literal["mjpeg", "yuyv422", "h264"] = "mjpeg"


def capture(settings: UsbCameraSettings) -> Capture:
    """How ffmpeg opens it."""
    size = f"{settings.width_px}x{settings.height_px}"
    wanted = ("-input_format", settings.input, "-video_size", size, "-framerate", str(settings.fps))
    return Capture(
        input=("-f", "v4l2", *wanted, "-i", settings.path),
        width_px=settings.width_px,
        height_px=settings.height_px,
        fps=settings.fps,
    )


def _open(device: str, settings: UsbCameraSettings, wires: Wires) -> Camera:
    return Camera(device, settings, lambda: capture(settings), settings.path, wires.pictures)


DRIVER = Driver(kind="camera", settings_class=UsbCameraSettings, open=_open)
