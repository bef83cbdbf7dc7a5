"""A touch on "recognise me by face", at a kiosk, a lane or a mirror: what the shopper is to do now, and what came of it.

GET  /api/places/{id}/face                         {"offered": true}            asked when the screen would show the button
POST /api/places/{id}/face                         {"session": "v-17"}          the visit of a mirror; of other screens nothing
GET  /api/places/{id}/attempts/{request}?after=1   {"changes": 2, "says": "Please look here", "step": "look-here", "ended": ""}
POST /api/places/{id}/attempts/{request}/cancel

Whoever is recognised is named by the box, in the journal, before this is told: a screen never learns who it was.
"""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass
from functools import partial
from http import HTTPStatus
from typing import Annotated, Literal, assert_never

import msgspec
from aiohttp import web

from edge.faces.window import Attempt, FacesWindow, Failed, Kept, Named, Outcome
from edge.faces.words import Step
from edge.shop.lanes.lane import lane_state
from edge.shop.shop import Shop
from edge.web.api import json_answer
from edge.web.body import MOST_DIGITS, read_json
from edge.web.callers import CALLER
from edge.web.deciding import asked_of
from edge.web.declining import refusal_in_words
from edge.web.feed import Feed
from edge.web.long_poll import wait_for_news
from edge.web.problems import Problem
from edge.web.roles import Role
from edge.web.routes import Route
from edge.web.template import Template
from edge.web.view import View
from edge.web.visits import Visits
from edge.web.words import Words

Ended = Literal["", "named", "kept", "failed"]


