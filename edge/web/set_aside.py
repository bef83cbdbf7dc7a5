"""What could not become an event, as a page: without it a technician is told how many messages were set aside, but not why."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from functools import partial

import msgspec
from aiohttp import web

from edge.web.deciding import asked_of
from edge.web.problem_words import say_problem
from edge.web.roles import Role
from edge.web.routes import Route
from edge.web.template import Template
from edge.web.view import View
from edge.web.words import Language
from sync.letters import KeptLetter, LetterKind, letters

SHOWN = 50
MOST_SHOWN = 400
"""Characters of an input and of a reason; ``storebox dead-letters --json`` has the rest."""


class LetterShown(msgspec.Struct, frozen=True, kw_only=True):
    """One line. ``at`` is the last time of ``times``, in UTC; ``told`` is the beginning of what the device said."""

    device: str
    kind: LetterKind
    reason: str
    told: str
    at: datetime
    times: int


@dataclass(frozen=True, slots=True, kw_only=True)
class SetAside:
    """Serves the page."""

    view: View
    template: Template

    def routes(self) -> tuple[Route, ...]:
        """A technician's, as the command is: a message may hold anything."""
        return (Route(method="GET", path="/set-aside", role=Role.TECHNICIAN, handler=self.page),)

    async def page(self, request: web.Request) -> web.Response:
        """``GET /set-aside``: the newest inputs that could not become events, with the reason."""
        kept = await asked_of(self.view, partial(letters, limit=SHOWN))
        language = self.template.language(request)
        return self.template.page(request, "set_aside", letters=[show_letter(each, language) for each in kept])


def show_letter(kept: KeptLetter, language: Language) -> LetterShown:
    """The line of ``kept``; of a bug the end of its traceback, where the cause stands."""
    letter = kept.letter
    reason = say_problem(letter.reason, language)
    return LetterShown(
        device=letter.device,
        kind=letter.kind,
        reason=reason if len(reason) <= MOST_SHOWN else f"…{reason[-MOST_SHOWN:]}",
        told=letter.told if len(letter.told) <= MOST_SHOWN else f"{letter.told[:MOST_SHOWN]}…",
        at=letter.at,
        times=kept.times,
    )
