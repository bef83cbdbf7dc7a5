"""A customer display on a pole: bytes in, nothing out, and what a shopper would read.

A dialect knows one manual; this file knows the cable, and what can be done to a display by hand.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from contextlib import AsyncExitStack
from pathlib import Path
from types import TracebackType
from typing import Generic, Protocol, Self, TypeVar

from drivers.sim.orders import Orders, check_link, obey_until_quit, options, tell
from drivers.sim.pty_port import PtyPort, on_a_cable

Told = dict[str, object]


class Dialect(Protocol):
    """One manual."""

    def hear(self, data: bytes) -> None:
        """Obey what the host sent; keeps an unfinished command for the next time."""
        ...

    def shown(self) -> Told:
        """What stands on the display."""
        ...


D = TypeVar("D", bound=Dialect)


class PoleDisplaySim(Generic[D]):
    """``await until(lambda display: …)`` waits for what is shown. Switched off it hears nothing, and nobody can tell."""

    def __init__(self, dialect: D, *, link: Path | None = None, tell: Callable[[Told], None] | None = None) -> None:
        self.dialect = dialect
        self.switched_on = True
        self._link = link
        self._tell = tell or _tell_nobody
        self._changed = asyncio.Condition()
        self._open = AsyncExitStack()

    async def __aenter__(self) -> Self:
        self._wire = await self._open.enter_async_context(on_a_cable(self._link, "display", self._listen))
        self.plug()
        return self

    async def __aexit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        await self._open.__aexit__(kind, error, trace)

    @property
    def port(self) -> str:
        """The path to open."""
        return str(self._wire.link)

    def plug(self) -> None:
        self._wire.plug()
        self._tell({"listening": self.port})

    def unplug(self) -> None:
        self._wire.unplug()

    async def until(self, holds: Callable[[D], bool]) -> None:
        """Wait until the display shows it."""
        async with self._changed:
            await self._changed.wait_for(lambda: holds(self.dialect))

    async def _listen(self, wire: PtyPort) -> None:
        while True:
            data = await wire.read()
            if not self.switched_on:
                continue
            self.dialect.hear(data)
            self._tell(self.dialect.shown())
            async with self._changed:
                self._changed.notify_all()


def _tell_nobody(_told: Told) -> None:
    pass


ORDERS: Orders = {
    "off": ("", lambda display: setattr(display, "switched_on", False)),
    "on": ("", lambda display: setattr(display, "switched_on", True)),
    "unplug": ("", lambda display: display.unplug()),
    "plug": ("", lambda display: display.plug()),
}


def run_display(make: Callable[..., PoleDisplaySim[D]], argv: Sequence[str] | None, *, name: str) -> int:
    """Run the display that ``make`` builds until a signal or ``quit``."""
    parser = options(name, ORDERS)
    parser.add_argument("--link", type=Path, required=True, help="where the port appears, for example /tmp/display")
    given = parser.parse_args(argv)
    check_link(parser, given.link)
    asyncio.run(obey_until_quit(lambda: make(link=given.link, tell=tell), ORDERS))
    return 0
