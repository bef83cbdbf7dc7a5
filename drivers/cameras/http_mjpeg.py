"""Cameras that send one JPEG after another over HTTP (``multipart/x-mixed-replace``), as cheap ones and old ones do.

GET /video HTTP/1.1      ->      Content-Type: multipart/x-mixed-replace; boundary=frame
                                 --frame CR LF Content-Type: image/jpeg CR LF Content-Length: 5120 CR LF CR LF <JPEG>
"""

from __future__ import annotations

from pathlib import Path

from config.schema import Section
from drivers.cameras.camera import Camera
from drivers.cameras.camera_settings import Fps, FrozenAfterS, HttpUrl, Pixels, Username, script, with_login
from drivers.contract import Driver, Wires
from drivers.wires.capture_words import Capture

SILENT_US = "5000000"
PROTOCOLS = "pipe,http,https,tls,tcp"
INPUT = ("-protocol_whitelist", PROTOCOLS, "-use_wallclock_as_timestamps", "1", "-f", "concat", "-safe", "0", "-i", "pipe:0")
"""The JPEGs say no time; without the wall clock ffmpeg takes them for 25 a second."""


class HttpMjpegSettings(Section):
    """``[device.<name>]`` of an HTTP camera."""

    url: HttpUrl
    username: Username | None = None
    password_file: Path | None = None
    width_px: Pixels = 640
    height_px: Pixels = 360
    fps: Fps = 10
    frozen_after_s: FrozenAfterS = 20
    shown: bool = False


def capture(settings: HttpMjpegSettings) -> Capture:
    """How ffmpeg opens it. Blocks, raises DeviceGone: it reads the password."""
    url = with_login(settings.url, settings.username, settings.password_file)
    return Capture(
        input=INPUT,
        script=script(url, rw_timeout=SILENT_US, max_redirects="0"),
        width_px=settings.width_px,
        height_px=settings.height_px,
        fps=settings.fps,
    )


def _open(device: str, settings: HttpMjpegSettings, wires: Wires) -> Camera:
    return Camera(device, settings, lambda: capture(settings), settings.url, wires.pictures)


DRIVER = Driver(kind="camera", settings_class=HttpMjpegSettings, open=_open)
