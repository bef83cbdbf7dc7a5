"""What is plugged into the box, by the names that udev gives it: they stay the same when it comes back under another number.

/dev/serial/by-id/usb-FTDI_FT232R_A1B2C3-if00-port0 -> ../../ttyUSB0
/dev/input/by-id/usb-Honeywell_Scanner-event-kbd    -> ../event5
/dev/v4l/by-id/usb-Logitech_C920-video-index0       -> ../../video0
/dev/usb/lp0
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from edge.discovery.discovery import UNKNOWN, Discovery, What, stranger

DEV = Path("/dev")
MOST = 64
"""Of each sort; a shop has a dozen."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Sort:
    """Where one sort of device appears, and how the settings name it. A later folder is for boxes without udev."""

    what: What
    folders: tuple[str, ...]
    pattern: re.Pattern[str]
    kind: str
    lines: Callable[[str], dict[str, str | int]]


SORTS = (
    _Sort(
        what="serial",
        folders=("serial/by-id", "serial/by-path", "."),
        pattern=re.compile(r"(?:usb|pci|platform)-.+|tty(?:USB|ACM)\d+"),
        kind="scale",
        lines=lambda path: {"driver": UNKNOWN, "port": path},
    ),
    _Sort(
        what="keyboard",
        folders=("input/by-id",),
        pattern=re.compile(r".+-event-kbd"),
        kind="scanner",
        lines=lambda path: {"driver": "scanner/hid", "event_device": path},
    ),
    _Sort(
        what="camera",
        folders=("v4l/by-id",),
        pattern=re.compile(r".+-video-index0"),
        kind="camera",
        lines=lambda path: {"driver": "camera/usb", "path": path},
    ),
    _Sort(
        what="printer",
        folders=("usb",),
        pattern=re.compile(r"lp\d+"),
        kind="printer",
        lines=lambda path: {"driver": "printer/escpos", "device_file": path},
    ),
)


def plugged_in(dev: Path = DEV) -> tuple[Discovery, ...]:
    """Everything below ``dev``, each once, under its best name."""
    return tuple(found for sort in SORTS for found in _of_sort(sort, dev))


def _of_sort(sort: _Sort, dev: Path) -> Iterator[Discovery]:
    seen: set[Path] = set()
    for folder in sort.folders:
        for path in _names(dev / folder, sort.pattern):
            real = path.resolve()
            if real in seen or not real.exists() or len(seen) >= MOST:
                continue
            seen.add(real)
            yield Discovery(
                what=sort.what, name=_called(path.name), address=str(path), kind=sort.kind, lines=sort.lines(str(path))
            )


def _names(folder: Path, pattern: re.Pattern[str]) -> list[Path]:
    try:
        return sorted(path for path in folder.iterdir() if pattern.fullmatch(path.name))
    except OSError:  # no such sort of device, or none of it is plugged in
        return []


def _called(name: str) -> str:
    """``FTDI FT232R A1B2C3`` of ``usb-FTDI_FT232R_A1B2C3-if00-port0``."""
    bare = re.sub(r"(-if\d\d)?(-port\d+|-event-kbd|-video-index0)?$", "", re.sub(r"^(usb|pci|platform)-", "", name))
    return stranger(bare.replace("_", " "))
