"""Which cameras a file declares to look into a private space, also a file that is refused for its mistakes.

    [device.cam-1]
    private_space = true

The other settings of such a file may wait until somebody has mended them. That nobody is looked at must not.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from config.mistakes import SettingsError
from config.source import read

_HEADER = re.compile(r"""\s*\[\s*device\s*\.\s*(?P<quote>["']?)(?P<name>[^"'\]\s]+)(?P=quote)\s*\]""")
_OTHER_HEADER = re.compile(r"\s*\[")
_PRIVATE = re.compile(r"\s*private_space\s*=\s*(?!false\b)\S")


def private_spaces(path: Path) -> frozenset[str]:
    """The devices that ``path`` calls private; a word that is mistyped (``"yes"``) means it too, only ``false`` does not."""
    try:
        tables = read(path).tables
    except SettingsError:
        return frozenset(_line_by_line(path))
    devices = tables.get("device")
    told = devices.items() if isinstance(devices, dict) else ()
    return frozenset(name for name, table in told if isinstance(table, dict) and table.get("private_space", False) is not False)


def _line_by_line(path: Path) -> Iterator[str]:
    """Of a file that is no TOML; nothing of one that cannot be read at all."""
    try:
        text = path.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return
    device = ""
    for line in text.splitlines():
        if header := _HEADER.match(line):
            device = header["name"]
        elif _OTHER_HEADER.match(line):
            device = ""
        elif device and _PRIVATE.match(line):
            yield device
