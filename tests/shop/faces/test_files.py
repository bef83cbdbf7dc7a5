"""What was deleted is in no byte of the journal's files, and what was lost on the disk leaves no template without its consent."""

from __future__ import annotations

import random
import sqlite3
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from config.schema import Settings
from edge.shop.faces.purging import FACE_ENDS
from edge.shop.faces.remains import face_remains
from edge.shop.moment import Moment
from edge.shop.shop import Shop
from edge.shop_desk import ShopDesk
from sync.events import rfc3339
from sync.salvage import salvage
from tests.edge.puppets import open_counter
from tests.shop.conftest import AT
from tests.shop.faces.conftest import FACES
from tests.tables import SHOP_TABLES, tables_in

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

    from sync.events import Event

PEOPLE = 16


def keep(db: sqlite3.Connection, sealed: Sequence[bytes], expires_at: Sequence[str]) -> None:
    """One consent and one template for each."""
    for number, each in enumerate(sealed):
        about = (f"c-{number}", f"m-{number}")
        db.execute(
            "INSERT INTO face_consents (consent, member_ref, notice, language, age, staff, place, named_by, given_at, enrolled)"
            " VALUES (?, ?, '2026-03', 'zh', 'adult', '', 'kiosk-1', 'code', '', 1)",
            about,
        )
        db.execute(
            "INSERT INTO face_templates (template, consent, member_ref, sealed, model, clock, made_at, expires_at)"
            " VALUES (?, ?, ?, ?, 'm', 'synced', '', ?)",
            (f"t-{number}", *about, each, expires_at[number]),
        )


async def test_no_byte_of_an_expired_template_is_left_in_the_journal_s_files(tmp_path: Path) -> None:
    sealed = [random.Random(number).randbytes(800) for number in range(PEOPLE)]
    now = datetime.now(UTC)
    over, lives = (rfc3339(now + timedelta(days=days)) for days in (-1, 100))

    def found() -> set[int]:
        content = b"".join(path.read_bytes() for path in tmp_path.glob("journal.db*"))
        return {number for number, each in enumerate(sealed) if any(each[at : at + 16] in content for at in range(0, 784, 16))}

    def enrol(_moment: Moment, _shop: Shop, db: sqlite3.Connection) -> Iterable[Event]:
        keep(db, sealed, [over, lives] * (PEOPLE // 2))
        return ()

    async with open_counter(tmp_path, work=False) as counter:
        shop = replace(Shop.from_settings(Settings(), b"k" * 32), faces=FACES)
        desk = ShopDesk(journal=counter.journal, shop=lambda: shop, now=lambda: now)
        await desk.decide(enrol, place="test", asked="test")
        assert len(found()) == PEOPLE, "or the test is blind"
        await desk.decide(FACE_ENDS.decide, place="clock", asked="test")
        assert await counter.journal.query(face_remains) is not None
        assert await counter.journal.wipe()
        assert found() == set(range(1, PEOPLE, 2))


def test_a_damaged_journal_keeps_no_template_whose_consent_is_lost(tmp_path: Path) -> None:
    path = tables_in(tmp_path / "journal.db")
    with closing(sqlite3.connect(path, isolation_level=None)) as db:
        keep(db, [b"sealed"] * 3, [(AT + timedelta(days=9)).isoformat()] * 3)
        db.execute("DELETE FROM face_consents WHERE consent = 'c-1'")  # as a ruined page would take it; nobody looks at the key
    saved = salvage(path, SHOP_TABLES, highest=0)
    with closing(sqlite3.connect(path)) as db:
        assert db.execute("SELECT template FROM face_templates ORDER BY template").fetchall() == [("t-0",), ("t-2",)]
    assert saved.kept["face_templates"] == 2
