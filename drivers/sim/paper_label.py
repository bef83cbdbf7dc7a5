"""One electronic price label, as its simulated access point keeps it and tells of it (``fillNode`` in ``tag_db.cpp``)."""

from __future__ import annotations

import hashlib
import time
from dataclasses import dataclass

STATIC = 3216153600  # the picture does not change by itself


@dataclass(slots=True, kw_only=True)
class Label:
    """One label as its access point keeps it. ``fetches_after_s`` None: it sleeps on. ``loses_power``: it breaks off."""

    mac: str
    alias: str = ""
    fetches_after_s: float | None = 0.02
    loses_power: bool = False
    pending: int = 0
    updatecount: int = 0
    picture: bytes = b""
    hash: str = "0" * 32
    nextupdate: int = STATIC

    def fetch(self) -> None:
        """It has a picture that waited for it."""
        self.pending -= 1
        self.updatecount += 1
        self.hash = hashlib.md5(self.picture, usedforsecurity=False).hexdigest()[:16] + "0" * 16

    def record(self, *, old: bool) -> dict[str, object]:
        """What the access point says of it; ``old`` firmware does not count what it fetched."""
        record: dict[str, object] = {
            "mac": self.mac,
            "hash": self.hash,
            "lastseen": int(time.time()),
            "nextupdate": self.nextupdate,
            "nextcheckin": int(time.time()) + 60,
            "pending": self.pending,
            "alias": self.alias,
            "contentMode": 25,
            "LQI": 100,
            "RSSI": -61,
            "temperature": 21,
            "batteryMv": 2987,
            "hwType": 1,
            "wakeupReason": 0,
        }
        return record if old else record | {"updatecount": self.updatecount, "updatelast": 0}
