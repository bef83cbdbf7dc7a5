"""Damaged files are set aside for a specialist, and hold whatever the journal held: they go when it must be erased, or is old.

Every row that could be read has moved to the new file before. Who needs the damaged one for longer copies it elsewhere.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

KEEP = timedelta(days=30)
_SET_ASIDE = re.compile(r"\.damaged-(\d{8}T\d{12})Z(-wal)?")
_WHEN = "%Y%m%dT%H%M%S%f"


def damaged_name(path: Path, suffix: str = "") -> Path:
    """A new name for a damaged file of ``path`` that says when it was set aside."""
    return Path(f"{path}.damaged-{datetime.now(UTC):{_WHEN}}Z{suffix}")


def remove_set_aside(path: Path, *, before: datetime | None = None) -> list[Path]:
    """Delete the damaged files of ``path``, those of ``before`` or all of them, and say which. Raises OSError."""
    gone = []
    for file in sorted(path.parent.glob(f"{path.name}.damaged-*")):
        named = _SET_ASIDE.fullmatch(file.name.removeprefix(path.name))
        if named is not None and (before is None or datetime.strptime(named[1], _WHEN).replace(tzinfo=UTC) < before):
            file.unlink(missing_ok=True)
            gone.append(file)
    return gone
