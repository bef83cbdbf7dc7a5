"""The key and the models of the process that reads faces: opened once, and looked for again each minute while one is missing."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from edge.faces.key import KeyUnusable, read_key
from edge.faces.vault import Vault
from models.face_binding import face_binding
from models.faces import face_reader
from models.landmarks import FACE_MODEL, FaceFinder, face_finder
from models.manifest import ModelUnusable, models_of
from models.proof import condition

if TYPE_CHECKING:
    from edge.faces.request import Reads

AGAIN_NS = 60_000_000_000
"""So often what is missing is looked for again: somebody may have brought it."""


class Sight:
    """``problem``: why no face is read, ``no_enrolment``: why nobody can be enrolled though faces are; both with what to do."""

    def __init__(self, models_dir: Path, key_file: Path, threads: int) -> None:
        self._models_dir, self._key_file, self._threads = models_dir, key_file, threads
        self.problem = self.no_enrolment = ""
        self.vault: Vault | None = None
        self.reader: Reads | None = None
        self._again_ns = 0

    def is_wanting(self, now_ns: int) -> bool:
        """Whether something is to be opened now."""
        return (self.reader is None or bool(self.no_enrolment)) and now_ns >= self._again_ns

    def open(self, now_ns: int) -> None:
        """Open what is not open yet, which takes a second."""
        self._again_ns = now_ns + AGAIN_NS
        try:
            self._open()
        except (KeyUnusable, ModelUnusable) as error:
            self.problem = str(error)
        else:
            self.problem = ""

    def finder(self) -> FaceFinder:
        """A finder of landmarks for one enrolment, which takes seconds the first time. Raises ModelUnusable."""
        try:
            finder = face_finder(self._models_dir)
        except ModelUnusable as error:
            self.no_enrolment = str(error)
            raise
        self.no_enrolment = ""
        return finder

    def close(self) -> None:
        """Give the models back."""
        if self.reader is not None:
            self.reader.close()

    def _open(self) -> None:
        models = models_of(self._models_dir)
        self.no_enrolment = condition(FACE_MODEL, models[FACE_MODEL], self._models_dir).problem
        if self.vault is None:
            self.vault = Vault(read_key(self._key_file), face_binding(models))
        if self.reader is None:
            self.reader = face_reader(self._models_dir, self._threads)
