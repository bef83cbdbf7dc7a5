"""Cameras on the real wire: a clip, an RTSP server, an HTTP camera; and what becomes of a process that hangs or is killed."""

from __future__ import annotations

import asyncio
import re
import signal
import socket
import sys
from collections.abc import Awaitable, Callable
from contextlib import aclosing
from pathlib import Path
from typing import TYPE_CHECKING

import psutil
import pytest

from drivers.cameras.camera import Camera
from drivers.cameras.http_mjpeg import HttpMjpegSettings
from drivers.cameras.rtsp import RtspSettings
from drivers.cameras.usb import UsbCameraSettings
from drivers.cameras.video_file import VideoFileSettings
from drivers.commands import Refused, Tare
from drivers.contract import DeviceError, DeviceGone, DeviceSilent
from drivers.room_readings import CameraSeen
from drivers.sim.mjpeg_camera import MjpegCameraSim
from drivers.wires import camera as wire
from drivers.wires.pictures import Pictures

if TYPE_CHECKING:
    from tests.drivers.cameras.conftest import RtspServer

    Makes = Callable[..., Camera]
    Children = Callable[..., list[psutil.Process]]
    Until = Callable[[Callable[[], bool]], Awaitable[None]]

DEADLINE_S = 60
BOX = """
import asyncio, sys
from pathlib import Path
from drivers.cameras.video_file import DRIVER, VideoFileSettings
from drivers.contract import Wires
async def box():
    settings = VideoFileSettings(path=Path(sys.argv[1]), width_px=160, height_px=90, shown=True)
    async with DRIVER.open("cam-1", settings, Wires(broker=None)) as camera:
        async for reading in camera.readings():
            print(reading.picture, flush=True)
asyncio.run(box())
"""


def any_reading(_reading: CameraSeen) -> bool:
    return True


async def seen(camera: Camera, wanted: str = "live", fits: Callable[[CameraSeen], bool] = any_reading) -> CameraSeen:
    """The first reading that shows ``wanted`` and ``fits``; raises what the camera raises."""
    async with asyncio.timeout(DEADLINE_S), aclosing(camera.readings()) as readings:  # type: ignore[type-var]
        async for reading in readings:
            if reading.picture == wanted and fits(reading):
                return reading
    raise AssertionError("readings never end by themselves")


def held_open(process: psutil.Process) -> list[str]:
    """What the descriptors of ``process`` lead to."""
    return [str(each.readlink()) for each in Path(f"/proc/{process.pid}/fd").iterdir()]


async def failure(camera: Camera) -> DeviceError:
    """How the camera fails."""
    with pytest.raises(DeviceError) as failed:
        await seen(camera, "never")
    return failed.value


async def test_a_clip_is_a_camera_that_plays_over_and_over_and_its_pictures_are_whole(
    camera: Makes, clip: Path, pictures: Pictures, until: Until
) -> None:
    async with camera(VideoFileSettings(path=clip), shown=True) as cam:
        reading = await seen(cam)
        assert (reading.width_px, reading.height_px) == (160, 90)
        assert reading.fps > 0
        rings = pictures.rings["cam-1"]
        assert rings.jpeg is not None
        await until(lambda: rings.jpeg is not None and rings.jpeg.newest_sequence > 0)
        raw, jpeg = rings.raw.newest(), rings.jpeg.newest()
        assert raw is not None
        assert len(raw.data) == 160 * 90 * 3 // 2
        assert len(set(raw.data)) > 50
        assert jpeg is not None
        assert (jpeg.data[:2], jpeg.data[-2:]) == (b"\xff\xd8", b"\xff\xd9")
        await seen(cam, "live", lambda reading: reading.frames > 25)  # of a clip of twenty
    assert pictures.rings == {}


