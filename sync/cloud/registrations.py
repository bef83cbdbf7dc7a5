"""Which boxes belong to which store: one-time codes, tokens (kept only as hashes), claims that may be repeated."""

from __future__ import annotations

import secrets
import sqlite3
from base64 import b32encode
from datetime import datetime, timedelta
from hashlib import sha256

from sync.cloud.sink import CodeRefused, Registered
from sync.events import rfc3339

CODE_BYTES = 15  # 120 bits as 24 letters: nobody guesses one, a person can type one


def issue_code(db: sqlite3.Connection, store: str, *, valid_s: int, now: datetime) -> str:
    """A new code, written in groups of four."""
    letters = b32encode(secrets.token_bytes(CODE_BYTES)).decode()
    expires_at = rfc3339(now + timedelta(seconds=valid_s))
    db.execute("INSERT INTO codes (code_hash, store, expires_at) VALUES (?, ?, ?)", (_code_hash(letters), store, expires_at))
    return "-".join(letters[start : start + 4] for start in range(0, len(letters), 4))


def redeem(db: sqlite3.Connection, code: str, *, box: str, public_key: str, now: datetime) -> tuple[Registered, str]:
    """A token for ``box``. The box that used the code may ask again while it is valid, should the answer have been lost."""
    code_hash = _code_hash(code)
    row = db.execute("SELECT store, expires_at, box FROM codes WHERE code_hash = ?", (code_hash,)).fetchone()
    if row is None:
        raise CodeRefused("this code was never issued; check it letter by letter")
    store, expires_at, used_by = row
    if datetime.fromisoformat(expires_at) < now:
        raise CodeRefused(f"this code was valid until {expires_at}; ask headquarters for a new one")
    if used_by not in (None, box):
        raise CodeRefused("this code has been used by another box; ask headquarters for a new one")
    known = db.execute("SELECT public_key FROM boxes WHERE box = ?", (box,)).fetchone()
    if known is not None and known[0] != public_key:
        raise CodeRefused("a box of this id is registered with another key; was its identity copied?")
    token = secrets.token_urlsafe(32)
    db.execute("UPDATE codes SET box = ? WHERE code_hash = ?", (box, code_hash))
    db.execute(
        "INSERT INTO boxes (box, store, public_key, token_hash, claimed_at) VALUES (?, ?, ?, ?, ?) "
        "ON CONFLICT (box) DO UPDATE SET "
        "store = excluded.store, token_hash = excluded.token_hash, claimed_at = excluded.claimed_at",
        (box, store, public_key, _hash(token), rfc3339(now)),
    )
    return Registered(box=box, store=store), token


def box_of(db: sqlite3.Connection, token: str) -> Registered | None:
    """Who holds ``token``."""
    row = db.execute("SELECT box, store FROM boxes WHERE token_hash = ?", (_hash(token),)).fetchone()
    return None if row is None else Registered(box=row[0], store=row[1])


def _code_hash(code: str) -> bytes:
    return _hash(code.replace("-", "").replace(" ", "").upper())


def _hash(secret: str) -> bytes:
    """A plain hash is enough: these secrets are random, there is nothing to guess from."""
    return sha256(secret.encode("utf-8", "surrogateescape")).digest()
