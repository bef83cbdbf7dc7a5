"""What a settings file says of any scale on a serial line, bounded the same way for every driver."""

from __future__ import annotations

from typing import Annotated

from pydantic import AfterValidator, Field


def _whole_path(path: str) -> str:
    if not path.startswith("/") or path.endswith("/"):
        raise ValueError("write the whole path of the port, like /dev/serial/by-id/usb-FTDI_FT232R_A1B2C3-if00-port0")
    return path


PortPath = Annotated[str, AfterValidator(_whole_path)]
"""Best named by /dev/serial/by-id: it stays the same when the adapter comes back under another number."""

SilentAfterMs = Annotated[int, Field(ge=500, le=600_000)]
"""No reading for so long means that the scale is silent."""
