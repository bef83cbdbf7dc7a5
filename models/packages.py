"""A file out of a package: machines that reach no more than a package index get their models as other people's packages.

The package is downloaded by the tool that this machine has set up for it, so from the index that the shop uses; it is never
installed, nothing of it is run, and one file is taken out.
"""

from __future__ import annotations

import asyncio
import os
import shutil
import signal
import sys
import tarfile
import time
import zipfile
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from tempfile import TemporaryDirectory, mkdtemp
from types import TracebackType
from typing import BinaryIO, Self, assert_never, cast

from models.download import NotBrought
from models.manifest import NodePackage, PythonPackage
from models.part import Part

DEADLINE_S = 900.0
"""The largest package has 75 MB: 83 kB a second."""

LAST_WORDS = 300
HELD = ".packages-"
LEFT_S = 86_400.0


class Packages:
    """Packages as they were downloaded, each once, until the end of the ``with``."""

    def __init__(self, folder: Path) -> None:
        # The tools run in a folder of their own.
        self._folder = folder.absolute()
        self._held: TemporaryDirectory[str] | None = None
        self._archives: dict[str, Path] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        if self._held is not None:
            self._held.cleanup()

    async def copy(self, source: PythonPackage | NodePackage, part: Part) -> None:
        """The file of ``source`` into ``part``. Raises NotBrought, AnotherFile, FolderUnusable."""
        archive = self._archives.get(source.package)
        if archive is None:
            archive = self._archives[source.package] = await self._downloaded(source)
        try:
            _copy_member(archive, source, part)
        except KeyError as error:
            raise NotBrought(f"it has no {source.member}") from error
        except (OSError, zipfile.BadZipFile, tarfile.TarError, EOFError) as error:
            raise NotBrought(f"it cannot be opened: {error}") from error

    def _place(self) -> Path:
        """A folder for one package, beside the models: the room for temporary files is often memory, and small."""
        if self._held is None:
            self._sweep()
            self._held = TemporaryDirectory(prefix=HELD, dir=self._folder, ignore_cleanup_errors=True)
        return Path(mkdtemp(dir=self._held.name))

    def _sweep(self) -> None:
        """Remove what a fetching that was killed has left."""
        for left in self._folder.glob(f"{HELD}*"):
            if time.time() - left.stat().st_mtime > LEFT_S:
                shutil.rmtree(left, ignore_errors=True)

    async def _downloaded(self, source: PythonPackage | NodePackage) -> Path:
        try:
            place = self._place()
        except OSError as error:
            raise NotBrought(f"no room for it beside the models: {error.strerror}") from error
        await _run(_command(source, place), place)
        return _archive_in(place)


def _command(source: PythonPackage | NodePackage, place: Path) -> Sequence[str]:
    match source:
        case PythonPackage():
            pip = (sys.executable, "-m", "pip", "--disable-pip-version-check", "--no-input", "--no-cache-dir")
            # A wheel only: to look at a source package pip would run its code.
            asked = ("download", "--quiet", "--no-deps", "--only-binary=:all:", "--timeout=30", "--retries=1")
            return (*pip, *asked, f"--dest={place}", source.package)
        case NodePackage():
            return ("npm", "pack", "--silent", "--ignore-scripts", f"--pack-destination={place}", source.package)
        case _:
            assert_never(source)


def _archive_in(place: Path) -> Path:
    archives = [path for path in place.iterdir() if path.suffix in (".whl", ".tgz")]
    if len(archives) != 1:
        raise NotBrought(f"{len(archives)} packages came of it instead of one")
    return archives[0]


async def _run(command: Sequence[str], place: Path) -> None:
    """Run ``command`` with nothing to read. Raises NotBrought with its last words."""
    environment = os.environ | {"TMPDIR": str(place), "npm_config_cache": str(place / "cache")}
    try:
        process = await asyncio.create_subprocess_exec(
            *command,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
            cwd=place,
            env=environment,
            start_new_session=True,
        )
    except OSError as error:
        raise NotBrought(f"{command[0]} is not to be had here: {error.strerror}") from error
    try:
        async with asyncio.timeout(DEADLINE_S):
            said, _ = await process.communicate()
    except TimeoutError as error:
        raise NotBrought(f"it took longer than {DEADLINE_S:.0f} s") from error
    finally:
        if process.returncode is None:
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            await process.wait()
    if process.returncode:
        words = said.decode(errors="replace").split()
        raise NotBrought(" ".join(words)[-LAST_WORDS:] or f"{command[0]} ended with {process.returncode}")


def _copy_member(archive: Path, source: PythonPackage | NodePackage, part: Part) -> None:
    match source:
        case PythonPackage():
            with zipfile.ZipFile(archive) as wheel, wheel.open(source.member) as member:
                part.copy(cast("BinaryIO", member))
        case NodePackage():
            with tarfile.open(archive, "r:gz") as tarball:
                file = tarball.extractfile(source.member)
                if file is None:
                    raise KeyError(source.member)
                part.copy(cast("BinaryIO", file))
        case _:
            assert_never(source)
