"""What every reading has, and the name by which a device repeats one; ``readings.py`` joins all readings into one union."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TypedDict


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """Names one report of a device that repeats it until it is acknowledged.

    ``digest`` is the SHA-256 of the payload: the same id with another digest is not a repeat but a mistake.
    """

    id: str
    digest: bytes
    seq: int | None = None
    device_at: str | None = None


class Stamp(TypedDict):
    """What every reading begins with, to be written as ``Weight(**stamp, …)``."""

    device: str
    at: datetime
    monotonic_ms: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """What device ``device`` said at ``at`` (UTC); ``monotonic_ms`` is the box's monotonic clock at the same moment."""

    device: str
    at: datetime
    monotonic_ms: int
