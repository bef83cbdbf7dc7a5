"""A client of the shop's broker: logs in until it is let in, listens, can be unplugged; what it hears is told on the event loop.

A device of ours (``mqtt_device.py``) and one of another maker (``foreign.py``) differ in what they say only.
"""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Callable, Sequence
from typing import Any

import paho.mqtt.client as mqtt
from paho.mqtt.enums import CallbackAPIVersion

Hear = Callable[[str, bytes, bool], None]
RECONNECTS_AFTER_S = (0.25, 2)
"""The first and the longest of the waits between two attempts; each is twice the one before."""


class BrokerClient:
    """Leaves its last ``will`` (topic, payload) retained. At each login it calls ``ready``, once all of ``listens`` is heard.

    ``hear(topic, payload, retained)`` is called with each message, ``refused(why)`` and ``lost(why)`` when that happens.
    """

    def __init__(
        self,
        address: tuple[str, int],
        *,
        login: str,
        password: str,
        listens: Sequence[str],
        will: tuple[str, bytes],
        ready: Callable[[], None],
        hear: Hear,
        refused: Callable[[str], None],
        lost: Callable[[str], None],
    ) -> None:
        self.connected = False
        self._address, self._login, self._password = address, login, password
        self._listens, self._will = list(listens), will
        self._ready, self._hear, self._refused, self._lost = ready, hear, refused, lost
        self._client: mqtt.Client | None = None
        self._happened = asyncio.Event()

    def plug(self) -> None:
        """Switch on: keep connecting until there is a broker, and after every loss."""
        self._loop = asyncio.get_running_loop()
        client = mqtt.Client(CallbackAPIVersion.VERSION2, client_id=self._login, clean_session=True)
        client.username, client.password = self._login, self._password
        client.will_set(self._will[0], self._will[1], qos=1, retain=True)
        client.reconnect_delay_set(*RECONNECTS_AFTER_S)  # type: ignore[arg-type]  # it waits parts of a second too
        client.on_connect = self._from_thread(self._on_connect)
        client.on_subscribe = self._from_thread(self._on_subscribe)
        client.on_disconnect = self._from_thread(self._on_disconnect)
        client.on_message = self._from_thread(self._on_message)
        client.on_socket_open = _without_delay
        client.connect_async(*self._address, keepalive=30)
        client.loop_start()
        self._client = client

    def unplug(self) -> Callable[[], object] | None:
        """Pull the cable: TCP ends without DISCONNECT, so the broker publishes the last will.

        Returns what ends the client's thread, which blocks; None when it was unplugged already.
        """
        client, self._client, self.connected = self._client, None, False
        if client is None:
            return None
        client.on_connect = client.on_subscribe = client.on_disconnect = client.on_message = None
        wire: Any = client.socket()
        if wire is not None:
            wire.shutdown(socket.SHUT_RDWR)
        return client.loop_stop

    async def log_out(self) -> None:
        """Leave, without a last will."""
        client, self._client = self._client, None
        if client is not None:
            client.disconnect()
            await asyncio.to_thread(client.loop_stop)

    def publish(self, topic: str, payload: bytes, *, retain: bool, qos: int) -> mqtt.MQTTMessageInfo | None:
        """Publish, if it is switched on."""
        return None if self._client is None else self._client.publish(topic, payload, qos=qos, retain=retain)

    async def until(self, holds: Callable[[], bool], deadline_s: float = 30.0) -> None:
        """Wait until ``holds()``, looked at whenever something happens; raises TimeoutError."""
        async with asyncio.timeout(deadline_s):
            while not holds():
                self._happened.clear()
                await self._happened.wait()

    def _from_thread(self, then: Callable[..., None]) -> Callable[..., None]:
        """paho calls back on its own thread; everything else here runs on the event loop."""

        def hand_over(client: mqtt.Client, _userdata: Any, *told: Any) -> None:
            if not self._loop.is_closed():
                self._loop.call_soon_threadsafe(then, client, *told)
                self._loop.call_soon_threadsafe(self._happened.set)

        return hand_over

    def _on_connect(self, client: mqtt.Client, _flags: Any, reason: Any, _told: Any) -> None:
        if reason.is_failure:
            self._refused(f"the broker refused {self._login}: {reason}; is it the right password file?")
            return
        client.subscribe([(one, 1) for one in self._listens])

    def _on_subscribe(self, _client: mqtt.Client, _mid: int, _reasons: Any, _told: Any) -> None:
        """Only now is everything heard that is said to it; what it says before could go without an answer."""
        self.connected = True
        self._ready()

    def _on_disconnect(self, client: mqtt.Client, _flags: Any, reason: Any, _told: Any) -> None:
        if client is self._client and self.connected:
            self.connected = False
            self._lost(str(reason))

    def _on_message(self, _client: mqtt.Client, message: mqtt.MQTTMessage) -> None:
        self._hear(message.topic, bytes(message.payload), message.retain)


def _without_delay(_client: mqtt.Client, _userdata: Any, wire: Any) -> None:
    wire.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
