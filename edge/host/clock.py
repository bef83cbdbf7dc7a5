"""Whether the box's clock can be believed, and which boot this is: without it a wrong clock would look like a right one."""

from __future__ import annotations

import ctypes
from pathlib import Path
from typing import Literal

TIMESYNC_MARK = Path("/run/systemd/timesync/synchronized")  # systemd-timesyncd touches it at a server's first answer
BOOT_ID = Path("/proc/sys/kernel/random/boot_id")

# adjtimex(2): the kernel lets the error grow by 500 ppm while nobody disciplines the clock and calls it lost at 16 s. The
# flag STA_UNSYNC says less: chrony leaves it set for ever unless it also keeps the hardware clock.
LOST_ERROR_US = 16_000_000

ClockState = Literal["synced", "unsynced"]


class NoBootId(OSError):
    """The kernel does not tell which boot this is."""


class _Timex(ctypes.Structure):
    """``struct timex`` of adjtimex(2); ``modes = 0`` only reads."""

    _fields_ = (
        ("modes", ctypes.c_uint),
        ("offset", ctypes.c_long),
        ("freq", ctypes.c_long),
        ("maxerror", ctypes.c_long),
        ("rest", ctypes.c_byte * 256),
    )


def clock_state(mark: Path = TIMESYNC_MARK) -> ClockState:
    """``synced`` once a time server has set this boot's clock: timesyncd says so by its mark, chrony and ntpd by the kernel."""
    return "synced" if mark.exists() or _kernel_error_us() < LOST_ERROR_US else "unsynced"


def boot_id(path: Path = BOOT_ID) -> str:
    """The id of this boot, 32 hex digits; monotonic times compare only within one. Raises ``NoBootId``."""
    try:
        text = path.read_text(encoding="ascii")
    except OSError as error:
        raise NoBootId(error.errno, f"cannot read the boot id from {path}: {error.strerror}; is /proc mounted?") from error
    return text.strip().replace("-", "")


def _kernel_error_us() -> int:
    """How far off the kernel thinks its clock may be; where a sandbox forbids to ask, as far as can be."""
    libc = ctypes.CDLL(None)
    clock = _Timex()
    refused = -1
    if libc.adjtimex(ctypes.byref(clock)) == refused:
        return LOST_ERROR_US
    return int(clock.maxerror)
