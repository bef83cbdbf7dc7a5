"""What comes back for a question that was asked of a whole network."""

from __future__ import annotations

from contextlib import suppress

from drivers.cameras.onvif import NoAnswer, decode


def feed(data: bytes) -> None:
    """Answered by whoever is there."""
    with suppress(NoAnswer):
        decode(data, "urn:uuid:1")
