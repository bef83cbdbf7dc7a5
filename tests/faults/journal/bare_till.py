"""A till on bare sqlite3 that prints every sale after its COMMIT: what a file system shut down under it loses, everyone loses.

Its write-ahead log only grows, as that of a journal just opened does: a log that is written over needs nothing from the file
system's own journal, and loses less.
"""

from __future__ import annotations

import json
import os
import sqlite3
import sys

SALES_A_COMMIT = 24


def sell(path: str, name: str) -> None:
    db = sqlite3.connect(path, isolation_level=None)
    db.execute("PRAGMA journal_mode = WAL")
    db.execute("PRAGMA synchronous = FULL")
    db.execute("PRAGMA wal_autocheckpoint = 0")
    db.execute("CREATE TABLE events (sequence INTEGER PRIMARY KEY, data TEXT NOT NULL)")
    os.write(1, b"ready\n")
    for commit in range(1_000_000):
        reports = [f"{name}-{number}-{commit}" for number in range(SALES_A_COMMIT)]
        db.execute("BEGIN IMMEDIATE")
        db.executemany(
            "INSERT INTO events (data) VALUES (?)", [(json.dumps({"report": report, "note": "x" * 300}),) for report in reports]
        )
        db.execute("COMMIT")
        for report in reports:
            os.write(1, f"{report}\n".encode())


if __name__ == "__main__":
    sell(sys.argv[1], sys.argv[2])