class FaceAsked(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """``session`` is the visit of a mirror."""

    session: Annotated[str, msgspec.Meta(max_length=64, pattern=r"^[A-Za-z0-9._:-]*\Z")] = ""


class FaceOffered(msgspec.Struct, frozen=True, kw_only=True):
    """Whether the button stands on that screen now."""

    offered: bool


class AttemptShown(msgspec.Struct, frozen=True, kw_only=True):
    """``says`` is what to do now, or what came of it; ``hint`` what else works. ``step`` draws the arrow.

    ``until``: the day to which a new template is kept.
    """

    request: str
    changes: int
    step: Step
    says: str
    hint: str
    ended: Ended
    until: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class FaceAttempts:
    """Answers the screens of all places. A member who is recognised at a kiosk begins a visit there."""

    view: View
    template: Template
    feed: Feed
    visits: Visits

    def routes(self) -> tuple[Route, ...]:
        """For the screen of the place."""
        at, attempt = "/api/places/{id}", "/api/places/{id}/attempts/{request}"
        return (
            Route(method="GET", path=f"{at}/face", role=Role.SCREEN, handler=self.offered),
            Route(method="POST", path=f"{at}/face", role=Role.SCREEN, handler=self.identify),
            Route(method="GET", path=attempt, role=Role.SCREEN, handler=self.follow),
            Route(method="POST", path=f"{attempt}/cancel", role=Role.SCREEN, handler=self.cancel),
        )

    async def offered(self, request: web.Request) -> web.Response:
        """``GET …/face``."""
        return json_answer(FaceOffered(offered=is_read_at(self._place(request), self.view)))

    async def identify(self, request: web.Request) -> web.Response:
        """``POST …/face``: look who stands there. Raises Problem (409) where faces cannot be read now."""
        place, asked = self._place(request), await read_json(request, FaceAsked)
        window, shop = self.window(request, place), self.view.desk.shop()
        order: str | None = asked.session or None
        if shop.self_checkout(place) is not None:
            order = await asked_of(self.view, partial(_order_on_screen, lane=place, shop=shop))
        attempt = window.identify(place, order)
        return json_answer(show_attempt(attempt, self.template.words(request)))

    async def follow(self, request: web.Request) -> web.Response:
        """``GET …/attempts/{request}?after=``: as soon as it has gone on; the same again when it has not."""
        attempt = self._attempt(request)
        await wait_for_news(self.feed, attempt.after(read_after(request)), of="face")
        if attempt.outcome is not None and attempt.place in self.view.desk.shop().kiosks:
            self._take_over(attempt, attempt.outcome)
        return json_answer(show_attempt(attempt, self.template.words(request)))

    async def cancel(self, request: web.Request) -> web.Response:
        """``POST …/cancel``: 204, also when it has ended."""
        attempt = self._attempt(request)
        if self.view.faces is not None:
            self.view.faces.cancel(attempt.request)
        return web.Response(status=HTTPStatus.NO_CONTENT)

    def window(self, request: web.Request, place: str) -> FacesWindow:
        """Where faces are read at ``place``. Raises Problem (409) when they cannot be now."""
        faces = self.view.faces
        if faces is None or not faces.offered(place):
            said = self.template.words(request).say("faces.not_offered")
            raise Problem(HTTPStatus.CONFLICT, "face-not-offered", said)
        return faces

    def _take_over(self, attempt: Attempt, outcome: Outcome) -> None:
        """What the outcome means to a kiosk: a visit has begun, or its enrolment is over."""
        visit = self.visits.at(attempt.place).visit
        if isinstance(outcome, Named):
            self.visits.begin(attempt.place, outcome.member_ref, "face", cause=attempt.request)
        elif visit is not None and visit.request == attempt.request:
            self.visits.change(attempt.place, request="")

    def _attempt(self, request: web.Request) -> Attempt:
        place, faces = self._place(request), self.view.faces
        attempt = None if faces is None else faces.attempt(request.match_info["request"])
        if attempt is None or attempt.place != place:
            said = self.template.words(request).say("faces.attempt_over")
            raise Problem(HTTPStatus.NOT_FOUND, "unknown-attempt", said)
        return attempt

    def _place(self, request: web.Request) -> str:
        """The screen in the address, for a caller who may use it. Raises Problem."""
        name, caller, shop = request.match_info["id"], request[CALLER], self.view.desk.shop()
        plugged = self.view.plugged().get(name)
        is_mirror = plugged is not None and plugged.driver.startswith("mirror/")
        if name not in shop.kiosks and shop.self_checkout(name) is None and not is_mirror:
            told = f"no kiosk, self-checkout lane or mirror is called {name!r}: name one of the settings"
            raise Problem(HTTPStatus.NOT_FOUND, "unknown-place", told)
        if caller.name != name and not caller.may(Role.STAFF):
            raise Problem(HTTPStatus.FORBIDDEN, "other-place", f"this screen is {caller.name}; pair it under the name {name}")
        return name


def _order_on_screen(db: sqlite3.Connection, lane: str, shop: Shop) -> str | None:
    order = lane_state(db, lane, shop).open_order
    return None if order is None else order.order


def is_read_at(place: str, view: View) -> bool:
    """Whether a face can be read there now."""
    return view.faces is not None and view.faces.offered(place)


def is_learnt_at(place: str, view: View) -> bool:
    """Whether somebody can be enrolled there now, which takes one model more."""
    return view.faces is not None and view.faces.offered(place) and not view.faces.shown().no_enrolment


def show_attempt(attempt: Attempt, words: Words) -> AttemptShown:
    """The attempt in ``words``, without anything of the member."""
    ended, says, hint = _told(attempt.outcome, attempt.step, words)
    return AttemptShown(
        request=attempt.request,
        changes=attempt.changes,
        step=attempt.step,
        says=says,
        hint=hint,
        ended=ended,
        until=attempt.outcome.expires[:10] if isinstance(attempt.outcome, Kept) else "",
    )


def _told(outcome: Outcome | None, step: Step, words: Words) -> tuple[Ended, str, str]:
    match outcome:
        case None:
            return "", words.say(f"face_step.{step}"), words.strings.get(f"face_hint.{step}", "")
        case Named():
            return "named", words.say("faces.named"), ""
        case Kept():
            return "kept", words.say("faces.kept"), ""
        case Failed(why="declined"):
            said = refusal_in_words(words, outcome.declined, {}) or words.say("face_why.unsure")
            return "failed", said, words.say("faces.or_code")
        case Failed():
            return "failed", words.say(f"face_why.{outcome.why}"), words.say("faces.or_code")
    assert_never(outcome)


def read_after(request: web.Request) -> int:
    """Raises Problem for what is no number."""
    asked = request.query.get("after", "0")
    if not (asked.isascii() and asked.isdigit() and len(asked) < MOST_DIGITS):
        raise Problem(HTTPStatus.BAD_REQUEST, "bad-after", "after is the number of changes that the screen has seen")
    return int(asked)
