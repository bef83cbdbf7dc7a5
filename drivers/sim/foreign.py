"""A client of the shop's broker that is no device of ours: what all simulated lights and plugs need, and no dialect.

async with Station(("127.0.0.1", 1883), login="lamp-1", password="…", hear=…, listens=["…/set"], will=("…", b"lost")) as station:
    station.say("…", b"on", retain=True)
"""

from __future__ import annotations

import asyncio
import json
import socket
import sys
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

import paho.mqtt.client as mqtt
from paho.mqtt.enums import CallbackAPIVersion

from drivers.sim.orders import Orders, obey_until_quit, options, tell

Hear = Callable[[str, bytes], None]


class Station:
    """Logs in, listens to ``listens``, leaves its last ``will`` (topic, payload) retained; ``greet`` is called at each login."""

    def __init__(
        self,
        address: tuple[str, int],
        *,
        login: str,
        password: str,
        listens: Sequence[str],
        hear: Hear,
        greet: Callable[[], None],
        will: tuple[str, bytes],
    ) -> None:
        self.heard: list[tuple[str, bytes, bool]] = []
        self._address, self._login, self._password = address, login, password
        self._listens, self._hear, self._greet, self._will = list(listens), hear, greet, will
        self._client: mqtt.Client | None = None
        self._connected = False
        self._happened = asyncio.Event()

    async def __aenter__(self) -> Self:
        self._loop = asyncio.get_running_loop()
        self.plug()
        await self.until(lambda: self._connected)
        return self

    async def __aexit__(self, *exc: object) -> None:
        client, self._client = self._client, None
        if client is not None:
            client.disconnect()
            await asyncio.to_thread(client.loop_stop)

    def plug(self) -> None:
        """Switch on."""
        client = mqtt.Client(CallbackAPIVersion.VERSION2, client_id=self._login, clean_session=True)
        client.username, client.password = self._login, self._password
        client.will_set(self._will[0], self._will[1], qos=1, retain=True)
        client.reconnect_delay_set(1, 2)
        client.on_connect = self._from_thread(self._on_connect)
        client.on_subscribe = self._from_thread(self._on_subscribe)
        client.on_message = self._from_thread(self._on_message)
        client.connect_async(*self._address, keepalive=30)
        client.loop_start()
        self._client = client

    async def unplug(self) -> None:
        """Pull the plug: TCP ends without DISCONNECT, so the broker publishes the last will."""
        client, self._client, self._connected = self._client, None, False
        if client is None:
            return
        client.on_connect = client.on_subscribe = client.on_message = None
        wire: Any = client.socket()
        if wire is not None:
            wire.shutdown(socket.SHUT_RDWR)
        await asyncio.to_thread(client.loop_stop)

    def say(self, topic: str, payload: bytes, *, retain: bool = False, qos: int = 1) -> None:
        """Publish, if it is switched on."""
        if self._client is not None:
            self._client.publish(topic, payload, qos=qos, retain=retain)

    async def hears(self, topic: str, payload: bytes, deadline_s: float = 30.0) -> None:
        """Wait until it was told so; raises TimeoutError."""
        await self.until(lambda: any(told[:2] == (topic, payload) for told in self.heard), deadline_s)

    async def until(self, holds: Callable[[], bool], deadline_s: float = 30.0) -> None:
        """Wait until ``holds()``, looked at whenever something happens; raises TimeoutError."""
        async with asyncio.timeout(deadline_s):
            while not holds():
                self._happened.clear()
                await self._happened.wait()

    def _from_thread(self, then: Callable[..., None]) -> Callable[..., None]:
        """paho calls back on its own thread; everything here runs on the event loop."""

        def hand_over(client: mqtt.Client, _userdata: Any, *told: Any) -> None:
            if not self._loop.is_closed():
                self._loop.call_soon_threadsafe(then, client, *told)
                self._loop.call_soon_threadsafe(self._happened.set)

        return hand_over

    def _on_connect(self, client: mqtt.Client, _flags: Any, reason: Any, _told: Any) -> None:
        if reason.is_failure:
            print(json.dumps({"error": f"the broker refused {self._login}: {reason}"}), file=sys.stderr)
            return
        client.subscribe([(one, 1) for one in self._listens])

    def _on_subscribe(self, _client: mqtt.Client, _mid: int, _reasons: Any, _told: Any) -> None:
        self._connected = True
        self._greet()

    def _on_message(self, _client: mqtt.Client, message: mqtt.MQTTMessage) -> None:
        self.heard.append((message.topic, bytes(message.payload), message.retain))
        self._hear(message.topic, bytes(message.payload))


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
    parser.add_argument("--broker", required=True, metavar="HOST:PORT")
    parser.add_argument("--device", default=device, help="its own name in its topics")
    parser.add_argument("--login", default=None, help="its name at the broker, by default --device")
    parser.add_argument("--password-file", type=Path, required=True)
    given = parser.parse_args(argv)
    host, _, port = given.broker.rpartition(":")
    password = given.password_file.read_text().strip()
    place = Place(address=(host, int(port)), device=given.device, login=given.login or given.device, password=password)
    asyncio.run(obey_until_quit(lambda: _running(make(place)), orders))
    return 0


@asynccontextmanager
async def _running(device: AbstractAsyncContextManager[Any]) -> AsyncIterator[Any]:
    async with device as sim:
        tell({"running": True})
        yield sim
