"""``kill -9`` at any moment: what was acknowledged is there, once, and no number is missing.

``make test`` kills ten times, ``make faults`` sixty. The control acknowledges before the commit and must lose.
"""

from __future__ import annotations

import random
import sqlite3
import time
from contextlib import closing
from typing import Any

import pytest

from tests.forked import Forked
from tests.sync.journal.recording import sell_until_killed


def killed_after(path, name, seconds, mode="honest", *, sold=False) -> Any:
    """Sell until killed, ``seconds`` behind the start or behind what was ``sold`` first; the reports that were acknowledged."""
    till = Forked(sell_until_killed, path, name, mode)
    assert till.said.readline() == "ready\n"
    said = till.said.readline() if sold else ""
    time.sleep(seconds)
    till.kill()
    said += till.said.read()
    till.said.close()
    return [line for line in said.rpartition("\n")[0].splitlines() if line.startswith(f"{name}-")]  # the log speaks there, too


def look(path) -> Any:
    """The reports in the journal, the numbers that are missing, what the state says, and SQLite's own verdict."""
    with closing(sqlite3.connect(path)) as db:
        reports = [report for (report,) in db.execute("SELECT json_extract(data, '$.report') FROM events")]
        (numbers, highest, sold) = db.execute("SELECT count(*), max(sequence), (SELECT sold FROM stock) FROM events").fetchone()
        (verdict,) = db.execute("PRAGMA integrity_check").fetchone()
    return reports, highest - numbers, sold, verdict


def kill_again_and_again(path, kills, seed) -> None:
    chance = random.Random(seed)
    acknowledged: list[str] = []
    for number in range(kills):
        acknowledged += killed_after(path, f"k{number}", chance.uniform(0.0, 0.1), sold=number % 2 == 1)
    reports, missing, sold, verdict = look(path)
    lost = set(acknowledged) - set(reports)
    twice = len(reports) - len(set(reports))
    print(f"kill -9: {kills} kills, {len(acknowledged)} acknowledged, {len(lost)} lost, {twice} twice, {missing} numbers missing")
    assert acknowledged
    assert (len(lost), twice, missing, verdict) == (0, 0, 0, "ok")
    assert sold == len(reports)


def test_ten_kills_lose_nothing(tmp_path, record_property):
    kill_again_and_again(tmp_path / "journal.db", 10, seed=20260504)
    record_property("kills", 10)


@pytest.mark.faults
@pytest.mark.timeout(600)
def test_sixty_kills_lose_nothing(tmp_path, record_property):
    kill_again_and_again(tmp_path / "journal.db", 60, seed=4052026)
    record_property("kills", 60)


def test_acknowledging_early_does_lose(tmp_path):
    path = tmp_path / "journal.db"
    lost = 0
    for number in range(8):
        acknowledged = killed_after(path, f"e{number}", 0.1 + 0.017 * number, mode="early")
        lost += len(set(acknowledged) - set(look(path)[0]))
        if lost:
            break
    assert lost, "the control never lost an event: this test could not see a loss"
