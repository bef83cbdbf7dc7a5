"""Days that no shop will see: what headquarters dates so is a mistake, and no calendar can reckon with it."""

from __future__ import annotations

from datetime import datetime

from sync.adopters import DocumentRefused

FIRST_YEAR, LAST_YEAR = 2000, 2199


def refuse_far(at: datetime | None, place: str) -> None:
    """Raises DocumentRefused for a year that is not from 2000 to 2199."""
    if at is not None and not FIRST_YEAR <= at.year <= LAST_YEAR:
        raise DocumentRefused(f"`{place}` is in the year {at.year}: the years from {FIRST_YEAR} to {LAST_YEAR} can be told")
