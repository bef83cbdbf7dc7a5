"""What a product costs at a moment: the catalogue's price, until a change of the prices document takes effect.

The price that counts for everybody is that of the group of an active menu, else of the group ``default``, else the
catalogue's. A group that is asked for besides (a member's tier, a channel) counts where it is cheaper.
"""

from __future__ import annotations

import sqlite3
from datetime import UTC, datetime, timedelta

DEFAULT_GROUP = "default"
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MILLISECOND = timedelta(milliseconds=1)


def milliseconds(at: datetime) -> int:
    """``at``, which names its zone, as whole milliseconds of UTC."""
    return (at - EPOCH) // MILLISECOND


def moment_of(at_ms: int) -> datetime:
    """The moment of ``at_ms``."""
    return EPOCH + at_ms * MILLISECOND


def price_at(db: sqlite3.Connection, sku: str, listed_minor: int, at: datetime, groups: tuple[str, ...] = ()) -> int:
    """Minor units per piece or per kg at ``at``; ``listed_minor`` is the catalogue's price."""
    at_ms = milliseconds(at)
    standing = next(
        (price for group in (*menu_groups(db), DEFAULT_GROUP) if (price := _of_group(db, sku, group, at_ms)) is not None),
        listed_minor,
    )
    return min([standing, *(price for group in groups if (price := _of_group(db, sku, group, at_ms)) is not None)])


def menu_groups(db: sqlite3.Connection) -> list[str]:
    """The price groups of the menus that are active; a holiday's before the others."""
    rows = db.execute("SELECT price_group FROM menus WHERE active AND price_group != '' ORDER BY holiday DESC, menu")
    return [group for (group,) in rows]


def prices_version(db: sqlite3.Connection) -> int:
    """The version of the prices document that counts; 0 without one."""
    row = db.execute("SELECT version FROM prices").fetchone()
    return 0 if row is None else int(row[0])


def _of_group(db: sqlite3.Connection, sku: str, group: str, at_ms: int) -> int | None:
    row = db.execute(
        """
        SELECT price_minor FROM prices JOIN price_rows USING (version)
        WHERE sku = ? AND price_group = ? AND at_ms <= ? ORDER BY at_ms DESC LIMIT 1
        """,
        (sku, group, at_ms),
    ).fetchone()
    return None if row is None else row[0]
