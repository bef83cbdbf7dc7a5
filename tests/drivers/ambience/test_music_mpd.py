"""Music: against the real player from the distribution, and against one that misbehaves."""

from __future__ import annotations

import asyncio
import shutil
import socket
import subprocess
import wave
from collections.abc import AsyncIterator, Iterator
from contextlib import aclosing, asynccontextmanager, closing, suppress
from dataclasses import dataclass
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.ambience.mpd_talk import MpdTalk, quoted
from drivers.ambience.music_mpd import DRIVER, MpdSettings, MusicMpd, decode, encode
from drivers.commands import Accepted, Done, Refused, SetProperty, Tare
from drivers.contract import BadFrame, DeviceError, DeviceGone, DeviceSilent
from drivers.readings import AnyReading, Presence
from drivers.room_readings import PropertySeen
from drivers.sim.mpd import ORDERS, MpdSim
from drivers.sim.orders import obey

EVENTUALLY_S = 60.0


async def until(readings: AsyncIterator[AnyReading], property_: str, value: str) -> PropertySeen:
    """The next reading that says so."""
    async with asyncio.timeout(EVENTUALLY_S):
        async for reading in readings:
            if isinstance(reading, PropertySeen) and (reading.property, reading.value) == (property_, value):
                return reading
    raise AssertionError(f"{property_} never was {value}")


def player(port: int, **given: object) -> MusicMpd:
    return MusicMpd("music-1", MpdSettings(port=port, **given))


@dataclass(frozen=True)
class Real:
    """A real mpd in a folder of its own."""

    port: int
    folder: Path


@pytest.fixture(scope="module")
def mpd(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Real]:
    program = shutil.which("mpd")
    assert program, "install the Debian package mpd (.ci/set-up test does)"
    folder = tmp_path_factory.mktemp("mpd")
    (folder / "music").mkdir()
    (folder / "playlists").mkdir()
    with wave.open(str(folder / "music" / "quiet.wav"), "wb") as quiet:
        quiet.setparams((1, 2, 8000, 0, "NONE", ""))
        quiet.writeframes(bytes(2 * 8000 * 60))
    (folder / "playlists" / "evening.m3u").write_text("quiet.wav\n")
    with closing(socket.socket()) as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    (folder / "mpd.conf").write_text(
        f'music_directory "{folder}/music"\nplaylist_directory "{folder}/playlists"\ndb_file "{folder}/db"\n'
        f'log_file "{folder}/log"\nbind_to_address "127.0.0.1"\nport "{port}"\npassword "s3cret@read,add,control,admin"\n'
        'default_permissions "read"\naudio_output {\n type "null"\n name "nothing"\n mixer_type "software"\n}\n'
    )
    running = subprocess.Popen([program, "--no-daemon", "--stderr", str(folder / "mpd.conf")], stderr=subprocess.DEVNULL)
    yield Real(port, folder)
    running.terminate()
    running.wait(timeout=EVENTUALLY_S)


async def reachable(port: int) -> None:
    async with asyncio.timeout(EVENTUALLY_S):
        while True:
            with suppress(DeviceGone):
                async with MpdTalk("127.0.0.1", port):
                    return
            await asyncio.sleep(0.05)


async def test_a_real_player_does_what_it_is_asked_and_says_so(mpd: Real, tmp_path: Path) -> None:
    await reachable(mpd.port)
    async with MpdTalk("127.0.0.1", mpd.port) as talk:
        await talk.ask('password "s3cret"')
        await talk.ask("update")
        while "updating_db" in await talk.ask("status"):
            await talk.ask("idle update")
    (tmp_path / "password").write_text("s3cret\n")
    async with player(mpd.port, password_file=tmp_path / "password") as music, aclosing(music.readings()) as readings:
        first = await anext(readings)
        assert isinstance(first, Presence)
        assert await music.perform(SetProperty(property="playlist", value="evening")) == Done(detail="playlist = evening")
        await until(readings, "state", "play")
        assert await music.perform(SetProperty(property="volume", value="30")) == Done(detail="volume = 30")
        assert (await until(readings, "volume", "30")).unit == "%"
        assert await music.perform(SetProperty(property="state", value="stop")) == Done(detail="state = stop")
        await until(readings, "state", "stop")
        assert await music.perform(SetProperty(property="playlist", value="no such")) == Refused(
            reason="the music player says: No such playlist"
        )
    async with player(mpd.port) as stranger:
        refused = await stranger.perform(SetProperty(property="volume", value="10"))
        assert isinstance(refused, Refused)
        assert "permission" in refused.reason


async def test_a_knob_that_somebody_turns_is_seen() -> None:
    async with MpdSim() as sim, player(sim.port) as music, aclosing(music.readings()) as readings:
        await until(readings, "volume", "40")
        sim.change(volume=55, title="Blue in Green")
        await until(readings, "volume", "55")
        await until(readings, "title", "Blue in Green")
        assert await obey(sim, ORDERS, "volume 12") == ""
        await until(readings, "volume", "12")


async def test_a_player_that_takes_a_command_and_does_nothing_has_not_reached_it() -> None:
    async with MpdSim() as sim, player(sim.port) as music:
        sim.deaf = True
        answer = await music.perform(SetProperty(property="volume", value="10", deadline_ms=1_500))
        assert answer == Accepted(detail="taken, but music-1 does not report volume = 10 yet")


