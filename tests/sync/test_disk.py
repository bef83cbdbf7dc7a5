"""The settings of SQLite that durability rests on; ``make faults`` shows with cut power what they are for."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

import pytest

from sync.disk import open_writer


@pytest.mark.parametrize(("pragma", "value"), [("journal_mode", "wal"), ("synchronous", 2), ("locking_mode", "normal")])
def test_a_commit_is_on_the_disk_and_readers_never_wait(tmp_path: Path, pragma: str, value: object) -> None:
    with closing(open_writer(tmp_path / "journal.db")) as db:
        assert db.execute(f"PRAGMA {pragma}").fetchone() == (value,)
