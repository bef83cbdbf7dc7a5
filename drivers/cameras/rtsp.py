"""Network cameras over RTSP (RFC 2326), by TCP: a lost UDP packet smears a picture, and a firewall drops them all."""

from __future__ import annotations

from drivers.cameras.camera import Camera
from drivers.cameras.camera_settings import SILENT_US, NetworkCameraSettings, RtspUrl, network_capture
from drivers.contract import Driver, Wires
from drivers.wires.capture_words import Capture


class RtspSettings(NetworkCameraSettings):
    """``[device.<name>]`` of an RTSP camera."""

    url: RtspUrl


def capture(settings: RtspSettings) -> Capture:
    """How ffmpeg opens it. Blocks, raises DeviceGone: it reads the password."""
    return network_capture(settings, "rtsp,rtp,tcp", rtsp_transport="tcp", timeout=SILENT_US, allowed_media_types="video")


def _open(device: str, settings: RtspSettings, wires: Wires) -> Camera:
    return Camera(device, settings, lambda: capture(settings), settings.url, wires.pictures)


DRIVER = Driver(kind="camera", settings_class=RtspSettings, open=_open)
