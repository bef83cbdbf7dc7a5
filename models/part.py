"""A file that is being brought: without it half a download, or another file under the right name, would be taken for a model.

It grows beside the place where it belongs, under a name of its digest, and gets its own name only when the digest is right. What
a broken line left of it is gone on with the next time.
"""

from __future__ import annotations

import errno
import fcntl
import hashlib
import os
from contextlib import suppress
from io import FileIO
from pathlib import Path
from types import TracebackType
from typing import BinaryIO, Self

from models.manifest import ModelFile

PIECE_BYTES = 1 << 18
READABLE = 0o644
"""Whoever fetches, root or the shop's account, the box must be able to read it."""


class FolderUnusable(Exception):
    """The folder of the models cannot take a file, wherever it comes from; the text says why."""


class AnotherFile(Exception):
    """What was brought is not the file that the manifest means; the text says how it differs."""


class Part:
    """One file on its way into ``folder``. Only one process at a time may hold it."""

    def __init__(self, folder: Path, file: ModelFile) -> None:
        self.file = file
        self.folder = folder
        self._path = folder / f".{file.sha256[:16]}.part"
        self._open: FileIO | None = None

    def __enter__(self) -> Self:
        """Raises FolderUnusable."""
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            self._open = FileIO(os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_APPEND, READABLE), "a+")
            fcntl.flock(self._open, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            self._close()
            raise FolderUnusable(f"{self.file.name} is being fetched already, by another storebox; let that end") from error
        except OSError as error:
            self._close()
            raise self._unusable(error) from error
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        with suppress(OSError):
            if not self.length:
                self._path.unlink(missing_ok=True)
        self._close()

    @property
    def length(self) -> int:
        """How much of it is there."""
        return os.fstat(self._file.fileno()).st_size

    def append(self, piece: bytes) -> None:
        """Raises AnotherFile when it grows longer than it should be, FolderUnusable."""
        if self.length + len(piece) > self.file.bytes:
            raise AnotherFile(f"it has more than {self.file.bytes} bytes")
        left = memoryview(piece)
        try:
            while left:
                left = left[self._file.write(left) :]
        except OSError as error:
            # The room goes back to the journal.
            self.restart()
            raise self._unusable(error) from error

    def copy(self, source: BinaryIO) -> None:
        """All of ``source``, in place of what is there. Raises AnotherFile, FolderUnusable, and what reading it raises."""
        self.restart()
        while piece := source.read(PIECE_BYTES):
            self.append(piece)

    def restart(self) -> None:
        """Forget what is there. Raises FolderUnusable."""
        try:
            if self.length:
                self._file.truncate(0)
        except OSError as error:
            raise self._unusable(error) from error

    def finish(self) -> None:
        """Prove it and give it its name, durably. Raises AnotherFile (what is there is forgotten), FolderUnusable."""
        try:
            problem = self._difference()
            if not problem:
                os.fchmod(self._file.fileno(), READABLE)
                os.fsync(self._file.fileno())
                self._path.replace(self.folder / self.file.name)
                _sync_directory(self.folder)
                return
            self.restart()
        except OSError as error:
            raise self._unusable(error) from error
        raise AnotherFile(problem)

    @property
    def _file(self) -> FileIO:
        if self._open is None:
            raise ValueError("a part is used inside its `with`")
        return self._open

    def _difference(self) -> str:
        if self.length != self.file.bytes:
            return f"it has {self.length} bytes instead of {self.file.bytes}"
        self._file.seek(0)
        digest = hashlib.file_digest(self._file, "sha256").hexdigest()
        return "" if digest == self.file.sha256 else f"its SHA-256 is {digest[:16]}… instead of {self.file.sha256[:16]}…"

    def _unusable(self, error: OSError) -> FolderUnusable:
        if error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG):
            return FolderUnusable(f"no space in {self.folder}: {self.file.name} needs {self.file.bytes / 1e6:.1f} MB; make room")
        return FolderUnusable(f"{self.folder} cannot be written: {error.strerror}; use another account or --models-dir")

    def _close(self) -> None:
        if self._open is not None:
            self._open.close()
            self._open = None


def _sync_directory(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
