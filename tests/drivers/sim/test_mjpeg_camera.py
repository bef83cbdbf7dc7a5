"""The simulated HTTP camera obeys, says what it cannot do, and answers as RFC 2046 asks."""

from __future__ import annotations

import aiohttp
import pytest

from drivers.sim.mjpeg_camera import ORDERS, MjpegCameraSim, main
from drivers.sim.orders import obey


async def test_it_sends_one_jpeg_after_another() -> None:
    async with MjpegCameraSim(fps=30) as camera, aiohttp.ClientSession() as session:
        async with session.get(camera.url) as answer:
            reader = aiohttp.MultipartReader.from_response(answer)
            parts = [await (await reader.next()).read() for _ in range(3)]  # type: ignore[union-attr]
        async with session.get(camera.url.replace("/video", "/")) as answer:
            assert answer.status == 404
        camera.login = ("bob", "secret")
        async with session.get(camera.url) as answer:
            assert answer.status == 401
    assert len({bytes(part) for part in parts}) == 3
    assert all(part[:2] == b"\xff\xd8" and part[-2:] == b"\xff\xd9" for part in parts)


async def test_it_obeys_and_says_what_it_cannot_do() -> None:
    async with MjpegCameraSim() as camera:
        assert [await obey(camera, ORDERS, f"{order} on") for order in ("frozen", "black", "mute")] == ["", "", ""]
        assert (camera.frozen, camera.black, camera.mute) == (True, True, True)
        assert await obey(camera, ORDERS, "unplug") == await obey(camera, ORDERS, "plug") == ""
        assert await obey(camera, ORDERS, "black maybe") == "cannot do 'black maybe': it is black on|off"
        can = "the orders are frozen on|off, black on|off, mute on|off, unplug, plug, quit"
        assert await obey(camera, ORDERS, "shake") == f"cannot do 'shake': {can}"


def test_a_rate_that_cannot_be_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["--fps", "31"])
    assert "invalid choice: 31" in capsys.readouterr().err
