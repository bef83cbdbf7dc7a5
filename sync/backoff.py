"""How long to wait before asking again; without it every box of a chain would knock at the same second after an outage."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from random import SystemRandom

RETRY_AFTER_CEILING_S = 3600.0  # a cloud that says "next week" by mistake must not silence a shop for a week


class Backoff:
    """Growing waits: doubled from ``first_s`` up to ``ceiling_s``, each cut by up to half at random."""

    def __init__(self, *, first_s: float = 0.5, ceiling_s: float = 60.0, chance: Callable[[], float] | None = None) -> None:
        self._first_s = first_s
        self._ceiling_s = ceiling_s
        self._chance = chance or SystemRandom().random
        self._failures = 0

    def next_s(self, retry_after_s: float | None = None) -> float:
        """The next wait in seconds; never shorter than what the cloud asked for in ``Retry-After``."""
        grown = min(self._ceiling_s, self._first_s * 2.0 ** min(self._failures, 30))
        self._failures += 1
        if retry_after_s is not None:
            return retry_after_s + self._chance() * self._first_s
        return grown * (1 - self._chance() / 2)

    def reset(self) -> None:
        """It worked: the next failure waits ``first_s`` again."""
        self._failures = 0


def retry_after_s(header: str | None, date_header: str | None, now: datetime) -> float | None:
    """``Retry-After`` in seconds, 0 to an hour (RFC 9110 §10.2.3); ``None`` if there is none that can be read.

    A date is measured against the answer's own ``Date``, so that a box whose clock is wrong waits no longer than asked.
    """
    if header is None:
        return None
    text = header.strip()
    if text.isascii() and text.isdigit():
        return min(float(text[:12]), RETRY_AFTER_CEILING_S)
    until = _http_date(text)
    if until is None:
        return None
    since = _http_date(date_header) if date_header else None
    return min(max((until - (since or now)).total_seconds(), 0.0), RETRY_AFTER_CEILING_S)


def _http_date(text: str) -> datetime | None:
    try:
        when = parsedate_to_datetime(text)
    except ValueError:
        return None
    return when if when.tzinfo else when.replace(tzinfo=UTC)
