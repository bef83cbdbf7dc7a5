"""Answers of a music player, and what it is asked for."""

from __future__ import annotations

from contextlib import suppress

from drivers.ambience.mpd_talk import read_line
from drivers.ambience.music_mpd import decode, encode
from drivers.commands import SetProperty
from drivers.contract import DeviceError


def feed(data: bytes) -> None:
    """Lines of an answer; each is asked for as well. A command is one line, whatever somebody wishes for."""
    told: dict[str, str] = {}
    for line in data.split(b"\n"):
        with suppress(DeviceError):
            name, value = read_line(line, "127.0.0.1:6600")
            told[name] = value
            asked = encode(SetProperty(property=name, value=value))
            if isinstance(asked, tuple) and any("\n" in each for each in asked):
                raise AssertionError(f"more than one command in {asked}")
    decode(told, told)
