"""An event as the table ``events`` holds it, and back again."""

from __future__ import annotations

import msgspec

from sync.events import Clock, Envelope, EventClass

COLUMNS = "sequence, class, id, box, type, time, boot, monotonic_ms, clock, subject, tz, business_day, data"

Row = tuple[int, int, str, str, str, str, str, int, Clock, str | None, str | None, str | None, str]
"""An event as ``COLUMNS`` hold it; ``data`` is JSON text, so that a person can read it in ``sqlite3``."""


def envelope_of(row: Row) -> Envelope:
    """What leaves the box for ``row``."""
    sequence, event_class, id_, box, type_, time, boot, monotonic_ms, clock, subject, tz, business_day, data = row
    return Envelope(
        id=id_,
        box=box,
        sequence=sequence,
        type=type_,
        event_class=EventClass(event_class),
        time=time,
        boot=boot,
        monotonic_ms=monotonic_ms,
        clock=clock,
        subject=subject,
        tz=tz,
        business_day=business_day,
        data=msgspec.Raw(data.encode()),
    )
