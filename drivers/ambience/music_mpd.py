"""Music by the Music Player Daemon (MPD): volume, what plays, which playlist. It tells its changes by itself (``idle``).

A command has a conversation of its own, so that nothing interrupts the one that listens.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncGenerator, Mapping
from contextlib import AsyncExitStack
from pathlib import Path
from types import TracebackType
from typing import Annotated, Self

from pydantic import Field

from config.schema import Section
from drivers.ambience.mpd_talk import MpdTalk, MusicRefused, quoted
from drivers.commands import Accepted, Answer, AnyCommand, Done, Refused, SetProperty, cannot
from drivers.contract import DeviceGone, DeviceSilent, Driver, Wires
from drivers.readings import AnyReading, Presence
from drivers.room_readings import PropertySeen
from drivers.wires.stamp import stamp

LISTENED = "idle player mixer options"
VOLUME = re.compile(r"[0-9]{1,3}")
SETTABLE = "volume (0 to 100), state (play, pause or stop), playlist (a name)"


class MpdSettings(Section):
    """``[device.<name>]`` of a player. ``ask_every_s``: so often it is asked whether it is still there."""

    host: Annotated[str, Field(min_length=1, max_length=253)] = "127.0.0.1"
    port: Annotated[int, Field(ge=1, le=65535)] = 6600
    password_file: Path | None = None
    ask_every_s: Annotated[int, Field(ge=1, le=300)] = 10


def decode(status: Mapping[str, str], song: Mapping[str, str]) -> dict[str, str]:
    """The properties that the answers to ``status`` and ``currentsong`` tell; a player without a mixer has no volume."""
    told = {"state": status.get("state", "stop")}
    if "volume" in status and status["volume"] != "-1":
        told["volume"] = status["volume"]
    told["title"] = " - ".join(song[name] for name in ("Artist", "Title") if name in song) or song.get("file", "")
    return told


def encode(command: SetProperty) -> tuple[str, ...] | Refused:
    """The lines that ask for it, in order."""
    name, value = command.property, command.value
    match name:
        case "volume" if VOLUME.fullmatch(value) and int(value) <= 100:
            return (f"setvol {int(value)}",)
        case "state" if value == "stop":
            return ("stop",)
        case "state" if value in {"play", "pause"}:
            return ("play",) if value == "play" else ("pause 1",)
        case "playlist" if value:
            return ("clear", f"load {quoted(value)}", "play")
    return Refused(reason=f"{name} = {value[:40]!r} cannot be set; a music player knows {SETTABLE}")


class MusicMpd:
    """One player."""

    def __init__(self, device: str, settings: MpdSettings) -> None:
        self._device, self._settings = device, settings
        self._talk = MpdTalk(settings.host, settings.port)
        self._open = AsyncExitStack()

    async def __aenter__(self) -> Self:
        async with AsyncExitStack() as opening:
            await opening.enter_async_context(self._talk)
            await self._log_in(self._talk)
            self._open = opening.pop_all()
        return self

    async def __aexit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        await self._open.__aexit__(kind, error, trace)

    async def readings(self) -> AsyncGenerator[AnyReading, None]:
        """Presence, then every property that changes. Raises DeviceGone, DeviceSilent, BadFrame."""
        known: dict[str, str] = {}
        yield Presence(**stamp(self._device), state="ready")
        while True:
            told = decode(await self._talk.ask("status"), await self._talk.ask("currentsong"))
            stamped = stamp(self._device)
            for name, value in told.items():
                if known.get(name) != value:
                    unit = "%" if name == "volume" else ""
                    yield PropertySeen(**stamped, property=name, value=value, unit=unit)
            known = told
            await self._wait_for_change()

    async def _wait_for_change(self) -> None:
        await self._talk.say(LISTENED)
        try:
            await self._talk.answer(self._settings.ask_every_s * 1000)
        except DeviceSilent:  # nothing changed; its answer to this proves that it is there
            await self._talk.say("noidle")
            await self._talk.answer()

    async def perform(self, command: AnyCommand) -> Answer:
        """Set a property: done when the player reports it. Raises DeviceGone, DeviceSilent, BadFrame."""
        if not isinstance(command, SetProperty):
            return cannot(command, self._device, "set-property")
        lines = encode(command)
        if isinstance(lines, Refused):
            return lines
        async with MpdTalk(self._settings.host, self._settings.port) as talk:
            try:
                await self._log_in(talk)
                for line in lines:
                    await talk.ask(line, deadline_ms=command.deadline_ms)
            except MusicRefused as error:
                return Refused(reason=str(error))
            return await self._reached(talk, command)

    async def _reached(self, talk: MpdTalk, command: SetProperty) -> Answer:
        wanted = {"state": "play"} if command.property == "playlist" else {command.property: command.value}
        try:
            async with asyncio.timeout(command.deadline_ms / 1000):
                while not wanted.items() <= decode(await talk.ask("status"), {}).items():
                    await talk.ask(LISTENED, deadline_ms=command.deadline_ms)
        except (TimeoutError, DeviceSilent):
            return Accepted(detail=f"taken, but {self._device} does not report {command.property} = {command.value} yet")
        return Done(detail=f"{command.property} = {command.value}")

    async def _log_in(self, talk: MpdTalk) -> None:
        file = self._settings.password_file
        if file is None:
            return
        try:
            password = file.read_text("utf-8").strip()
        except (OSError, UnicodeDecodeError) as error:
            raise DeviceGone(f"password_file {file} of {self._device} cannot be read: {error}; mend it") from error
        await talk.ask(f"password {quoted(password)}")


def _open(device: str, settings: MpdSettings, _wires: Wires) -> MusicMpd:
    return MusicMpd(device, settings)


DRIVER = Driver(kind="music", settings_class=MpdSettings, open=_open, commands=(SetProperty,))
