"""What a settings file says of any scale on a serial line, bounded the same way for every driver."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import AfterValidator, Field


def _whole_path(path: str) -> str:
    if not path.startswith("/") or path.endswith("/"):
        raise ValueError("write the whole path of the port, like /dev/serial/by-id/usb-FTDI_FT232R_A1B2C3-if00-port0")
    return path


PortPath = Annotated[str, AfterValidator(_whole_path)]
"""Best named by /dev/serial/by-id: it stays the same when the adapter comes back under another number."""

SilentAfterMs = Annotated[int, Field(ge=500, le=600_000)]
"""No reading for so long means that the scale is silent."""

Baud = Literal[1200, 2400, 4800, 9600, 19200, 38400, 57600, 115200]
"""Bits per second, as in the scale's interface menu."""

LineFormat = Literal["8N1", "7E1", "7O1", "7N1", "7N2", "7E2", "7O2", "8E1", "8O1", "8N2"]
"""Data bits, parity and stop bits, as in the scale's interface menu."""
