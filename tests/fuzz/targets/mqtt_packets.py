"""What a broker sends, taken whole and in two pieces: the same messages, and no byte lost or made up between them."""

from __future__ import annotations

from contextlib import suppress

from drivers.wires.mqtt_packets import Delivery, Malformed
from drivers.wires.mqtt_socket import GatheringSocket


class Kernel:
    """The side of a socket that gives ``pieces``, one at each call."""

    def __init__(self, *pieces: bytes) -> None:
        self._pieces = list(pieces)

    def recv(self, _size: int) -> bytes:
        if not self._pieces:
            raise BlockingIOError
        return self._pieces.pop(0)


def feed(data: bytes) -> None:
    """Cut ``data`` after its middle."""
    middle = len(data) // 2
    whole, cut = told(data), told(data[:middle], data[middle:])
    if whole != cut:
        raise AssertionError(f"whole: {whole}, in pieces: {cut}")


def told(*pieces: bytes) -> list[Delivery | bytes]:
    """What devices said, and between it the packets that are paho's; what is not MQTT ends it."""
    come = [piece for piece in pieces if piece]  # an empty one would be the end of the connection
    wire, heard = GatheringSocket(Kernel(*come)), list[Delivery | bytes]()
    with suppress(Malformed):
        for _ in come:
            wire.fill()
            while True:
                message = wire.delivery()
                if message is not None:
                    heard.append(message)
                elif wire.readable:
                    heard.append(wire.recv(1 << 20))
                else:
                    break
    return heard
