"""Settings of cameras: what is a mistake, and what is told about it."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import BaseModel, ValidationError

from drivers.cameras import http_mjpeg, rtsp, usb, video_file

SECRET = "leave the login out of the address: it has its own settings, username and password_file"
SPACES = "write the camera's address without spaces and quotes, for example rtsp://192.168.1.20/stream"
PORT = "name the camera and, if it is unusual, its port, for example rtsp://192.168.1.20/stream"


def mistake(settings: type[BaseModel], **fields: Any) -> str:
    with pytest.raises(ValidationError) as refused:
        settings(**fields)
    (error,) = refused.value.errors()
    return str(error["msg"]).removeprefix("Value error, ")


@pytest.mark.parametrize(
    ("url", "told"),
    [
        ("rtsp://bob:s@10.0.0.9/", SECRET),
        ("rtsp://10.0.0.9/a b", SPACES),
        ("rtsp://10.0.0.9/'\nfile '/etc/passwd", SPACES),
        ("rtsp://10.0.0.9/\\x", SPACES),
        ("10.0.0.9", SPACES),
        ("rtsp://:554/", PORT),
        ("rtsp://10.0.0.9:70000/", PORT),
        ("rtsp://10.0.0.9:0/", PORT),
        ("file:///etc/passwd", "file:// is no camera's address here; write rtsp://"),
        ("http://10.0.0.9/", "http:// is no camera's address here; write rtsp://"),
    ],
)
def test_an_address_that_cannot_be_is_told(url: str, told: str) -> None:
    assert mistake(rtsp.RtspSettings, url=url) == told


def test_an_http_camera_is_on_http() -> None:
    told = "rtsp:// is no camera's address here; write http:// or https://"
    assert mistake(http_mjpeg.HttpMjpegSettings, url="rtsp://10.0.0.9/") == told
    assert http_mjpeg.HttpMjpegSettings(url="https://[fd00::9]:8443/video?x=1").url.endswith("x=1")


def test_a_file_is_named_by_its_whole_path() -> None:
    assert mistake(video_file.VideoFileSettings, path="clips/a.mp4") == "write the whole path, from / on"


@pytest.mark.parametrize("path", ["/etc/passwd", "rtsp://x", "/dev/video0 -f"])
def test_a_usb_camera_is_below_dev(path: str) -> None:
    assert "pattern" in mistake(usb.UsbCameraSettings, path=path)


@pytest.mark.parametrize(
    "fields", [{"width_px": 641}, {"width_px": 62}, {"height_px": 1922}, {"fps": 0}, {"fps": 31}, {"frozen_after_s": 1}]
)
def test_a_picture_has_bounds(fields: dict[str, int]) -> None:
    assert mistake(usb.UsbCameraSettings, path="/dev/video0", **fields)


@pytest.mark.parametrize("module", [video_file, usb, rtsp, http_mjpeg])
def test_a_camera_takes_no_commands(module: Any) -> None:
    assert (module.DRIVER.kind, module.DRIVER.commands) == ("camera", ())
