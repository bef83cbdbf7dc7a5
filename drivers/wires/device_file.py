"""The device file of a USB printer, ``/dev/usb/lp0``: opened for writing and for its answers, and said what to do if not."""

from __future__ import annotations

import errno
import os
import stat
from dataclasses import dataclass

from drivers.contract import DeviceGone


@dataclass(frozen=True, slots=True)
class DeviceFile:
    """An open descriptor."""

    descriptor: int

    def fileno(self) -> int:
        return self.descriptor

    def close(self) -> None:
        os.close(self.descriptor)


def open_device_file(path: str) -> DeviceFile:
    """Open ``path`` without waiting for the device. Raises DeviceGone."""
    try:
        descriptor = os.open(path, os.O_RDWR | os.O_NONBLOCK | os.O_NOCTTY | os.O_CLOEXEC)
    except OSError as error:
        raise DeviceGone(_why(path, error)) from error
    if not stat.S_ISCHR(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        raise DeviceGone(f"{path} is not a device file: ls /dev/usb shows the printers there are")
    return DeviceFile(descriptor)


def _why(path: str, error: OSError) -> str:
    match error.errno:
        case errno.ENOENT | errno.ENODEV | errno.ENXIO:
            return f"no device {path}: is the printer plugged in and switched on? ls /dev/usb shows the printers there are"
        case errno.EACCES | errno.EPERM:
            return f"not allowed to open {path}: add the user of storebox to the group lp and start it again"
        case errno.EBUSY:
            return f"{path} is in use by another program: is it a queue of CUPS, or named twice in the settings?"
        case errno.EISDIR:
            return f"{path} is not a device file: ls /dev/usb shows the printers there are"
        case _:
            return f"cannot open {path}: {error}"
