"""Messages of an RFID reader (LLRP), and what is in them."""

from __future__ import annotations

from contextlib import suppress

from drivers.contract import BadFrame
from drivers.shelves.llrp import LlrpMessage, cut, decode_events, decode_report, decode_status


def feed(data: bytes) -> None:
    """As a stream, and the body of each message as everything that a body can be."""
    messages: list[LlrpMessage] = []
    with suppress(BadFrame):
        messages, _ = cut(data)
    for body in (data, *(message.body for message in messages)):
        for read in (decode_report, decode_events, decode_status):
            with suppress(BadFrame):
                read(body)
