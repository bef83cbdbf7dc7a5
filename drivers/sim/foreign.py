"""A client of the shop's broker that is no device of ours: what all simulated lights and plugs need, and no dialect.

async with Station(("127.0.0.1", 1883), login="lamp-1", password="…", hear=…, listens=["…/set"], will=("…", b"lost")) as station:
    station.say("…", b"on", retain=True)
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from typing import Any, Self

from drivers.sim.broker_client import BrokerClient
from drivers.sim.broker_options import add_broker, password_in
from drivers.sim.orders import Orders, obey_until_quit, options, tell


class Station:
    """Logs in, listens to ``listens``, leaves its last ``will`` (topic, payload) retained; ``greet`` is called at each login."""

    def __init__(
        self,
        address: tuple[str, int],
        *,
        login: str,
        password: str,
        listens: Sequence[str],
        hear: Callable[[str, bytes], None],
        greet: Callable[[], None],
        will: tuple[str, bytes],
    ) -> None:
        self.heard: list[tuple[str, bytes, bool]] = []
        self._tell_it = hear
        self._client = BrokerClient(
            address,
            login=login,
            password=password,
            listens=listens,
            will=will,
            ready=greet,
            hear=self._hear,
            refused=lambda why: tell({"error": why}),
            lost=lambda why: tell({"lost": why}),
        )

    async def __aenter__(self) -> Self:
        self.plug()
        await self.until(lambda: self._client.connected)
        return self

    async def __aexit__(self, *exc: object) -> None:
        await self._client.log_out()

    def plug(self) -> None:
        """Switch on."""
        self._client.plug()

    async def unplug(self) -> None:
        """Pull the plug: the broker publishes the last will."""
        end_thread = self._client.unplug()
        if end_thread is not None:
            await asyncio.to_thread(end_thread)

    def say(self, topic: str, payload: bytes, *, retain: bool = False, qos: int = 1) -> None:
        """Publish, if it is switched on."""
        self._client.publish(topic, payload, retain=retain, qos=qos)

    async def hears(self, topic: str, payload: bytes, deadline_s: float = 30.0) -> None:
        """Wait until it was told so; raises TimeoutError."""
        await self.until(lambda: any(told[:2] == (topic, payload) for told in self.heard), deadline_s)

    async def until(self, holds: Callable[[], bool], deadline_s: float = 30.0) -> None:
        """Wait until ``holds()``, looked at whenever something happens; raises TimeoutError."""
        await self._client.until(holds, deadline_s)

    def _hear(self, topic: str, payload: bytes, retained: bool) -> None:
        self.heard.append((topic, payload, retained))
        self._tell_it(topic, payload)


PLUG: Orders = {
    "unplug": ("", lambda sim: sim.station.unplug()),
    "plug": ("", lambda sim: sim.station.plug()),
}
BUTTON: Orders = {"press": ("", lambda sim: sim.press()), **PLUG}


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where a simulated device is, as its options say: ``device`` is its own name in its topics, ``login`` that at the broker."""

    address: tuple[str, int]
    device: str
    login: str
    password: str


def run(
    kind: str,
    make: Callable[[Place], AbstractAsyncContextManager[Any]],
    orders: Orders,
    argv: Sequence[str] | None,
    *,
    device: str,
) -> int:
    """Run what ``make`` builds until a signal or ``quit``; ``device`` is its name unless another is given."""
    parser = options(kind, orders)
    add_broker(parser)
    parser.add_argument("--device", default=device, help="its own name in its topics")
    parser.add_argument("--login", default=None, help="its name at the broker, by default --device")
    given = parser.parse_args(argv)
    password = password_in(parser, given.password_file)
    place = Place(address=given.broker, device=given.device, login=given.login or given.device, password=password)
    asyncio.run(obey_until_quit(lambda: _running(make(place)), orders))
    return 0


@asynccontextmanager
async def _running(device: AbstractAsyncContextManager[Any]) -> AsyncIterator[Any]:
    async with device as sim:
        tell({"running": True})
        yield sim
