"""The peer that the box is measured against: paho, which reads and acknowledges each message itself, and keeps nothing.

It stands on the event loop of its program as the box's connection does, on a socket that spares it the system calls in the
same way: it reads out of memory what was taken from the kernel at once, and its PUBACKs leave together.
"""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Callable
from typing import Any, cast

import paho.mqtt.client as paho
from paho.mqtt.enums import CallbackAPIVersion
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties

from drivers.wires.mqtt_socket import RECEIVE_MAXIMUM, SESSION_EXPIRY_S

BULK_BYTES = 16 * 1024
"""With more at once it is no faster."""


class MemorySocket:
    """What paho's ``SocketLike`` asks for, in memory."""

    def __init__(self, wire: Any) -> None:
        self._wire = wire
        self._come, self._read = b"", 0
        self._to_go = bytearray()

    @property
    def readable(self) -> bool:
        return self._read < len(self._come)

    def fill(self) -> None:
        self._come, self._read = self._wire.recv(BULK_BYTES), 0

    def recv(self, size: int) -> bytes:
        read = self._read
        if read >= len(self._come):
            raise BlockingIOError
        self._read = read + size
        return self._come[read : read + size]

    def send(self, data: bytes | bytearray) -> int:
        self._to_go += data
        return len(data)

    def flush(self) -> None:
        if self._to_go:
            self._wire.sendall(self._to_go)
            self._to_go.clear()

    def fileno(self) -> int:
        return cast(int, self._wire.fileno())

    def setblocking(self, flag: bool) -> None:
        self._wire.setblocking(flag)

    def close(self) -> None:
        self.flush()
        self._wire.close()


class MemoryClient(paho.Client):
    """paho's client on a MemorySocket."""

    def _create_socket(self) -> Any:
        wire: Any = super()._create_socket()
        wire.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return MemorySocket(wire)


class PahoAtOnce:
    """``heard`` is called for each message, then it is acknowledged."""

    def __init__(self, host: str, port: int, password: str, heard: Callable[[], None]) -> None:
        self._loop = asyncio.get_running_loop()
        self._heard = heard
        self.client = MemoryClient(CallbackAPIVersion.VERSION2, client_id="storebox", protocol=paho.MQTTv5, manual_ack=True)
        self.client.username, self.client.password = "storebox", password
        self.client.on_message = self._on_message
        asked = Properties(PacketTypes.CONNECT)  # type: ignore[no-untyped-call]
        asked.SessionExpiryInterval, asked.ReceiveMaximum = SESSION_EXPIRY_S, RECEIVE_MAXIMUM
        self.client.connect(host, port, clean_start=False, properties=asked)
        self._wire = cast(MemorySocket, self.client.socket())
        self.client.on_socket_register_write = self._want_write
        self._write()
        self._loop.add_reader(self._wire.fileno(), self._read)

    def close(self) -> None:
        self._loop.remove_reader(self._wire.fileno())
        self.client.on_socket_register_write = None
        self.client.disconnect()

    def _read(self) -> None:
        self._wire.fill()
        while self._wire.readable:
            self.client.loop_read()

    def _want_write(self, _client: paho.Client, _userdata: Any, _sock: Any) -> None:
        self._loop.call_soon(self._write)

    def _write(self) -> None:
        self.client.loop_write()
        self._wire.flush()

    def _on_message(self, client: paho.Client, _userdata: Any, message: paho.MQTTMessage) -> None:
        self._heard()
        client.ack(message.mid, message.qos)
