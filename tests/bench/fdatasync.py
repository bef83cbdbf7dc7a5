"""What this disk asks for a durable write, measured beside everything that is compared with it."""

from __future__ import annotations

import os
import statistics
import time
from pathlib import Path

APPENDED = b"x" * 300  # about one event


def fdatasync_ms(folder: Path, times: int = 100) -> list[float]:
    """Milliseconds of each of ``times`` appends of 300 bytes with fdatasync to a file of its own in ``folder``."""
    handle = os.open(folder / "fdatasync", os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    try:
        return [_once_ms(handle) for _ in range(times)]
    finally:
        os.close(handle)
        (folder / "fdatasync").unlink()


def fdatasync_p50_ms(folder: Path, times: int = 100) -> float:
    """The median of them."""
    return statistics.median(fdatasync_ms(folder, times))


def _once_ms(handle: int) -> float:
    began = time.perf_counter()
    os.write(handle, APPENDED)
    os.fdatasync(handle)
    return (time.perf_counter() - began) * 1000