async def test_a_camera_that_is_not_shown_has_no_jpeg_and_what_a_slow_process_missed_is_counted(
    camera: Makes, clip: Path, pictures: Pictures, children: Children
) -> None:
    async with camera(VideoFileSettings(path=clip)) as cam:
        await seen(cam)
        assert pictures.rings["cam-1"].jpeg is None
        assert await cam.perform(Tare()) == Refused(reason="cam-1 cannot tare; it can: nothing")
        (process,) = children("python")
        process.suspend()
        await asyncio.sleep(0.5)
        process.resume()
        await seen(cam, "live", lambda reading: reading.skipped > 0)


async def test_a_camera_that_looks_into_a_private_space_is_never_opened(
    camera: Makes, clip: Path, pictures: Pictures, children: Children
) -> None:
    with pytest.raises(DeviceGone) as refused:
        async with camera(VideoFileSettings(path=clip), private_space=True):
            pass
    told = "cam-1 looks into a private space and is never opened: take [device.cam-1] out, and unplug it"
    assert str(refused.value) == told
    assert children("ffmpeg") == []
    assert pictures.rings == {}


async def test_a_file_that_is_not_there_is_gone(camera: Makes, tmp_path: Path) -> None:
    async with camera(VideoFileSettings(path=tmp_path / "none.mp4")) as cam:
        error = await failure(cam)
    assert isinstance(error, DeviceGone)
    assert str(error) == f"{tmp_path}/none.mp4 is not there: is it plugged in? is the path right?"


async def test_a_file_that_is_no_video_is_gone(camera: Makes, tmp_path: Path) -> None:
    (tmp_path / "noise.mp4").write_bytes(bytes(range(255, -1, -1)) * 20)
    async with camera(VideoFileSettings(path=tmp_path / "noise.mp4")) as cam:
        assert str(await failure(cam)) == f"{tmp_path}/noise.mp4 is there but sends no video that ffmpeg can read"


async def test_a_usb_camera_that_is_not_plugged_in_is_gone(camera: Makes) -> None:
    async with camera(UsbCameraSettings(path="/dev/v4l/by-id/none")) as cam:
        assert str(await failure(cam)) == "/dev/v4l/by-id/none is not there: is it plugged in? is the path right?"


async def test_a_path_that_is_no_camera_is_told(camera: Makes) -> None:
    async with camera(UsbCameraSettings(path="/dev/null")) as cam:
        assert str(await failure(cam)) == "/dev/null is there but sends no video that ffmpeg can read"


async def test_an_rtsp_camera_lives_freezes_goes_dark_and_drops(camera: Makes, rtsp_server: Callable[..., RtspServer]) -> None:
    server = rtsp_server()
    async with camera(RtspSettings(url=server.url), frozen_after_s=1.0) as cam:
        await seen(cam)
        server.show("black")
        await seen(cam, "black")
        server.show("live")
        await seen(cam)
        server.show("frozen")
        await seen(cam, "frozen")
        error = await failure(cam)
    assert isinstance(error, DeviceSilent)
    assert re.fullmatch(rf"{server.url} has shown the same picture for \d+ s; it is opened again", str(error))
    server.show("live")
    async with camera(RtspSettings(url=server.url)) as cam:
        await seen(cam)
        server.drop()
        assert isinstance(await failure(cam), DeviceGone)
    async with camera(RtspSettings(url=server.url)) as cam:
        error = await failure(cam)
    assert isinstance(error, DeviceGone)
    assert str(error) == f"{server.url} is there but nothing answers at this port: is it starting? is the port right?"


async def test_an_rtsp_camera_that_stops_sending_is_frozen_then_silent(
    camera: Makes, rtsp_server: Callable[..., RtspServer]
) -> None:
    server = rtsp_server()
    async with camera(RtspSettings(url=server.url), frozen_after_s=0.6) as cam:
        await seen(cam)
        server.mute()
        assert (await seen(cam, "frozen")).fps >= 0
        error = await failure(cam)
    assert isinstance(error, DeviceSilent)
    assert re.fullmatch(rf"{server.url} has sent no picture for \d+ s; it is opened again", str(error))


