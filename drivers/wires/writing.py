"""Waiting until a descriptor takes bytes again: a serial port and a device file are written to in the same way."""

from __future__ import annotations

import asyncio


async def until_writable(descriptor: int) -> None:
    """Return when ``descriptor`` takes bytes, or has been hung up."""
    loop = asyncio.get_running_loop()
    writable = asyncio.Event()
    loop.add_writer(descriptor, writable.set)
    try:
        await writable.wait()
    finally:
        loop.remove_writer(descriptor)
