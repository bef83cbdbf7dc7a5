"""Topics as any client of the broker may publish them."""

from __future__ import annotations

from drivers.topics import heard


def feed(data: bytes) -> None:
    """A topic of a device of ours, or none."""
    heard("box-1", data.decode("utf-8", "replace"))
