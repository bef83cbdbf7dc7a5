"""Cameras that send one JPEG after another over HTTP (``multipart/x-mixed-replace``), as cheap ones and old ones do.

GET /video HTTP/1.1      ->      Content-Type: multipart/x-mixed-replace; boundary=frame
                                 --frame CR LF Content-Type: image/jpeg CR LF Content-Length: 5120 CR LF CR LF <JPEG>
"""

from __future__ import annotations

from drivers.cameras.camera import Camera
from drivers.cameras.camera_settings import SILENT_US, HttpUrl, NetworkCameraSettings, network_capture
from drivers.contract import Driver, Wires
from drivers.wires.capture_words import Capture


class HttpMjpegSettings(NetworkCameraSettings):
    """``[device.<name>]`` of an HTTP camera."""

    url: HttpUrl


def capture(settings: HttpMjpegSettings) -> Capture:
    """How ffmpeg opens it. Blocks, raises DeviceGone: it reads the password."""
    return network_capture(settings, "http,https,tls,tcp", rw_timeout=SILENT_US, max_redirects="0")


def _open(device: str, settings: HttpMjpegSettings, wires: Wires) -> Camera:
    return Camera(device, settings, lambda: capture(settings), settings.url, wires.pictures)


DRIVER = Driver(kind="camera", settings_class=HttpMjpegSettings, open=_open)
