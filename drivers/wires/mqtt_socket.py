"""A socket that gathers: without it half of the time between the broker and the journal goes into system calls.

paho reads every packet by ``recv(1)``, ``recv(1)``, ``recv(rest)`` and writes every packet by a ``send`` of its own. Here it
moves bytes in memory only; the kernel is asked once a turn of the event loop. What devices said is taken out before paho sees it.
"""

from __future__ import annotations

import socket
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from paho.mqtt.client import Client
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties

from drivers.wires.mqtt_packets import MAXIMUM_PACKET_BYTES, PUBLISH, Delivery, body_of, delivery

if TYPE_CHECKING:
    from paho.mqtt.client import SocketLike

SESSION_EXPIRY_S = 7 * 24 * 3600
RECEIVE_MAXIMUM = 1024
BULK_BYTES = 64 * 1024
"""Taken at once: about 300 events, so that nobody else waits longer than a millisecond or two for the event loop."""


class GatheringSocket:
    """What paho's ``SocketLike`` asks for; only ``fill``, ``flush`` and ``close`` touch the wire, and none of them waits."""

    def __init__(self, wire: Any) -> None:
        self._wire = wire
        self._come, self._read, self._granted = b"", 0, 0
        self._to_go = bytearray()
        self._end: OSError | bool = False

    @property
    def readable(self) -> bool:
        """Whether ``recv`` has something to tell: bytes that were granted, an error, or the end."""
        return self._read < self._granted or self._end is not False

    def fill(self) -> None:
        """Take what the kernel has."""
        try:
            come = self._wire.recv(BULK_BYTES)
        except BlockingIOError:
            return
        except OSError as error:
            self._end = error
            return
        self._end = not come
        self._come = self._come[self._read :] + come
        self._granted -= self._read
        self._read = 0

    def delivery(self) -> Delivery | None:
        """The next message. None when the next packet is another, which ``recv`` grants now, or not whole yet.

        Raises Malformed, after which nothing more can be found in the stream.
        """
        start, stream = self._read, self._come
        if start == len(stream):
            return None
        body = body_of(stream, start)
        if body is None:
            return None
        if stream[start] & 0xF0 != PUBLISH:
            self._granted = body[1]
            return None
        message = delivery(stream, stream[start], *body)
        self._read = self._granted = body[1]
        return message

    def recv(self, size: int) -> bytes:
        """At most ``size`` bytes, none at the end. Raises BlockingIOError while there is nothing, and what broke the wire."""
        read = self._read
        if read < self._granted:
            self._read = min(read + size, self._granted)
            return self._come[read : self._read]
        if isinstance(self._end, OSError):
            raise self._end
        if self._end:
            return b""
        raise BlockingIOError

    def send(self, data: bytes | bytearray) -> int:
        """Keep ``data`` for the next ``flush``."""
        self._to_go += data
        return len(data)

    def flush(self) -> bool:
        """Send what was gathered; False when the kernel has no room for all of it. Raises OSError when the wire is broken."""
        if not self._to_go:
            return True
        try:
            sent = self._wire.send(self._to_go)
        except BlockingIOError:
            return False
        del self._to_go[:sent]
        return not self._to_go

    def close(self) -> None:
        """Send what can be sent at once, and close."""
        with suppress(OSError):
            self.flush()
        self._wire.close()

    def fileno(self) -> int:
        """The descriptor; -1 when closed."""
        number: int = self._wire.fileno()
        return number

    def setblocking(self, flag: bool) -> None:
        """As of a socket."""
        self._wire.setblocking(flag)


class GatheringClient(Client):
    """paho's client on a GatheringSocket, with a session that the broker keeps while the box is away.

    paho says what it needs of a socket (``SocketLike``) but takes one by no public way. Should it rename this method, a test
    tells.
    """

    def log_in(self, keepalive_s: int) -> None:
        """Connect to ``host`` and ``port``, and go on with the session of last time; waits for the network, raises OSError."""
        asked = Properties(PacketTypes.CONNECT)  # type: ignore[no-untyped-call]
        asked.SessionExpiryInterval = SESSION_EXPIRY_S
        asked.ReceiveMaximum = RECEIVE_MAXIMUM
        asked.MaximumPacketSize = MAXIMUM_PACKET_BYTES
        self.connect(self.host, self.port, keepalive_s, clean_start=False, properties=asked)

    def _create_socket(self) -> SocketLike:
        wire: Any = super()._create_socket()
        # Without it Nagle's algorithm waits for delayed acknowledgements: QoS 1 falls to 300 messages a second.
        wire.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return GatheringSocket(wire)