async def test_a_quiet_player_is_asked_and_a_mute_one_is_silent() -> None:
    async with MpdSim() as sim, player(sim.port, ask_every_s=1) as music, aclosing(music.readings()) as readings:
        await until(readings, "volume", "40")
        listening = asyncio.ensure_future(until(readings, "volume", "41"))
        await sim.hears("noidle")
        sim.mute = True
        with pytest.raises(DeviceSilent, match=r"no answer from 127\.0\.0\.1:"):
            await listening


async def test_a_player_that_hangs_up_is_gone() -> None:
    async with MpdSim() as sim, player(sim.port) as music, aclosing(music.readings()) as readings:
        await until(readings, "volume", "40")
        sim.hang_up()
        with pytest.raises(DeviceGone, match=r"hung up|was lost"):
            await until(readings, "volume", "41")
    with pytest.raises(DeviceGone, match=r"cannot connect to 127\.0\.0\.1:"):
        await player(sim.port).__aenter__()


async def test_half_an_answer_is_silence() -> None:
    async with MpdSim() as sim, MpdTalk("127.0.0.1", sim.port) as talk:
        sim.half_lines = True
        await talk.say("status")
        with pytest.raises(DeviceSilent):
            await talk.answer(100)


@asynccontextmanager
async def says(*lines: bytes) -> AsyncIterator[int]:
    """The port of a server that greets with the first line and answers everything with the others."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(lines[0])
        with suppress(ConnectionError):
            while await reader.readline():
                writer.write(b"".join(lines[1:]))
        writer.close()

    async with asyncio.TaskGroup() as tasks:
        server = await asyncio.start_server(lambda *ends: tasks.create_task(serve(*ends)) and None, "127.0.0.1", 0)
        yield server.sockets[0].getsockname()[1]
        server.close()


@pytest.mark.parametrize(
    ("lines", "problem"),
    [
        ((b"SSH-2.0-OpenSSH\r\n",), "is no music player (MPD): it says b'SSH-2.0-OpenSSH\\r'; check the port"),
        ((b"OK MPD 0.23.5\n", b"what?\n"), "says b'what?', which is no answer of a music player"),
        ((b"OK MPD 0.23.5\n", b"a: b\n" * 70_000), "an answer of 127.0.0.1"),
        ((b"OK MPD 0.23.5\n", b"a" * 300_000), "a line of 127.0.0.1"),
    ],
)
async def test_another_server_is_told_from_a_player(lines: tuple[bytes, ...], problem: str) -> None:
    async with says(*lines) as port:
        with pytest.raises(BadFrame) as told:
            async with MpdTalk("127.0.0.1", port) as talk:
                await talk.ask("status")
    assert problem in str(told.value)


async def test_a_password_that_cannot_be_read_is_told(tmp_path: Path) -> None:
    async with MpdSim() as sim:
        with pytest.raises(DeviceGone, match=r"password_file .*none of music-1 cannot be read: .*; mend it"):
            await player(sim.port, password_file=tmp_path / "none").__aenter__()


@pytest.mark.parametrize(
    ("property_", "value", "lines"),
    [
        ("volume", "7", ("setvol 7",)),
        ("state", "play", ("play",)),
        ("state", "pause", ("pause 1",)),
        ("playlist", 'a "b" \\ c\nstop', ("clear", 'load "a \\"b\\" \\\\ c stop"', "play")),
    ],
)
def test_what_a_player_is_told(property_: str, value: str, lines: tuple[str, ...]) -> None:
    assert encode(SetProperty(property=property_, value=value)) == lines


@pytest.mark.parametrize(
    ("property_", "value"),
    [("volume", "101"), ("volume", "-1"), ("volume", "²"), ("volume", "9" * 5_000), ("state", "loud"), ("x", "1")],
)
def test_what_a_player_does_not_know_is_refused(property_: str, value: str) -> None:
    assert encode(SetProperty(property=property_, value=value)) == Refused(
        reason=f"{property_} = {value[:40]!r} cannot be set; a music player knows volume (0 to 100), "
        "state (play, pause or stop), playlist (a name)"
    )


async def test_a_player_weighs_nothing() -> None:
    assert await player(1).perform(Tare()) == Refused(reason="music-1 cannot tare; it can: set-property")
    assert DRIVER.commands == (SetProperty,)


def test_what_a_status_says() -> None:
    assert decode({"state": "play", "volume": "-1"}, {"file": "a.mp3"}) == {"state": "play", "title": "a.mp3"}
    assert decode({"volume": "3"}, {"Artist": "A", "Title": "B"}) == {"state": "stop", "volume": "3", "title": "A - B"}


@given(st.text())
def test_an_argument_is_one_line_in_quotes(text: str) -> None:
    line = quoted(text)
    assert line[0] == line[-1] == '"'
    assert not set(line) & set("\r\n\x00")


@given(st.binary(max_size=200))
async def test_whatever_a_server_says_only_device_errors_come_of_it(said: bytes) -> None:
    async with says(b"OK MPD 0.23.5\n", said + b"\nOK\n") as port:
        with suppress(DeviceError):
            async with MpdTalk("127.0.0.1", port) as talk:
                await talk.ask("status", deadline_ms=500)
