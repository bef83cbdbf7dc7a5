"""What is still to be printed names a forgotten member no more: a printer may be without paper for days, a wish is not.

A receipt says the last characters of a member at most; what a person or headquarters has printed may say more.
"""

from __future__ import annotations

import json
import re
import sqlite3
from typing import Any

WAITING = "SELECT id FROM jobs WHERE state IN ('queued', 'sent')"
NAMING = "instr(content, ?)"
PICTURE = "jpeg"
"""A field of bytes, in which nobody is named."""


def cut_out_of_jobs(ref: str, instead: str, db: sqlite3.Connection) -> None:
    """Put ``instead`` for ``ref`` into the texts of jobs that wait; a job that is settled loses its content."""
    db.execute(f"DELETE FROM job_contents WHERE {NAMING} AND id NOT IN ({WAITING})", (ref,))  # noqa: S608 - our own words
    word = re.compile(rf"(?<![\w-]){re.escape(ref)}(?![\w-])")
    written = json.dumps(ref, ensure_ascii=False)[1:-1]
    waiting = f"SELECT id, content FROM job_contents WHERE {NAMING} AND id IN ({WAITING})"  # noqa: S608
    for job, content in db.execute(waiting, (written,)).fetchall():
        cut = json.dumps(_cut(json.loads(content), word, instead), ensure_ascii=False)
        db.execute("UPDATE job_contents SET content = ? WHERE id = ?", (cut, job))


def _cut(told: Any, word: re.Pattern[str], instead: str) -> Any:
    """The same JSON, without the word in any of its texts."""
    match told:
        case str():
            return word.sub(lambda _found: instead, told)
        case list():
            return [_cut(each, word, instead) for each in told]
        case dict():
            return {name: each if name == PICTURE else _cut(each, word, instead) for name, each in told.items()}
        case _:
            return told
