"""What a glimpse means, what ffmpeg's last words mean, and how ffmpeg is called: without a process."""

from __future__ import annotations

from pathlib import Path

import pytest

from drivers.cameras import http_mjpeg, rtsp, usb, video_file
from drivers.cameras.camera import explain, picture, standstill
from drivers.cameras.ffmpeg_call import command, without_logins
from drivers.wires.capture_words import Glimpse

FROZEN_MS = 20_000


def glimpse(*, age_ms: int = 40, same_ms: int = 40, luma: int = 96) -> Glimpse:
    return Glimpse(frames=9, skipped=0, fps=10.0, age_ms=age_ms, same_ms=same_ms, luma=luma)


@pytest.mark.parametrize(
    ("told", "wanted"),
    [
        (glimpse(), "live"),
        (glimpse(same_ms=19_999), "live"),
        (glimpse(same_ms=20_000), "frozen"),
        (glimpse(age_ms=20_000), "frozen"),
        (glimpse(luma=33), "black"),
        (glimpse(luma=34), "live"),
        (glimpse(luma=16, same_ms=90_000), "black"),
        (glimpse(luma=16, age_ms=20_000, same_ms=90_000), "frozen"),
    ],
)
def test_frozen_black_and_live_are_three_things(told: Glimpse, wanted: str) -> None:
    assert picture(told, FROZEN_MS) == wanted


@pytest.mark.parametrize(
    ("told", "problem"),
    [
        (glimpse(same_ms=39_999, age_ms=39_999), ""),
        (glimpse(same_ms=40_000), "has shown the same picture for 40 s"),
        (glimpse(same_ms=40_000, age_ms=40_000), "has sent no picture for 40 s"),
        (glimpse(same_ms=90_000, luma=16), ""),
    ],
)
def test_a_camera_is_opened_again_after_twice_its_patience_but_not_for_the_night(told: Glimpse, problem: str) -> None:
    assert standstill(told, FROZEN_MS) == problem


@pytest.mark.parametrize(
    ("words", "told"),
    [
        ("Server returned 403 Forbidden (access denied)", "refuses the login: check username and password_file"),
        ("[rtsp] method DESCRIBE failed: 401 Unauthorized", "refuses the login: check username and password_file"),
        ("Server returned 404 Not Found", "is there but has no stream of this name: look the address up in its manual"),
        (
            "[rtsp] method DESCRIBE failed: 404 Not Found",
            "is there but has no stream of this name: look the address up in its manual",
        ),
        (
            "Connection to tcp://10.0.0.9:40395 failed: Connection refused\nhttp://10.0.0.9:40395/401/404: Connection refused",
            "is there but nothing answers at this port: is it starting? is the port right?",
        ),
        ("Connection refused", "is there but nothing answers at this port: is it starting? is the port right?"),
        (
            "[concat @ 0x55] Impossible to open 'rtsp://cam/1'\npipe:0: Invalid data found when processing input",
            "is there but does not answer as a camera does: is it starting, or hung? is the port right?",
        ),
        ("No route to host", "does not answer: is it on and cabled? is the address right?"),
        ("Failed to resolve hostname cam: Name or service", "has a name that nobody knows: write its IP address"),
        ("/dev/video0: Device or resource busy", "is in use by another program: find it with fuser -v"),
        ("/dev/video0: Permission denied", "may not be opened: add the user of storebox to the group video"),
        ("moov atom not found\n\n Odd  words", "sends no more pictures; ffmpeg says: moov atom not found / Odd  words"),
        ("", "sends no more pictures: its stream ended"),
    ],
)
def test_ffmpeg_s_last_words_become_what_to_do(words: str, told: str) -> None:
    assert explain(words) == told


def test_no_login_leaves_the_process() -> None:
    words = "[concat @ 0x55cb] Impossible to open 'rtsp://bob:s3%3Acret@10.0.0.9/cam'\nrtsp://x@h/: 401 at https://a:b@h/?q=1"
    assert without_logins(words) == "[concat] Impossible to open 'rtsp://10.0.0.9/cam'\nrtsp://h/: 401 at https://h/?q=1"


def test_a_usb_camera_is_asked_for_its_size_and_rate() -> None:
    settings = usb.UsbCameraSettings(path="/dev/video0", width_px=1280, height_px=720, fps=15)
    capture = usb.capture(settings)
    wanted = ["-f", "v4l2", "-input_format", "mjpeg", "-video_size", "1280x720", "-framerate", "15", "-i", "/dev/video0"]
    assert list(capture.input) == wanted
    line = command(capture, None)
    assert line[:4] == ["setpriv", "--pdeathsig", "KILL", "ffmpeg"]
    assert line[-2:] == ["rawvideo", "pipe:1"]
    assert "mpjpeg" not in line
    assert command(capture, 9)[-2:] == ["mpjpeg", "pipe:9"]


def test_a_file_opens_no_other_protocol() -> None:
    capture = video_file.capture(video_file.VideoFileSettings(path=Path("/srv/shop: 1.mp4")))
    wanted = ["-re", "-stream_loop", "-1", "-protocol_whitelist", "file", "-i", "file:/srv/shop: 1.mp4"]
    assert list(capture.input) == wanted


def test_a_network_camera_s_address_is_told_on_standard_input_only(tmp_path: Path) -> None:
    secret = tmp_path / "password"
    secret.write_text("a b/c@d:e'f\n")
    capture = rtsp.capture(rtsp.RtspSettings(url="rtsp://10.0.0.9:554/s?ch=1", username="o'b", password_file=secret))
    assert capture.script.splitlines() == [
        "ffconcat version 1.0",
        "file 'rtsp://o%27b:a%20b%2Fc%40d%3Ae%27f@10.0.0.9:554/s?ch=1'",
        "option rtsp_transport tcp",
        "option timeout 5000000",
        "option allowed_media_types video",
    ]
    assert not [each for each in command(capture, 9) if "10.0.0.9" in each]
    assert capture.input[1] == "pipe,rtsp,rtp,tcp"


def test_an_http_camera_leads_nowhere_else() -> None:
    capture = http_mjpeg.capture(http_mjpeg.HttpMjpegSettings(url="http://10.0.0.9/video", username="bob"))
    assert capture.script.splitlines()[1:] == [
        "file 'http://bob@10.0.0.9/video'",
        "option rw_timeout 5000000",
        "option max_redirects 0",
    ]
    assert capture.input[1] == "pipe,http,https,tls,tcp"
