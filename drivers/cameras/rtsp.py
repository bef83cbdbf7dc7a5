"""Network cameras over RTSP (RFC 2326), by TCP: a lost UDP packet smears a picture, and a firewall drops them all.

ffmpeg … -f concat -safe 0 -i pipe:0        on its standard input:
    ffconcat version 1.0
    file 'rtsp://user:password@192.168.1.20/stream1'
    option rtsp_transport tcp
    option timeout 5000000
"""

from __future__ import annotations

from pathlib import Path

from config.schema import Section
from drivers.cameras.camera import Camera
from drivers.cameras.camera_settings import Fps, FrozenAfterS, Pixels, RtspUrl, Username, script, with_login
from drivers.contract import Driver, Wires
from drivers.wires.capture_words import Capture

SILENT_US = "5000000"
"""ffmpeg gives up a camera that sends nothing for this long; the box would kill it a little later."""

PROTOCOLS = "pipe,rtsp,rtp,tcp"
INPUT = ("-protocol_whitelist", PROTOCOLS, "-use_wallclock_as_timestamps", "1", "-f", "concat", "-safe", "0", "-i", "pipe:0")
"""Many cameras' own times jump, so a picture's time is when it came."""


class RtspSettings(Section):
    """``[device.<name>]`` of an RTSP camera."""

    url: RtspUrl
    username: Username | None = None
    password_file: Path | None = None
    width_px: Pixels = 640
    height_px: Pixels = 360
    fps: Fps = 10
    frozen_after_s: FrozenAfterS = 20
    shown: bool = False


def capture(settings: RtspSettings) -> Capture:
    """How ffmpeg opens it. Blocks, raises DeviceGone: it reads the password."""
    url = with_login(settings.url, settings.username, settings.password_file)
    return Capture(
        input=INPUT,
        script=script(url, rtsp_transport="tcp", timeout=SILENT_US, allowed_media_types="video"),
        width_px=settings.width_px,
        height_px=settings.height_px,
        fps=settings.fps,
    )


def _open(device: str, settings: RtspSettings, wires: Wires) -> Camera:
    return Camera(device, settings, lambda: capture(settings), settings.url, wires.pictures)


DRIVER = Driver(kind="camera", settings_class=RtspSettings, open=_open)
