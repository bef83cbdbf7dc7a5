"""Brings the models of a list onto the box, tries them, and only then makes the list the box's own: the old ones work till then.

Fetching and trying are done by processes of their own (the very ``storebox models fetch`` that a technician types, and
``models/trial.py``): neither 70 MB nor what a damaged model does to a library are the business of a process that sells.
"""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import msgspec

from edge.shop.models.document import WantedModels
from models.manifest import OF_THE_STORE, Model, ModelName, Models, ModelUnusable, models_of, shipped_models

NEXT = "manifest.next.json"
FETCH = (sys.executable, "-P", "-m", "edge", "models", "fetch")
TRIAL = (sys.executable, "-P", "-m", "models.trial")
FETCHED_WITHIN_S = 3600.0
"""70 MB at 20 kB a second; what is there by then is gone on with."""

TRIED_WITHIN_S = 300.0
UNUSABLE = 2
"""The exit code of ``models/trial.py`` for a model that says itself why it cannot be used; this process must not import it."""


class ModelsNotTaken(Exception):
    """The models of headquarters are not to be had now; the last ones go on working."""


class _Row(msgspec.Struct):
    model: str
    problem: str
    needed: bool


class _Answer(msgspec.Struct):
    models: list[_Row]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Ended:
    """What a process came to; ``status`` is None for one that was killed because its time was over."""

    status: int | None
    said: bytes = b""
    complained: bytes = b""

    def last_word(self, otherwise: str) -> str:
        """Its last line."""
        return self.complained.decode(errors="replace").strip().rpartition("\n")[2] or otherwise


@dataclass(frozen=True, slots=True, kw_only=True)
class Bringing:
    """Into ``models_dir``."""

    models_dir: Path
    fetch: Sequence[str] = FETCH
    trial: Sequence[str] = TRIAL

    def present(self) -> Models:
        """The models that the box knows now; none where its list is damaged."""
        try:
            return models_of(self.models_dir)
        except ModelUnusable:
            return {}

    def is_used(self, wanted: WantedModels) -> bool:
        """Whether this is the box's list already."""
        with suppress(FileNotFoundError):
            return (self.models_dir / OF_THE_STORE).read_bytes() == wanted.manifest
        return False

    async def bring(self, wanted: WantedModels) -> None:
        """Have every file here that the box needs: of what it always needs, and of what it has now. Raises ModelsNotTaken."""
        await asyncio.to_thread(self._write, wanted)
        needed = self._needed(wanted)
        problem = await self._fetched(wanted, needed) if needed else ""
        if problem:
            raise ModelsNotTaken(f"headquarters' models (version {wanted.version}) are not all here: {problem}")

    async def try_out(self, wanted: WantedModels) -> None:
        """Run once what is here and other than before. Raises ModelsNotTaken."""
        present = self.present()
        names = [name for name in self._needed(wanted) if wanted.models[name] != present.get(name)]
        if not names:
            return
        ended = await _end_of((*self.trial, str(self.models_dir), str(self._next), *names), TRIED_WITHIN_S)
        if ended.status == 0:
            return
        problem = ended.last_word("")
        if ended.status != UNUSABLE:
            name = ended.said.decode(errors="replace").strip().rpartition("\n")[2] or "models.trial"
            problem = f"{name}: {problem or 'its trial was killed'}"
        raise ModelsNotTaken(
            f"headquarters' models (version {wanted.version}) do not work on this box, those of before go on: {problem}"
        )

    async def use(self) -> None:
        """Make the list the box's own; files that only the one before knew are given up. Raises ModelsNotTaken."""
        await asyncio.to_thread(self._use)

    async def give_up(self) -> None:
        """The list that was brought is the box's own already."""
        await asyncio.to_thread(self._next.unlink, missing_ok=True)

    @property
    def _next(self) -> Path:
        return self.models_dir / NEXT

    def _needed(self, wanted: WantedModels) -> tuple[ModelName, ...]:
        """A model that was fetched because somebody asked for it is at work here: its new files are needed as well."""
        present, named = self.present(), msgspec.json.decode(wanted.manifest, type=Models)
        more = (
            name
            for name, model in present.items()
            if (name in named or model != wanted.models.get(name)) and name not in wanted.needed and self._has_any(model)
        )
        return (*wanted.needed, *more)

    def _has_any(self, model: Model) -> bool:
        return any((self.models_dir / each.name).exists() for each in model.files)

    def _write(self, wanted: WantedModels) -> None:
        try:
            self.models_dir.mkdir(parents=True, exist_ok=True)
            self._next.write_bytes(wanted.manifest)
        except OSError as error:
            raise self._unwritable(error) from error

    def _use(self) -> None:
        before = self._files() - {file.name for model in shipped_models().values() for file in model.files}
        try:
            with self._next.open("rb") as written:
                os.fsync(written.fileno())
            self._next.replace(self.models_dir / OF_THE_STORE)
            for name in before - self._files():
                (self.models_dir / name).unlink(missing_ok=True)
        except OSError as error:
            raise self._unwritable(error) from error

    def _files(self) -> set[str]:
        return {file.name for model in self.present().values() for file in model.files}

    def _unwritable(self, error: OSError) -> ModelsNotTaken:
        return ModelsNotTaken(f"{self.models_dir} cannot be written: {error.strerror}; mend its rights or the disk")

    async def _fetched(self, wanted: WantedModels, needed: Sequence[str]) -> str:
        """What went wrong; nothing when every model is whole."""
        words = ["--json", f"--models-dir={self.models_dir}", f"--list={self._next}", *needed]
        words += [f"--mirror={wanted.mirror}"] if wanted.mirror else []
        ended = await _end_of((*self.fetch, *words), FETCHED_WITHIN_S)
        if ended.status is None:
            return f"not done within {FETCHED_WITHIN_S:.0f} s"
        return "" if ended.status == 0 else _problem(ended)


def _problem(ended: _Ended) -> str:
    try:
        rows = msgspec.json.decode(ended.said, type=_Answer).models
    except msgspec.MsgspecError:
        return ended.last_word("storebox models fetch ended without a word")
    return "; ".join(row.problem for row in rows if row.needed)


async def _end_of(command: Sequence[str], within_s: float) -> _Ended:
    """How ``command`` ends; it is killed with all that it started when it takes longer, and when nobody waits for it any more."""
    pipe = asyncio.subprocess.PIPE
    process = await asyncio.create_subprocess_exec(
        *command, stdin=asyncio.subprocess.DEVNULL, stdout=pipe, stderr=pipe, start_new_session=True
    )
    try:
        async with asyncio.timeout(within_s):
            said, complained = await process.communicate()
    except TimeoutError:
        return _Ended(status=None)
    finally:
        if process.returncode is None:
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            await process.wait()
    return _Ended(status=process.returncode, said=said, complained=complained)
