"""What the page may see and ask for, as one thing that ``box.py`` fills: the page itself knows no supervisor and no wire."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from config.schema import Plugged, Settings
from drivers.commands import Answer, AnyCommand
from drivers.contract import Driver, Wires
from drivers.probe import Found, NothingFound
from edge.asking import Asker
from edge.discovery.discovery import Discovery
from edge.job_desk import JobDesk
from edge.recording import Recording
from edge.shop_desk import ShopDesk
from edge.status import Board

if TYPE_CHECKING:
    from edge.faces.window import FacesWindow
    from edge.mirror.glass import Glass
    from edge.vision.window import Window
    from sync.journal import Journal


class Turning(Protocol):
    """A sign of life for the watchdog (edge.host.watchdog.Pulse)."""

    def turn(self) -> None:
        """The page's loop came round."""


@dataclass(frozen=True, slots=True, kw_only=True)
class View:
    """The box as the page sees it.

    ``drivers`` by the name that the settings use (``scale/mt-sics``); ``ask(device, command, asker)`` asks a device,
    ``restart(device, asker)`` closes and opens it; ``probe(port)`` finds out what speaks at a serial port, or
    raises PortInUse or DeviceError; ``record(device)`` records its wire while inside ``with``, or raises CannotRecord;
    ``discoveries()`` is what is there and not used; ``jobs`` is where jobs are left and settled,
    ``desk`` where the shop is asked to decide something;
    ``adopt(jws)`` adopts a signed document and says which, or raises DocumentRefused (and JournalUnavailable, CloudError,
    SettingUnreadable: try again); ``join(code)`` claims the box and returns its store, or raises ClaimRefused or OSError;
    ``metrics()`` is the Prometheus text; ``announce(text)`` prints on the box's console (the first password, once);
    ``eyes`` are the cameras that count, None where none does; ``glass`` are the mirrors that are painted;
    ``faces`` is where members are recognised by face, None where a shop does not want it;
    ``written()`` are the settings of the file as they were read last;
    ``plugged()`` are the devices of the settings in use, ``wires`` what devices share with the page;
    ``clock`` counts seconds and never jumps.
    """

    settings: Settings
    version: str
    board: Board
    journal: Journal
    drivers: Mapping[str, Driver]
    ready: Callable[[], bool]
    ask: Callable[[str, AnyCommand, Asker], Awaitable[Answer]]
    restart: Callable[[str, Asker], Awaitable[Answer]]
    probe: Callable[[str], Awaitable[Found | NothingFound]]
    record: Callable[[str], AbstractContextManager[Recording]]
    discoveries: Callable[[], Sequence[Discovery]]
    jobs: JobDesk
    desk: ShopDesk
    adopt: Callable[[str], Awaitable[str]]
    join: Callable[[str], Awaitable[str]]
    metrics: Callable[[], Awaitable[bytes]]
    written: Callable[[], Settings]
    plugged: Callable[[], Mapping[str, Plugged]]
    wires: Wires
    pulse: Turning
    announce: Callable[[str], None]
    eyes: Window | None = None
    glass: Glass | None = None
    faces: FacesWindow | None = None
    clock: Callable[[], float] = time.monotonic
