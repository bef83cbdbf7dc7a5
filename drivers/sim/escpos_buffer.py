"""The receive buffer of a printer: whole commands wait for their turn, real-time commands overtake them.

Epson: a real-time command that interrupts the code of another command is taken for a parameter of that one, and lost.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator

from drivers.sim.escpos_commands import length

REAL_TIME = (b"\x10\x04", b"\x10\x05", b"\x10\x14")


class ReceiveBuffer:
    """``capacity`` in bytes is when the printer reads no more; ``torn`` counts the real-time commands that were lost."""

    def __init__(self, capacity: int) -> None:
        self.capacity = capacity
        self.torn = 0
        self.unfinished = b""
        self._commands: deque[bytes] = deque()
        self._bytes = 0

    def __bool__(self) -> bool:
        return bool(self._commands)

    @property
    def full(self) -> bool:
        return self._bytes > self.capacity

    @property
    def has_room(self) -> bool:
        return self._bytes <= self.capacity // 2

    def take(self, data: bytes) -> Iterator[bytes]:
        """Every command that is now whole; those that are not in real time also wait here."""
        interrupted = bool(self.unfinished)
        self.unfinished += data
        while self.unfinished and (size := length(self.unfinished)) is not None and size <= len(self.unfinished):
            command, self.unfinished = self.unfinished[:size], self.unfinished[size:]
            if command[:2] not in REAL_TIME:
                self.torn += interrupted and command[0] < 0x20 and any(start in command[2:] for start in REAL_TIME)
                self._commands.append(command)
                self._bytes += size
            interrupted = False
            yield command

    def pop(self) -> bytes:
        """The command whose turn it is."""
        command = self._commands.popleft()
        self._bytes -= len(command)
        return command

    def clear(self) -> None:
        """As after switching off."""
        self._commands.clear()
        self.unfinished, self._bytes = b"", 0
