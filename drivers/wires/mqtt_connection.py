"""One connection to the broker: paho speaks MQTT 5, the event loop watches its socket. It ends once and never comes back.

The only blocking call, ``connect``, runs in a worker thread; the hooks that touch the event loop are set after it.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import Any, Literal, NoReturn, cast

from paho.mqtt.client import Client, ConnectFlags, DisconnectFlags, MQTTv5
from paho.mqtt.enums import CallbackAPIVersion
from paho.mqtt.reasoncodes import ReasonCode
from paho.mqtt.subscribeoptions import SubscribeOptions

from drivers.contract import DeviceGone, DeviceSilent
from drivers.wires.mqtt_packets import PUBACK, Delivery, Malformed, publish
from drivers.wires.mqtt_problems import ANSWER_S, broken, ending, nonsense, refusal, why
from drivers.wires.mqtt_socket import GatheringClient, GatheringSocket


class Connection:
    """Open it once, use it until ``lost`` says why it ended. It belongs to the event loop it was made on."""

    def __init__(self, *, host: str, port: int, username: str, password: str | None, heard: Callable[[Delivery], None]) -> None:
        self.lost = ""
        self.reading = False
        self.heard_at, self.heard_ms = datetime.now(UTC), 0
        """When the kernel was last asked (UTC, and by the monotonic clock): what comes out of one read arrived together."""
        self._where, self._username, self._heard = f"{host}:{port}", username, heard
        self._loop = asyncio.get_running_loop()
        self._accepted, self._ended = asyncio.Event(), asyncio.Event()
        self._unconfirmed: dict[int, asyncio.Future[bool]] = {}
        self._socket: GatheringSocket | None = None
        self._fd = -1
        self._stuffed = self._writing = False
        self._handled: list[int] = []
        self._client = GatheringClient(CallbackAPIVersion.VERSION2, client_id=username, protocol=MQTTv5)
        self._client.host, self._client.port, self._client.connect_timeout = host, port, ANSWER_S
        self._client.username, self._client.password = username, password
        self._client.on_connect = self._on_connect
        self._client.on_disconnect = self._on_disconnect
        self._client.on_subscribe = self._on_subscribe

    async def open(self, keepalive_s: int) -> None:
        """Connect and log in, keeping the session of last time; raises DeviceGone with what to do."""
        client = self._client
        try:
            await asyncio.to_thread(client.log_in, keepalive_s)
        except OSError as error:
            raise DeviceGone(f"no broker at {self._where}: {why(error)}") from error
        self._socket = cast("GatheringSocket", client.socket())
        self._fd = self._socket.fileno()
        client.on_socket_register_write = self._want_write
        client.on_socket_close = self._on_close
        self.read_on()
        self._write()
        if not await _within(ANSWER_S, self._accepted):
            raise DeviceGone(f"{self._where} took the connection but does not answer like a broker; is mqtt.port right?")
        if self.lost:
            raise DeviceGone(self.lost)

    async def keep(self) -> NoReturn:
        """Ping the broker until the connection ends; raises DeviceGone with why."""
        while not await _within(1.0, self._ended):
            if self.reading:  # A ping answered behind unread messages would count as unanswered.
                self._client.loop_misc()
        raise DeviceGone(self.lost)

    def close(self) -> None:
        """Take leave so that the broker keeps the session, and free the socket. Fine when it is closed."""
        self._client.loop_write()
        self._give_back()
        self._lose("the box closed its connection to the broker")
        if self._client.socket() is not None:
            self._client.disconnect()
            self._client.loop_write()
        if self._socket is not None and self._socket.fileno() >= 0:
            self._on_close(self._client, None, self._socket)
            self._socket.close()
        self._client.on_socket_close = None

    def hold(self) -> None:
        """Stop reading; what comes waits in the kernel and then in the broker."""
        if self.reading:
            self.reading = False
            self._loop.remove_reader(self._fd)

    def read_on(self) -> None:
        """Read again."""
        if not self.reading and not self.lost and self._socket is not None:
            self.reading = True
            self._loop.add_reader(self._fd, self._read)
            self._loop.call_soon(self._read)  # what was taken from the kernel before wakes nobody

    def puback(self, packet_id: int) -> None:
        """Give a delivery back as handled, at the end of this turn of the loop."""
        self._handled.append(packet_id)
        self._write_soon()

    def subscribe(self, filters: Sequence[str], qos: Literal[0, 1] = 1) -> asyncio.Future[bool]:
        """Hear these topics; the broker repeats their retained messages. The future is done when it has confirmed."""
        confirmed = self._loop.create_future()
        _, packet_id = self._client.subscribe([(one, SubscribeOptions(qos=qos, noLocal=True)) for one in filters])
        if packet_id is not None:
            self._unconfirmed[packet_id] = confirmed
        return confirmed

    def unsubscribe(self, filters: Sequence[str]) -> None:
        """Hear these topics no more; fine when the connection is lost."""
        if not self.lost:
            self._client.unsubscribe(list(filters))

    async def publish(self, topic: str, payload: bytes, *, deadline_s: float, retain: bool = False) -> bool:
        """Publish at QoS 1; True once the broker has it, False if it may not have it. Raises DeviceGone, DeviceSilent."""
        if self.lost:
            raise DeviceGone(self.lost)
        confirmed: asyncio.Future[bool] = self._loop.create_future()
        packet_id = self._client.publish(topic, payload, qos=1, retain=retain).mid
        self._unconfirmed[packet_id] = confirmed
        self._client.on_publish = self._on_publish
        try:
            async with asyncio.timeout(deadline_s):
                return await confirmed
        except TimeoutError as error:
            raise DeviceSilent(f"the broker at {self._where} did not confirm a message to {topic} in {deadline_s:g} s") from error
        finally:
            self._unconfirmed.pop(packet_id, None)
            if not self._unconfirmed:
                self._client.on_publish = None  # paho makes two objects a call, and calls it for every ack too

    def tell(self, topic: str, payload: bytes) -> None:
        """Publish at QoS 0: gone with the connection, so for what is asked for again. Never waits; raises DeviceGone."""
        if self.lost or self._socket is None:
            raise DeviceGone(self.lost)
        self._socket.send(publish(topic, payload))
        self._write_soon()

    def _confirm(self, packet_id: int, *, taken: bool = True) -> None:
        waiting = self._unconfirmed.pop(packet_id, None)
        if waiting is not None and not waiting.done():
            waiting.set_result(taken)

    def _lose(self, why: str) -> None:
        """Everyone who waits learns that the connection has ended; only the first reason counts."""
        if self.lost:
            return
        self.hold()
        self.lost = why
        for event in (self._accepted, self._ended):
            event.set()
        for waiting in self._unconfirmed.values():
            if not waiting.done():
                waiting.set_exception(DeviceGone(why))
        self._unconfirmed.clear()

    def _read(self) -> None:
        wire = self._socket
        if wire is None or not self.reading:
            return
        try:
            if self._take_out(wire):  # taken from the kernel before reading was held; it wakes us again for what it has
                return
            wire.fill()
            self.heard_at, self.heard_ms = datetime.now(UTC), time.monotonic_ns() // 1_000_000
            self._take_out(wire)
        except Malformed as error:
            self._lose(nonsense(error, self._where))

    def _take_out(self, wire: GatheringSocket) -> bool:
        """Hand on all whole packets, devices' or paho's, while reading is not held; whether there was one. Raises Malformed."""
        some = False
        while self.reading:
            message = wire.delivery()
            if message is not None:
                self._heard(message)
            elif wire.readable:
                self._client.loop_read()
            else:
                break
            some = True
        return some

    def _want_write(self, _client: Client, _userdata: Any, _sock: Any) -> None:
        self._write_soon()

    def _write_soon(self) -> None:
        if not self._writing:
            self._writing = True
            self._loop.call_soon(self._write)

    def _write(self) -> None:
        """What was gathered in this turn of the loop goes out at its end, in one piece."""
        self._writing = False
        self._client.loop_write()
        self._give_back()
        if self._socket is None or self.lost:
            return
        try:
            gone = self._socket.flush()
        except OSError:
            if not self.reading:  # otherwise the reader is told, after the broker's last words
                self._lose(broken(self._where, self._username))
            return
        if gone and self._stuffed:
            self._loop.remove_writer(self._fd)
        elif not gone and not self._stuffed:
            self._loop.add_writer(self._fd, self._write)
        self._stuffed = not gone

    def _give_back(self) -> None:
        """The PUBACKs of this turn, as of one commit, in one piece and behind what was told before them.

        paho would queue, log and send each by itself, and keeps no state of a delivery at QoS 1 that it would have to change.
        """
        handled, self._handled = self._handled, []
        if handled and self._socket is not None and not self.lost:
            self._socket.send(b"".join([PUBACK + packet_id.to_bytes(2, "big") for packet_id in handled]))

    def _on_close(self, _client: Client, _userdata: Any, _sock: Any) -> None:
        self.reading = self._stuffed = False
        self._loop.remove_reader(self._fd)
        self._loop.remove_writer(self._fd)

    def _on_connect(self, _client: Client, _userdata: Any, _flags: ConnectFlags, reason: ReasonCode, _told: Any) -> None:
        if reason.is_failure:
            self._lose(refusal(reason, self._where, self._username))
        self._accepted.set()

    def _on_disconnect(self, _client: Client, _userdata: Any, flags: DisconnectFlags, reason: ReasonCode, _told: Any) -> None:
        self._lose(ending(reason, self._where, self._username, said=flags.is_disconnect_packet_from_server))

    def _on_publish(self, _client: Client, _userdata: Any, packet_id: int, reason: ReasonCode, _told: Any) -> None:
        self._confirm(packet_id, taken=not reason.is_failure)

    def _on_subscribe(self, _client: Client, _userdata: Any, packet_id: int, _reasons: list[ReasonCode], _told: Any) -> None:
        self._confirm(packet_id)


async def _within(seconds: float, event: asyncio.Event) -> bool:
    """Whether ``event`` was set in time."""
    try:
        async with asyncio.timeout(seconds):
            await event.wait()
    except TimeoutError:
        return False
    return True
