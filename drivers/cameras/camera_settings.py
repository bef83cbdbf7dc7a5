"""The settings that cameras have in common, with their bounds, and how an address and a login become ffmpeg's.

ffmpeg … -f concat -safe 0 -i pipe:0        on its standard input:
    ffconcat version 1.0
    file 'rtsp://user:password@192.168.1.20/stream1'
    option rtsp_transport tcp
    option timeout 5000000
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Annotated, Literal
from urllib.parse import quote, urlsplit

from pydantic import AfterValidator, Field, ValidationInfo, field_validator

from config.schema import Section
from drivers.cameras.masks import drawn, hides_all
from drivers.contract import DeviceGone
from drivers.wires.capture_words import Capture

SILENT_US = "5000000"
"""ffmpeg gives up a camera that sends nothing for this long; the box would kill it a little later."""

Pixels = Annotated[int, Field(ge=64, le=1920, multiple_of=2)]
"""I420 halves both sides, so they are even."""

Fps = Annotated[int, Field(ge=1, le=30)]
FrozenAfterS = Annotated[int, Field(ge=2, le=3600)]
Fraction = Annotated[float, Field(ge=0, le=1)]
Masks = Annotated[
    tuple[Annotated[tuple[tuple[Fraction, Fraction], ...], Field(min_length=3, max_length=32)], ...], Field(max_length=16)
]
"""Polygons, their corners as fractions of the picture that the box works with, from its top left."""

Username = Annotated[str, Field(min_length=1, max_length=64, pattern=r"^[^\x00-\x1f:]+$")]


class CameraSettings(Section):
    """What every camera's settings have."""

    width_px: Pixels = 640
    height_px: Pixels = 360
    fps: Fps = 10
    frozen_after_s: FrozenAfterS = 20
    shown: bool = False
    kind: Literal["room", "entrance", "kiosk", "mirror"] = "room"
    private_space: bool = False
    masks: Masks = ()

    @field_validator("masks")
    @classmethod
    def _something_is_seen(cls, masks: Masks, info: ValidationInfo) -> Masks:
        size = info.data.get("width_px", 640), info.data.get("height_px", 360)
        if hides_all(drawn(masks, *size), *size):
            raise ValueError("the masks cover the whole picture: leave out what the camera is there to see")
        return masks


class NetworkCameraSettings(CameraSettings):
    """What the settings of a camera with an address have; which addresses there are is the driver's."""

    url: str
    username: Username | None = None
    password_file: Path | None = None


def checked_url(url: str, *schemes: str) -> str:
    """``url`` when it is a plain address of one of ``schemes``; raises ValueError."""
    example = f"{schemes[0]}://192.168.1.20/stream"
    if not re.fullmatch(r"[a-z]+://[\x21-\x7e]+", url) or re.search(r"[\\'\"<>|]", url):
        raise ValueError(f"write the camera's address without spaces and quotes, for example {example}")
    parts = urlsplit(url)
    if parts.scheme not in schemes:
        raise ValueError(f"{parts.scheme}:// is no camera's address here; write {' or '.join(f'{each}://' for each in schemes)}")
    if "@" in parts.netloc:
        raise ValueError("leave the login out of the address: it has its own settings, username and password_file")
    if not parts.hostname or not _port_fits(url):
        raise ValueError(f"name the camera and, if it is unusual, its port, for example {example}")
    return url


def _port_fits(url: str) -> bool:
    try:
        return urlsplit(url).port != 0
    except ValueError:
        return False


def _rtsp(url: str) -> str:
    return checked_url(url, "rtsp")


def _http(url: str) -> str:
    return checked_url(url, "http", "https")


RtspUrl = Annotated[str, AfterValidator(_rtsp)]
HttpUrl = Annotated[str, AfterValidator(_http)]


def network_capture(settings: NetworkCameraSettings, protocols: str, **options: str) -> Capture:
    """How ffmpeg opens the address, by no other than ``protocols``. Blocks, raises DeviceGone: it reads the password."""
    # Many cameras' own times jump and some say none, so a picture's time is when it came.
    only = ("-protocol_whitelist", f"pipe,{protocols}", "-use_wallclock_as_timestamps", "1")
    return Capture(
        input=(*only, "-f", "concat", "-safe", "0", "-i", "pipe:0"),
        script=script(with_login(settings.url, settings.username, settings.password_file), **options),
        width_px=settings.width_px,
        height_px=settings.height_px,
        fps=settings.fps,
    )


def with_login(url: str, username: str | None, password_file: Path | None) -> str:
    """``url`` with the login that the camera asks for. Blocks. Raises DeviceGone when the file cannot be read."""
    if username is None:
        return url
    password = "" if password_file is None else f":{quote(_password(password_file), safe='')}"
    return url.replace("://", f"://{quote(username, safe='')}{password}@", 1)


def script(url: str, **options: str) -> str:
    """An ffconcat script of one entry: in it ffmpeg gets ``url`` on standard input, where nobody can read it."""
    lines = ["ffconcat version 1.0", f"file '{url}'", *(f"option {name} {value}" for name, value in options.items())]
    return "\n".join(lines) + "\n"


def _password(path: Path) -> str:
    try:
        return path.read_text("utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise DeviceGone(f"password_file {path} cannot be read ({error}): write the camera's password into it") from error
