"""The templates as the journal has them: without it the process would know nobody, and forget nobody."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial

from edge.faces.words import Sealed
from edge.shop.faces.templates import LIVING, template_count, template_names
from edge.shop_desk import ShopDesk
from sync.events import rfc3339


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredTemplates:
    """Read through ``desk``: by its clock, and for the notice of its shop."""

    desk: ShopDesk

    async def version(self) -> int:
        """As ``Stored.version`` says."""
        return await self.desk.journal.query(_newest_act)

    async def count(self) -> int:
        """How many there are, those included that may not be used any more."""
        return await self.desk.journal.query(template_count)

    async def names(self) -> Collection[str]:
        """As ``Stored.names`` says."""
        return await self.desk.journal.query(template_names)

    async def sealed(self, names: Sequence[str]) -> Sequence[Sealed]:
        """As ``Stored.sealed`` says; none whose consent is to another notice, or whose time is over."""
        read = partial(_living, names=names, notice=self.desk.shop().faces.notice, at=self.desk.now())
        return await self.desk.journal.query(read)


def _newest_act(db: sqlite3.Connection) -> int:
    """Every enrolment and every deletion is an act of the audit."""
    return int(db.execute("SELECT coalesce(max(number), 0) FROM face_audit").fetchone()[0])


def _living(db: sqlite3.Connection, names: Sequence[str], notice: str, at: datetime) -> tuple[Sealed, ...]:
    rows = db.execute(
        f"SELECT template, member_ref, sealed FROM {LIVING} AND template IN (SELECT value FROM json_each(?))",  # noqa: S608
        (notice, rfc3339(at), json.dumps(names)),
    )
    return tuple(Sealed(template=template, member=member, sealed=sealed) for template, member, sealed in rows)
