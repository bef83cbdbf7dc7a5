"""Real sources of pictures: a clip made by ffmpeg, GStreamer's RTSP server; and cameras that are judged ten times faster."""

from __future__ import annotations

import shutil
import signal
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import msgspec
import psutil
import pytest

from drivers.cameras import http_mjpeg, rtsp, usb, video_file
from drivers.cameras.camera import Camera
from drivers.wires.capture_words import Capture
from drivers.wires.pictures import Pictures

SYSTEM_PYTHON = "/usr/bin/python3"
TELL_MS = 100
SIZE = {"width_px": 160, "height_px": 90}
SOURCES: dict[Any, Callable[[Any], Capture]] = {
    video_file.VideoFileSettings: video_file.capture,
    usb.UsbCameraSettings: usb.capture,
    rtsp.RtspSettings: rtsp.capture,
    http_mjpeg.HttpMjpegSettings: http_mjpeg.capture,
}


class RtspServer:
    """GStreamer's server on a free loopback port. ``show`` says what its camera sees."""

    def __init__(self, *login: str) -> None:
        script = str(Path(__file__).with_name("rtsp_server.py"))
        command = ["setpriv", "--pdeathsig", "KILL", SYSTEM_PYTHON, script, *login]
        self._process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        assert self._process.stdout is not None
        port = self._process.stdout.readline().strip()
        assert port, "no RTSP server: apt-get install gir1.2-gst-rtsp-server-1.0 python3-gi"
        self.url = f"rtsp://127.0.0.1:{port}/cam"

    def show(self, what: str) -> None:
        """``live``, ``frozen`` or ``black``."""
        assert self._process.stdin is not None
        self._process.stdin.write(what + "\n")
        self._process.stdin.flush()

    def mute(self) -> None:
        """It keeps its connections and sends nothing more."""
        self._process.send_signal(signal.SIGSTOP)

    def drop(self) -> None:
        """It is gone, and every connection with it."""
        self._process.kill()
        self._process.wait(30)

    def close(self) -> None:
        """End it, whatever it does."""
        self.drop()
        for pipe in (self._process.stdin, self._process.stdout):
            assert pipe is not None
            pipe.close()


@pytest.fixture
def rtsp_server() -> Iterator[Callable[..., RtspServer]]:
    """Makes servers, with a login or without, and ends them with the test."""
    made: list[RtspServer] = []

    def make(*login: str) -> RtspServer:
        made.append(RtspServer(*login))
        return made[-1]

    yield make
    for server in made:
        server.close()


@pytest.fixture(scope="session")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A second of a moving test picture."""
    assert shutil.which("ffmpeg"), "ffmpeg is not installed: apt-get install ffmpeg"
    path = tmp_path_factory.mktemp("clips") / "test.mp4"
    source = "testsrc2=size=160x90:rate=20"
    made = ["ffmpeg", "-nostdin", "-loglevel", "error", "-f", "lavfi", "-i", source, "-t", "1", "-c:v", "mpeg4", str(path)]
    subprocess.run(made, check=True)
    return path


@pytest.fixture
def pictures() -> Pictures:
    """Where the rings of the test's cameras are."""
    return Pictures()


@pytest.fixture
def camera(pictures: Pictures) -> Callable[..., Camera]:
    """``camera(settings, frozen_after_s=0.4)``: small pictures, told ten times a second, patience as short as the test wants."""

    def make(settings: Any, **changes: object) -> Camera:
        changed = settings.model_copy(update={**SIZE, "fps": 20, **changes})
        place = str(getattr(settings, "url", None) or settings.path)
        return Camera("cam-1", changed, lambda: faster(SOURCES[type(settings)](changed)), place, pictures)

    return make


def faster(capture: Capture) -> Capture:
    return msgspec.structs.replace(capture, tell_ms=TELL_MS)


@pytest.fixture
def children() -> Callable[..., list[psutil.Process]]:
    """``children("ffmpeg")``: the processes of this test, or those below ``of``, whose program is called so."""
    before = set(psutil.Process().children(recursive=True))

    def find(name: str, of: psutil.Process | None = None) -> list[psutil.Process]:
        below = (of or psutil.Process()).children(recursive=True)
        return [each for each in below if each not in before and each.name().startswith(name)]

    return find
