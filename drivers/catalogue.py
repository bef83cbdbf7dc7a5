"""The drivers that are installed, found by entry point and imported only when a device asks for one.

DriverMissing      the settings name a driver that cannot be used; the text says why
├── UnknownDriver  no installed package brings it
└── BrokenDriver   its package is there, but does not load, or two packages claim the name
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from importlib.metadata import EntryPoint, entry_points
from typing import TYPE_CHECKING

from drivers.contract import Driver

if TYPE_CHECKING:
    from pydantic import BaseModel

GROUP = "storebox.drivers"

# What importing a stranger's module is known to raise. Anything else is a bug that must be seen.
_LOAD_ERRORS = (ImportError, SyntaxError, AttributeError, NameError, TypeError, ValueError, LookupError, OSError, RuntimeError)


class DriverMissing(LookupError):
    """The driver cannot be used; the text says why and what to do."""


class UnknownDriver(DriverMissing):
    """No installed package brings it."""


class BrokenDriver(DriverMissing):
    """It is installed but does not load, or two packages claim its name."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Broken:
    """An entry point that gives no driver; ``reason`` names the package and what to do."""

    name: str
    reason: str


class Catalogue:
    """Drivers by name. Asking for one imports that one and no other, once."""

    def __init__(self, points: Iterable[EntryPoint]) -> None:
        self._points: dict[str, list[EntryPoint]] = {}
        self._drivers: dict[str, Driver] = {}
        for point in points:
            self._points.setdefault(point.name, []).append(point)

    @property
    def names(self) -> tuple[str, ...]:
        """Every name that some package claims, in order; nothing is imported."""
        return tuple(sorted(self._points))

    def driver(self, name: str) -> Driver:
        """The driver called ``name``. Raises UnknownDriver or BrokenDriver."""
        if name not in self._drivers:
            self._drivers[name] = _load(name, self._points.get(name, []))
        return self._drivers[name]

    def every(self) -> tuple[dict[str, Driver], tuple[Broken, ...]]:
        """Import all: the drivers that load, and those that do not; one bad package does not hide the others."""
        drivers, broken = {}, []
        for name in self.names:
            try:
                drivers[name] = self.driver(name)
            except BrokenDriver as error:
                broken.append(Broken(name=name, reason=str(error)))
        return drivers, tuple(broken)

    def settings_classes(self) -> Mapping[str, type[BaseModel]]:
        """What ``config.load`` asks for: only the drivers that a file names are imported."""
        return _SettingsClasses(self)


def installed() -> Catalogue:
    """The drivers of every installed package, ours among them."""
    return Catalogue(entry_points(group=GROUP))


class _SettingsClasses(Mapping[str, "type[BaseModel]"]):
    def __init__(self, catalogue: Catalogue) -> None:
        self._catalogue = catalogue

    def __getitem__(self, name: str) -> type[BaseModel]:
        return self._catalogue.driver(name).settings_class

    def __contains__(self, name: object) -> bool:
        return name in self._catalogue.names

    def __iter__(self) -> Iterator[str]:
        return iter(self._catalogue.names)

    def __len__(self) -> int:
        return len(self._catalogue.names)


def _load(name: str, points: list[EntryPoint]) -> Driver:
    match points:
        case []:
            raise UnknownDriver(f'no driver is called "{name}"; install the package that brings it')
        case [point]:
            return _loaded(point)
        case _:
            packages = " and ".join(sorted(_package(point) for point in points))
            raise BrokenDriver(f'the driver "{name}" comes from {packages}; remove one of the two packages')


def _loaded(point: EntryPoint) -> Driver:
    try:
        driver = point.load()
    except _LOAD_ERRORS as error:
        told = f"{type(error).__name__}: {error}"
        raise BrokenDriver(f'the driver "{point.name}" of {_package(point)} does not load ({told}); install it anew') from error
    if not isinstance(driver, Driver):
        raise BrokenDriver(f'"{point.value}" of {_package(point)} is not a storebox driver; tell its maker')
    return driver


def _package(point: EntryPoint) -> str:
    return f"{point.dist.name} {point.dist.version}" if point.dist else "an unnamed package"
