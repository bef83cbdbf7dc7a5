"""Takes over which models headquarters wants: fetches their files, and only when all are proven makes them the box's.

Until then, and when they cannot be had, the models that work go on working. Fetching is done by a process of its own (the very
``storebox models fetch`` that a technician types): neither 70 MB nor their checksum are the business of a process that sells.
"""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn

import msgspec
import structlog

from edge.shop.models.document import WantedModels, wanted_models
from edge.status import Board
from models.manifest import OF_THE_STORE, ModelUnusable, models_of, shipped_models
from sync.journal import Journal

log = structlog.get_logger()

LOOK_S = 1.0
NEXT = "manifest.next.json"
FETCH = (sys.executable, "-P", "-m", "edge", "models", "fetch")
DEADLINE_S = 3600.0
"""70 MB at 20 kB a second; what is there by then is gone on with."""

AGAIN_S = 600.0
ALARM = "models"


class ModelsNotTaken(Exception):
    """The models of headquarters are not to be had now; the last ones go on working."""


class _Row(msgspec.Struct):
    model: str
    problem: str
    needed: bool


class _Answer(msgspec.Struct):
    models: list[_Row]


@dataclass(slots=True, kw_only=True)
class ToldModels:
    """``renew`` starts whatever looks at pictures anew."""

    journal: Journal
    board: Board
    models_dir: Path
    renew: Callable[[], None]
    fetch: Sequence[str] = FETCH
    look_s: float = LOOK_S
    again_s: float = AGAIN_S
    _tried: int = 0
    _taken: int = 0
    _again_at_s: float = 0.0

    async def run(self) -> NoReturn:
        """Look after each commit, until cancelled. Raises JournalUnavailable."""
        loop = asyncio.get_running_loop()
        while True:
            seen = self.journal.commits
            wanted = await self.journal.query(wanted_models)
            if wanted is not None and self._is_due(wanted, loop.time()):
                await self._try(wanted)
                self._again_at_s = loop.time() + self.again_s
            await asyncio.sleep(self.look_s)
            with suppress(TimeoutError):
                async with asyncio.timeout(self.again_s):
                    await self.journal.watch(seen)

    def _is_due(self, wanted: WantedModels, now_s: float) -> bool:
        return wanted.version not in (self._taken, self._tried) or (self._taken != self._tried and now_s >= self._again_at_s)

    async def _try(self, wanted: WantedModels) -> None:
        self._tried = wanted.version
        try:
            await self._take(wanted)
        except ModelsNotTaken as error:
            log.warning(str(error))
            self.board.raise_alarm(ALARM, str(error))
        else:
            self._taken = wanted.version
            self.board.clear_alarm(ALARM)

    async def _take(self, wanted: WantedModels) -> None:
        following = self.models_dir / NEXT
        await asyncio.to_thread(self._write, following, wanted)
        problem = await self._fetched(following, wanted) if wanted.needed else ""
        if problem:
            raise ModelsNotTaken(f"headquarters' models (version {wanted.version}) are not all here: {problem}")
        if await asyncio.to_thread(self._use, following, wanted):
            log.info("headquarters' models are used", version=wanted.version)
            self.renew()

    def _write(self, following: Path, wanted: WantedModels) -> None:
        try:
            self.models_dir.mkdir(parents=True, exist_ok=True)
            following.write_bytes(wanted.manifest)
        except OSError as error:
            raise self._unwritable(error) from error

    def _use(self, following: Path, wanted: WantedModels) -> bool:
        """Whether anything is other than before. Files that only the document before knew are given up."""
        using = self.models_dir / OF_THE_STORE
        with suppress(FileNotFoundError):
            if using.read_bytes() == wanted.manifest:
                following.unlink()
                return False
        before = self._files() - {file.name for model in shipped_models().values() for file in model.files}
        try:
            with following.open("rb") as written:
                os.fsync(written.fileno())
            following.replace(using)
            for name in before - self._files():
                (self.models_dir / name).unlink(missing_ok=True)
        except OSError as error:
            raise self._unwritable(error) from error
        return True

    def _files(self) -> set[str]:
        """The files of every model that the box knows; none where its list is damaged."""
        try:
            return {file.name for model in models_of(self.models_dir).values() for file in model.files}
        except ModelUnusable:
            return set()

    def _unwritable(self, error: OSError) -> ModelsNotTaken:
        return ModelsNotTaken(f"{self.models_dir} cannot be written: {error.strerror}; mend its rights or the disk")

    async def _fetched(self, following: Path, wanted: WantedModels) -> str:
        """What went wrong; nothing when every model is whole."""
        words = ["--json", f"--models-dir={self.models_dir}", f"--list={following}", *wanted.needed]
        words += [f"--mirror={wanted.mirror}"] if wanted.mirror else []
        pipe = asyncio.subprocess.PIPE
        process = await asyncio.create_subprocess_exec(
            *self.fetch, *words, stdin=asyncio.subprocess.DEVNULL, stdout=pipe, stderr=pipe, start_new_session=True
        )
        try:
            async with asyncio.timeout(DEADLINE_S):
                said, complained = await process.communicate()
        except TimeoutError:
            return f"not done within {DEADLINE_S:.0f} s"
        finally:
            if process.returncode is None:
                with suppress(ProcessLookupError):
                    os.killpg(process.pid, signal.SIGKILL)
                await process.wait()
        return "" if process.returncode == 0 else _problem(said, complained)


def _problem(said: bytes, complained: bytes) -> str:
    try:
        rows = msgspec.json.decode(said, type=_Answer).models
    except msgspec.MsgspecError:
        return complained.decode(errors="replace").strip().rpartition("\n")[2] or "storebox models fetch ended without a word"
    return "; ".join(row.problem for row in rows if row.needed)
