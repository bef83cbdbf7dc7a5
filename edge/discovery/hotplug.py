"""Looks every second, and at every event of udev: a port that came back is opened at once, and what nobody uses is listed.

Without it a device waits for its next try, up to 30 s if it had failed while plugged in, and a technician reads port names out
of /dev.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from os.path import realpath
from pathlib import Path
from typing import NoReturn
from urllib.parse import urlsplit

import structlog

from config.schema import Plugged
from edge.devices import Devices
from edge.discovery.arrivals import Arrivals
from edge.discovery.discovery import Discovery
from edge.discovery.plugged_in import DEV, plugged_in
from edge.status import Board

log = structlog.get_logger()

LOOK_S = 1.0


@dataclass(slots=True, kw_only=True)
class Hotplug:
    """``network`` says what was found there; ``unused`` is what no device of the settings uses, as of the last look.

    ``also_used``: addresses that the box uses itself.
    """

    devices: Devices
    board: Board
    network: Callable[[], Iterable[Discovery]] = tuple
    also_used: frozenset[str] = frozenset()
    dev: Path = DEV
    unused: tuple[Discovery, ...] = ()
    _there: dict[str, bool] = field(default_factory=dict)
    """Of each device that has a path: whether it led somewhere at the last look."""

    async def run(self) -> NoReturn:
        """Look for ever."""
        async with Arrivals() as arrivals:
            while True:
                self.look()
                await arrivals.wait(LOOK_S)

    def look(self) -> None:
        """See what is there now."""
        plugged = self.devices.plugged()
        self._reconnect(plugged)
        used = self.also_used.union(*(places(device) for device in plugged.values()))
        found = (*plugged_in(self.dev), *self.network())
        unused = tuple(each for each in found if used.isdisjoint(_known_as(each)))
        if unused != self.unused:
            self.unused = unused
            self.board.touch()

    def _reconnect(self, plugged: Mapping[str, Plugged]) -> None:
        before, self._there = self._there, {}
        for name, device in plugged.items():
            paths = list(_paths(device))
            if not paths:
                continue
            there = self._there[name] = all(Path(path).exists() for path in paths)
            if there and not before.get(name, True):
                log.debug("a port came back", device=name)
                self.devices.reconnect(name)


def places(plugged: Plugged) -> Iterator[str]:
    """Everything that the settings of a device could name a place by: paths as they lead now, addresses, hosts."""
    values = dict(plugged.settings)
    yield from (realpath(path) for path in _paths(plugged))
    for value in values.values():
        if isinstance(value, str) and not value.startswith("/"):
            yield urlsplit(value).hostname or value if "://" in value else value
    if isinstance(values.get("host"), str):
        yield f"{values['host']}:{values.get('port', '')}"


def _known_as(found: Discovery) -> Iterator[str]:
    """By what the settings would know it: where its path leads, its address, its topics at the broker."""
    yield realpath(found.address) if found.address.startswith("/") else found.address
    if found.lines and "topic_prefix" in found.lines:
        yield str(found.lines["topic_prefix"])


def _paths(plugged: Plugged) -> Iterator[str]:
    for value in dict(plugged.settings).values():
        if isinstance(value, str | Path) and str(value).startswith("/"):
            yield str(value)
