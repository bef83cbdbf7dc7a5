"""The body of a catalogue."""

from __future__ import annotations

from contextlib import suppress

from edge.shop.catalogue.document import parse_catalogue
from sync.adopters import DocumentRefused


def feed(data: bytes) -> None:
    """Signed by headquarters, and wrong all the same."""
    with suppress(DocumentRefused):
        parse_catalogue(data, "CNY")
