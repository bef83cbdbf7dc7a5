"""The schema only grows: what was released never changes, what was written yesterday opens today."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from sync.entries import Recorded, Repeated
from sync.migrations import Migration, SchemaNewer, applied_names, migrate, schema_digest
from sync.schema import JOURNAL_MIGRATIONS
from tests.migration_pins import pins_of, what_it_does

SCHEMAS = sorted((Path(__file__).parent / "schemas").glob("*.sql"))

PINNED = {
    "journal-0001": ("44c2d067972234d3", "03cce5a59db633e9"),
    "journal-0002": ("a3a6ab96ddf476dd", "86b5017ae2b74cbc"),
}
"""Released migrations: digest of the schema that each one leaves, digest of what it does. Never change a line; add one."""


def test_released_migrations_are_never_edited():
    found = pins_of(JOURNAL_MIGRATIONS)
    assert found == PINNED, "a released migration was edited (add a new one instead), or a new one is not pinned yet"


def test_an_edited_migration_would_be_noticed():
    def edited(db):
        JOURNAL_MIGRATIONS[0].apply(db)
        db.execute("ALTER TABLE letters ADD COLUMN note TEXT")

    db = sqlite3.connect(":memory:", isolation_level=None)
    migrate(db, [Migration(name="journal-0001", apply=edited)])
    assert schema_digest(db)[:16] != PINNED["journal-0001"][0]
    assert what_it_does(Migration(name="journal-0001", apply=edited)) != PINNED["journal-0001"][1]
    db.close()


def test_every_schema_has_its_fixture():
    assert len(SCHEMAS) == len(JOURNAL_MIGRATIONS)


@pytest.mark.parametrize("schema", SCHEMAS, ids=lambda path: path.stem)
async def test_a_database_of_every_earlier_schema_opens_with_all_it_holds(shop, schema):
    db = sqlite3.connect(shop.path)
    db.executescript(schema.read_text())
    db.close()
    async with shop.journal() as journal:
        kept = await journal.latest(10)
        figures = await journal.figures()
        assert [(row.envelope.sequence, row.state) for row in kept] == [
            (4, "queued"),
            (3, "rejected"),
            (2, "done"),
            (1, "queued"),
        ]
        assert (figures.dead_letters, figures.last_sequence, sum(figures.queued.values())) == (1, 4, 2)
        assert await journal.record(shop.sale(report="r1", content="one apple")) == Repeated()
        recorded = await journal.record(shop.sale())
        names = await journal.query(applied_names)
    assert isinstance(recorded, Recorded)
    assert recorded.events[0].sequence == 5
    assert set(names) == {migration.name for migration in shop.migrations}


async def test_a_newer_journal_is_not_touched(shop):
    def tomorrow(db):
        db.execute("CREATE TABLE tomorrow (x)")

    newer = Migration(name="journal-9999", apply=tomorrow)
    async with shop.journal(migrations=[*shop.migrations, newer]):
        pass
    before = shop.path.read_bytes()
    with pytest.raises(SchemaNewer) as refused:
        async with shop.journal():
            pytest.fail("it opened")
    assert str(refused.value) == (
        "the journal was written by a newer storebox (it has journal-9999); "
        "install that version again, or a later one: an older one would damage it"
    )
    assert shop.path.read_bytes() == before


def test_a_migration_that_fails_leaves_nothing_behind():
    def half(db):
        db.execute("CREATE TABLE half (x)")
        raise RuntimeError("stopped half-way")

    db = sqlite3.connect(":memory:", isolation_level=None)
    with pytest.raises(RuntimeError, match="stopped half-way"):
        migrate(db, [*JOURNAL_MIGRATIONS, Migration(name="half", apply=half)])
    assert applied_names(db) == [migration.name for migration in JOURNAL_MIGRATIONS]
    assert db.execute("SELECT 1 FROM sqlite_master WHERE name = 'half'").fetchone() is None
    db.close()


def test_a_journal_loads_sqlite_utils_once_and_numpy_never(shop):
    look = (
        "import sqlite3, sys; from sync.migrations import migrate; from sync.schema import JOURNAL_MIGRATIONS;"
        "import sync.journal;"
        "migrate(sqlite3.connect(sys.argv[1], isolation_level=None), JOURNAL_MIGRATIONS);"
        "print('sqlite_utils' in sys.modules, 'numpy' in sys.modules);"
        "import numpy"
    )
    starts = [
        subprocess.run([sys.executable, "-c", look, str(shop.path)], capture_output=True, text=True, check=True, timeout=60)
        for _ in range(2)
    ]
    assert [each.stdout.split() for each in starts] == [["True", "False"], ["False", "False"]]
