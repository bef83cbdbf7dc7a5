"""Which name of a serial port stays the same when its adapter comes back under another number."""

from __future__ import annotations

import os
from pathlib import Path

BY_ID = Path("/dev/serial/by-id")


def lasting_name(path: str, by_id: Path = BY_ID) -> str:
    """The name in ``by_id`` of the port ``path``; ``path`` itself when it has none there."""
    try:
        names = sorted(by_id.iterdir())
    except OSError:  # no adapter is plugged in, or no udev
        return path
    return next((str(name) for name in names if same_port(str(name), path)), path)


def same_port(one: str, other: str) -> bool:
    """Whether two paths lead to one port."""
    return os.path.realpath(one) == os.path.realpath(other)
