"""What pages may ask of the reader of faces; they know no process, no camera's ring and no template.

    window.offered("kiosk-1")                     whether "recognise my face" stands on that screen now
    attempt = window.identify("kiosk-1")          a touch; it ends by itself within seconds
    await attempt.after(0)                        what the shopper is to do now, as soon as it changes
    attempt.outcome                               Named("m-17"), or Failed("stranger")

A place is a screen: a kiosk, a lane, a mirror. Its camera is the settings'.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal, Protocol

from edge.bell import Bell
from edge.faces.words import Step, Why


@dataclass(frozen=True, slots=True, kw_only=True)
class Named:
    """The member was recognised, and it is recorded. ``verified``: headquarters knows the member."""

    member_ref: str = field(repr=False)
    verified: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """The member is enrolled, and it is recorded: the template expires on ``expires`` (ISO date)."""

    expires: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Failed:
    """Neither. ``declined`` is the key of a refusal of the shop (consent was withdrawn meanwhile), else ``why`` says it."""

    why: Why | Literal["declined", "not-recorded"]
    declined: str = ""


Outcome = Named | Kept | Failed


@dataclass(slots=True, kw_only=True)
class Attempt:
    """One touch, from the first picture to its outcome; nothing here outlives it."""

    request: str
    place: str
    step: Step = "looking"
    outcome: Outcome | None = None
    _bell: Bell = field(default_factory=Bell)

    @property
    def changes(self) -> int:
        """How often it has gone on."""
        return self._bell.rings

    def tell(self, step: Step | None = None, outcome: Outcome | None = None) -> None:
        """It has gone on, or ended; after its end nothing is told."""
        if self.outcome is not None:
            return
        self.step, self.outcome = step or self.step, outcome
        self._bell.ring()

    async def after(self, changes: int) -> None:
        """Until there is something newer than ``changes``. The caller sets the deadline."""
        if self.outcome is None:
            await self._bell.after(changes)


@dataclass(frozen=True, slots=True, kw_only=True)
class FacesShown:
    """For status page, metrics and alarms. ``off``: not configured. ``down``: configured, but ``problem`` keeps it from working.

    ``templates`` are counted in the journal. The law asks for a filing from 100 000 on. ``no_enrolment``: why nobody can be
    enrolled, though faces are read.
    """

    state: Literal["off", "starting", "on", "down"] = "off"
    problem: str = ""
    templates: int = 0
    restarts: int = 0
    rss_bytes: int = 0
    no_enrolment: str = ""


class FacesWindow(Protocol):
    """How the pages look at recognition."""

    def shown(self) -> FacesShown:
        """What it does."""
        ...

    def offered(self, place: str) -> bool:
        """Whether faces can be read at that screen now: configured, with key and models, its camera open, of the right kind."""
        ...

    def identify(self, place: str, order: str | None = None) -> Attempt:
        """Look who stands there; the member is recorded as identified at ``place`` (and on ``order``) before it is told."""
        ...

    def enrol(self, place: str, member_ref: str, consent: str) -> Attempt:
        """Challenge and learn whoever stands there; ``consent`` is the row that the member gave just before."""
        ...

    def cancel(self, request: str) -> None:
        """Nobody waits any more."""
        ...

    def attempt(self, request: str) -> Attempt | None:
        """The attempt of that name, while it lasts and a minute after."""
        ...

    async def forgotten(self) -> None:
        """Until the process holds no template any more that is not in the journal, or is dead. Within seconds."""
        ...