async def test_an_rtsp_camera_that_hangs_in_connect_is_given_up_and_said_to_hang(
    camera: Makes, monkeypatch: pytest.MonkeyPatch, children: Children
) -> None:
    monkeypatch.setattr("drivers.cameras.rtsp.SILENT_US", "500000")

    async def says_nothing(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read()
        writer.close()

    async with await asyncio.start_server(says_nothing, "127.0.0.1", 0) as server:
        url = f"rtsp://127.0.0.1:{server.sockets[0].getsockname()[1]}/cam"
        async with camera(RtspSettings(url=url)) as cam:
            error = await failure(cam)
    assert isinstance(error, DeviceGone)
    assert str(error) == f"{url} is there but does not answer as a camera does: is it starting, or hung? is the port right?"
    assert not children("ffmpeg")


async def test_an_rtsp_camera_asks_for_its_login_and_nobody_else_reads_it(
    camera: Makes, rtsp_server: Callable[..., RtspServer], tmp_path: Path, children: Children
) -> None:
    server, secret = rtsp_server("bob", "s3:cr/t@1"), tmp_path / "password"
    secret.write_text("s3:cr/t@1\n")
    settings = RtspSettings(url=server.url, username="bob", password_file=secret)
    async with camera(settings) as cam:
        await seen(cam)
        lines = [" ".join(each.cmdline()) for each in (*children("python"), *children("ffmpeg"))]
        assert any("rtsp" in line for line in lines)
        assert not [line for line in lines if "s3" in line and "rtsp_server.py" not in line]
    secret.write_text("wrong")
    async with camera(settings) as cam:
        assert str(await failure(cam)) == f"{server.url} refuses the login: check username and password_file"
    async with camera(RtspSettings(url=server.url.replace("/cam", "/other"))) as cam:
        told = f"{server.url[:-4]}/other is there but has no stream of this name: look the address up in its manual"
        assert str(await failure(cam)) == told


async def test_a_login_that_cannot_be_read_opens_nothing(camera: Makes, tmp_path: Path) -> None:
    settings = RtspSettings(url="rtsp://127.0.0.1/cam", username="bob", password_file=tmp_path / "none")
    with pytest.raises(DeviceGone, match=r"password_file .*/none cannot be read .*: write the camera's password into it"):
        await camera(settings).__aenter__()


async def test_an_http_camera_with_a_login_lives_and_freezes(camera: Makes, tmp_path: Path, pictures: Pictures) -> None:
    (tmp_path / "password").write_text("p w")
    async with MjpegCameraSim(login=("bob", "p w"), fps=20) as sim:
        settings = HttpMjpegSettings(url=sim.url, username="bob", password_file=tmp_path / "password")
        async with camera(settings, frozen_after_s=1.0, shown=True) as cam:
            await seen(cam)
            assert sim.logins
            sim.black = True
            await seen(cam, "black")
            sim.black, sim.frozen = False, True
            await seen(cam, "frozen")
            sim.frozen = False
            await seen(cam)
            await sim.server.unplug()
            assert str(await failure(cam)).startswith(sim.url)


async def test_an_http_camera_that_does_not_listen_is_told(camera: Makes) -> None:
    with socket.socket() as taken:  # and does not listen: a port that is merely free may be another's in a moment
        taken.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{taken.getsockname()[1]}/video"
        async with camera(HttpMjpegSettings(url=url)) as cam:
            told = f"{url} is there but nothing answers at this port: is it starting? is the port right?"
            assert str(await failure(cam)) == told


async def test_a_process_that_is_killed_is_gone_and_takes_ffmpeg_with_it(
    camera: Makes, clip: Path, children: Children, until: Until
) -> None:
    async with camera(VideoFileSettings(path=clip)) as cam:
        await seen(cam)
        (process,), (ffmpeg,) = children("python"), children("ffmpeg")
        process.kill()
        error = await failure(cam)
        await until(lambda: not ffmpeg.is_running() or ffmpeg.status() == psutil.STATUS_ZOMBIE)
    assert isinstance(error, DeviceGone)
    assert str(error) == "the process of cam-1 died (for lack of memory? the log has its last words); it is started again"


async def test_a_process_that_hangs_is_silent_and_is_killed(
    camera: Makes, clip: Path, children: Children, monkeypatch: pytest.MonkeyPatch, until: Until
) -> None:
    monkeypatch.setattr("drivers.cameras.camera.HANGS_AFTER_MS", 300)
    async with camera(VideoFileSettings(path=clip), frozen_after_s=60) as cam:
        async with asyncio.timeout(DEADLINE_S):
            while not children("ffmpeg"):  # noqa: ASYNC110
                await asyncio.sleep(0.01)
        (process,), (ffmpeg,) = children("python"), children("ffmpeg")
        ffmpeg.suspend()
        process.suspend()
        error = await failure(cam)
    assert isinstance(error, DeviceSilent)
    assert str(error) == "the process of cam-1 said nothing for 300 ms: it hangs and is killed"
    await until(lambda: not process.is_running() and not (ffmpeg.is_running() and ffmpeg.status() != psutil.STATUS_ZOMBIE))


async def test_no_picture_at_all_is_silent(camera: Makes, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("drivers.cameras.camera.FIRST_PICTURE_MS", 1_000)
    async with MjpegCameraSim() as sim:
        sim.mute = True
        async with camera(HttpMjpegSettings(url=sim.url)) as cam:
            error = await failure(cam)
    assert isinstance(error, DeviceSilent)
    assert str(error) == f"no picture from {sim.url} within 1 s: is the camera hung?"


async def test_without_ffmpeg_it_says_what_to_install(
    camera: Makes, clip: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "setpriv").symlink_to("/usr/bin/setpriv")
    monkeypatch.setenv("PATH", str(tmp_path))
    async with camera(VideoFileSettings(path=clip)) as cam:
        assert str(await failure(cam)) == f"{clip} needs ffmpeg: apt-get install ffmpeg"


async def test_a_machine_without_memory_says_so(camera: Makes, clip: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(wire, "PROGRAM", ("x" * (1 << 18),))  # longer than the kernel takes: E2BIG
    with pytest.raises(DeviceGone, match=r"cannot start the process of cam-1 \(Argument list too long\): is the machine out of"):
        await camera(VideoFileSettings(path=clip)).__aenter__()


async def test_a_closed_camera_says_so(camera: Makes, clip: Path) -> None:
    with pytest.raises(DeviceGone, match="cam-1 is not open"):
        await seen(camera(VideoFileSettings(path=clip)))


async def test_many_openings_leak_no_descriptor(camera: Makes, tmp_path: Path, until: Until) -> None:
    opened: list[int] = []
    for _ in range(3):
        async with camera(VideoFileSettings(path=tmp_path / "none.mp4"), shown=True) as cam:
            await failure(cam)
        await until(lambda: len(opened) < 2 or psutil.Process().num_fds() <= opened[1])  # some are closed a moment later
        opened.append(psutil.Process().num_fds())


async def test_a_killed_box_leaves_no_process_and_no_memory(clip: Path, children: Children, until: Until) -> None:
    box = await asyncio.create_subprocess_exec(sys.executable, "-c", BOX, str(clip), stdout=asyncio.subprocess.PIPE)
    assert box.stdout is not None
    async with asyncio.timeout(DEADLINE_S):
        assert await box.stdout.readline() == b"live\n"
    family = psutil.Process(box.pid).children(recursive=True)
    assert len(children("ffmpeg", psutil.Process(box.pid))) == 1
    # memory without a name ends with the last process that holds it
    assert any("memfd:cam-1-i420" in each for each in held_open(family[0]))
    box.send_signal(signal.SIGKILL)
    await box.wait()
    await until(lambda: not any(each.is_running() and each.status() != psutil.STATUS_ZOMBIE for each in family))
