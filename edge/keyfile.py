"""Secrets that the box makes for itself: a file of random bytes, made once, readable by the box alone."""

from __future__ import annotations

import secrets
from pathlib import Path

from sync.durable_file import write_private

KEY_BYTES = 32


class KeyDamaged(Exception):
    """The file is there but is not a key; the text says what to do."""


def load_or_make(path: Path) -> bytes:
    """The key of ``path`` (32 bytes), made at first use and durable on return. Raises KeyDamaged, OSError."""
    try:
        key = path.read_bytes()
    except FileNotFoundError:
        return _make(path)
    if len(key) != KEY_BYTES:
        raise KeyDamaged(
            f"{path} holds {len(key)} bytes, not {KEY_BYTES}: restore it from a backup, or remove it to make a new one"
        )
    return key


def _make(path: Path) -> bytes:
    key = secrets.token_bytes(KEY_BYTES)
    write_private(path, key)
    return key
