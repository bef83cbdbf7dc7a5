"""Everything a device can be asked, as one closed union; each driver lists the commands that it can perform."""

from __future__ import annotations

import re
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Command:
    """Asks for one thing; ``deadline_ms`` bounds the wait for the device's answer."""

    deadline_ms: int = 2_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Tare(Command):
    """Make what is on the pan count as nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Zero(Command):
    """Take the empty pan as zero."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ClearTare(Command):
    """Forget the tare."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SetProperty(Command):
    """Set ``property`` of an MQTT device; sent to ``…/set/<property>``, never retained."""

    property: str
    value: str


AnyCommand = Tare | Zero | ClearTare | SetProperty


@dataclass(frozen=True, slots=True, kw_only=True)
class Done:
    """The device did it; ``detail`` is what it answered, for the audit line."""

    detail: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Refused:
    """The device did not do it; ``reason`` says why and what to do."""

    reason: str


def command_name(command: type[Command]) -> str:
    """What people and programs call ``command``: ``clear-tare``."""
    return re.sub(r"\B(?=[A-Z])", "-", command.__name__).lower()
