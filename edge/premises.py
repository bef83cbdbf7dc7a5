"""What the box keeps on its disk besides the journal, made at first start: its folder, its lock, its identity, its keys.

CannotStart    the box cannot run here; the text says what to do
"""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from edge.keyfile import KeyDamaged, load_or_make
from sync.identity import IdentityDamaged, IdentityFile

LOCK = "storebox.lock"
MEMBER_KEY = "member.key"


class CannotStart(Exception):
    """The box cannot run here."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Premises:
    """The box's own folder, held by this process alone."""

    data_dir: Path
    identity: IdentityFile
    member_key: bytes

    @property
    def journal(self) -> Path:
        """Where the journal's database is."""
        return self.data_dir / "journal.db"


@contextmanager
def premises(data_dir: Path) -> Iterator[Premises]:
    """Hold ``data_dir`` while inside ``with``. Raises CannotStart."""
    try:
        data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise CannotStart(f"cannot make {data_dir}: {error.strerror}; create it, or set box.data_dir") from error
    with _held(data_dir / LOCK):
        yield _settled(data_dir)


@contextmanager
def _held(path: Path) -> Iterator[None]:
    """The lock goes with the process, however it ends; a read-only disk can still be locked if the file is there."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except OSError as error:
        raise CannotStart(
            f"cannot open {path}: {error.strerror}; is the disk read-only, or the folder another user's?"
        ) from error
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        os.close(descriptor)
        raise CannotStart(f"another storebox runs on {path.parent}; stop it first (systemctl stop storebox)") from error
    try:
        yield
    finally:
        os.close(descriptor)


def _settled(data_dir: Path) -> Premises:
    try:
        return Premises(data_dir=data_dir, identity=IdentityFile(data_dir), member_key=load_or_make(data_dir / MEMBER_KEY))
    except (IdentityDamaged, KeyDamaged) as error:
        raise CannotStart(str(error)) from error
    except OSError as error:
        raise CannotStart(
            f"cannot write to {data_dir}: {error.strerror}; is the disk full or read-only, or the folder another user's?"
        ) from error
