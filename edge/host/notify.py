"""Tells systemd how the box is doing, as sd_notify(3) describes: without it systemd could not see ready, busy or hung.

One datagram of ``KEY=value`` lines to the socket in ``NOTIFY_SOCKET``::

    READY=1\\nSTATUS=6 devices, 2 of them gone
"""

from __future__ import annotations

import os
import socket
from collections.abc import Mapping
from dataclasses import dataclass

TAKE_WITHIN_S = 1.0  # systemd reads its socket at once; a box that waits longer for it would hang itself


@dataclass(frozen=True, slots=True, kw_only=True)
class Notify:
    """Where systemd listens and how often it wants to hear; both None when nobody asked (a terminal, a test).

    ``watchdog_s`` is the unit's ``WatchdogSec``: longer silence than this and systemd restarts the box.
    """

    address: str | None = None
    watchdog_s: float | None = None

    @classmethod
    def from_environment(cls, environ: Mapping[str, str]) -> Notify:
        """What systemd left in the environment of this process (sd_watchdog_enabled(3) for the second half)."""
        microseconds = environ.get("WATCHDOG_USEC", "")
        meant_for = environ.get("WATCHDOG_PID", str(os.getpid()))
        watched = microseconds.isdigit() and meant_for == str(os.getpid())
        return cls(
            address=environ.get("NOTIFY_SOCKET") or None,
            watchdog_s=int(microseconds) / 1_000_000 if watched else None,
        )

    def ready(self, status: str) -> bool:
        """Every part has started; ``systemctl start`` returns now."""
        return self._tell(f"READY=1\nSTATUS={_one_line(status)}")

    def status(self, text: str) -> bool:
        """The line that ``systemctl status storebox`` shows."""
        return self._tell(f"STATUS={_one_line(text)}")

    def alive(self) -> bool:
        """Feed the watchdog."""
        return self._tell("WATCHDOG=1")

    def stopping(self, status: str) -> bool:
        """An orderly stop has begun."""
        return self._tell(f"STOPPING=1\nSTATUS={_one_line(status)}")

    def _tell(self, lines: str) -> bool:
        """Send; False when nobody listens. A box without systemd works all the same, so that is no error."""
        if self.address is None:
            return False
        # A leading @ stands for the NUL of an abstract socket (unix(7)).
        address = "\0" + self.address[1:] if self.address.startswith("@") else self.address
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC) as wire:
            wire.settimeout(TAKE_WITHIN_S)
            try:
                wire.sendto(lines.encode(), address)
            except OSError:
                return False
        return True


def _one_line(text: str) -> str:
    """A line break would begin a new assignment."""
    return " ".join(text.split())
