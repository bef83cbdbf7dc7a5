"""Secrets that systemd hands to this service alone; without it every password would lie where the settings point.

``LoadCredential=box:/etc/storebox/credentials`` (systemd.exec(5)) gives each file of that folder as ``box_<name>``.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

PREFIX = "box_"


def credential(name: str, environ: Mapping[str, str]) -> Path | None:
    """The file with the secret ``name`` (``mqtt-password``), None when systemd handed over none."""
    folder = environ.get("CREDENTIALS_DIRECTORY")
    if not folder:
        return None
    file = Path(folder) / f"{PREFIX}{name}"
    return file if file.is_file() else None
