"""What the open pages are told: the newest state of each part, once, however many pages listen and however slow they are.

A part is a card (one device, the journal, the sync …). A reader that falls behind skips to the newest; nothing is queued
for it.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import msgspec

from edge.bell import Bell
from edge.web.words import Language

BEAT_S = 5.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """One card as it went out: its version, its kind (the event's name), and what it shows in each language."""

    version: int
    kind: str
    shown: Mapping[Language, msgspec.Struct]
    lines: Mapping[Language, bytes]


@dataclass(slots=True)
class Feed:
    """The newest parts by name. One event loop owns it."""

    version: int = 0
    listeners: int = 0
    _parts: dict[str, Part] = field(default_factory=dict)
    _bell: Bell = field(default_factory=Bell)
    _endings: int = 0

    def put(self, name: str, kind: str, shown: Mapping[Language, msgspec.Struct]) -> bool:
        """Put up what part ``name`` shows now; says whether it is new."""
        old = self._parts.get(name)
        if old is not None and old.shown == shown:
            return False
        self.version += 1
        lines = {language: frame(kind, each) for language, each in shown.items()}
        self._parts[name] = Part(version=self.version, kind=kind, shown=shown, lines=lines)
        self._bell.ring()
        return True

    def drop(self, name: str) -> None:
        """Forget part ``name``; the pages are told by a part that lists what there is."""
        self._parts.pop(name, None)

    def shown(self, name: str) -> Mapping[Language, Any] | None:
        """What part ``name`` shows."""
        part = self._parts.get(name)
        return part.shown if part else None

    def cards(self, language: Language) -> dict[str, Any]:
        """What every part shows, by name."""
        return {name: part.shown[language] for name, part in self._parts.items()}

    def end(self) -> None:
        """Let every reader of now go: a door is closing. Those of another door come again."""
        self._endings += 1
        self._bell.ring()

    async def ended(self) -> None:
        """Wait until the readers of now are let go."""
        endings = self._endings
        while self._endings == endings:
            await self._newer(self.version, endings)

    @contextmanager
    def listening(self) -> Iterator[None]:
        """Count a reader, so that nothing is prepared while there is none."""
        self.listeners += 1
        try:
            yield
        finally:
            self.listeners -= 1

    async def follow(self, language: Language, kinds: frozenset[str] | None = None) -> AsyncGenerator[bytes, None]:
        """Everything now, then every change and a beat each BEAT_S, as server-sent events; only ``kinds``, if given."""
        seen, endings = 0, self._endings
        while self._endings == endings:
            news = self._since(seen, language, kinds)
            seen = self.version
            yield news + beat()
            await self._newer(seen, endings)

    def _since(self, seen: int, language: Language, kinds: frozenset[str] | None) -> bytes:
        fresh = [part for part in self._parts.values() if part.version > seen and (kinds is None or part.kind in kinds)]
        return b"".join(part.lines[language] for part in sorted(fresh, key=lambda part: part.version))

    async def _newer(self, seen: int, endings: int) -> None:
        if self.version == seen and self._endings == endings:
            with suppress(TimeoutError):
                async with asyncio.timeout(BEAT_S):
                    await self._bell.after(self._bell.rings)


def beat() -> bytes:
    """The box's time, so that a page can say how old a value is although its own clock is wrong."""
    return b'event: beat\ndata: {"now":"' + datetime.now(UTC).isoformat(timespec="milliseconds").encode() + b'"}\n\n'


def frame(kind: str, shown: object, number: int | None = None) -> bytes:
    """One server-sent event; a reader that is cut off says the ``number`` of its last one when it comes again."""
    # JSON holds no bare line feed, so one data line is enough
    numbered = b"" if number is None else b"\nid: %d" % number
    return b"event: %b%b\ndata: %b\n\n" % (kind.encode(), numbered, msgspec.json.encode(shown))
