"""One thing that is there and that the settings do not use, with the lines that would use it.

[device.printer-2]
driver = "printer/escpos"
address = "192.168.1.40:9100"
"""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Literal

LONGEST_NAME = 64
UNKNOWN = "…"
"""Stands for a driver that nobody can guess: as a setting it is a mistake that lists the drivers there are."""

What = Literal["serial", "keyboard", "camera", "printer", "player", "broker", "switch", "web", "box"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Discovery:
    """``address`` is a path or host:port. ``kind`` and ``lines`` make the settings; no lines: storebox cannot use it.

    ``section``: the lines belong under this heading instead of a device's own.
    """

    what: What
    name: str
    address: str
    kind: str = ""
    lines: Mapping[str, str | int] | None = None
    section: str = ""


def settings_text(found: Discovery, taken: Collection[str]) -> str:
    """The lines for the settings file, under a name of a device that is not ``taken``; empty when there are none."""
    if not found.lines:
        return ""
    heading = found.section or f"device.{free_name(found.kind, taken)}"
    lines = [f"{name} = {json.dumps(value, ensure_ascii=False)}" for name, value in found.lines.items()]
    return "\n".join([f"[{heading}]", *lines])


def free_name(kind: str, taken: Collection[str]) -> str:
    """``scale-2`` when there is a scale-1."""
    number = 1
    while f"{kind}-{number}" in taken:
        number += 1
    return f"{kind}-{number}"


def stranger(name: str) -> str:
    """A name from a plug or the network, fit to be shown: printable, and not long."""
    return "".join(letter for letter in name if letter.isprintable())[:LONGEST_NAME].strip()
