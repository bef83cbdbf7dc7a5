"""Scenes and opening hours for the people of the store, on a telephone, and for their programs. Complete without JavaScript."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from http import HTTPStatus
from typing import Literal

import msgspec
from aiohttp import web

from edge.shop.declined import Declined
from edge.shop.part import Decision
from edge.shop.scenes.events import LAYERS
from edge.shop.scenes.opening import cancel_store, turn_store
from edge.shop.scenes.override import cancel_scene, choose_scene
from edge.shop.scenes.shown import CallShown, ScenesShown, scenes_shown
from edge.web.api import json_answer
from edge.web.body import read_form, read_json
from edge.web.callers import CALLER
from edge.web.declining import as_problem, in_words
from edge.web.doors import see
from edge.web.problems import Problem
from edge.web.roles import Role
from edge.web.routes import Route
from edge.web.template import Template
from edge.web.view import View
from sync.disk import JournalUnavailable

MINUTES = (30, 60, 120, 240)
MOST_DIGITS = 6


class ForMinutes(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The body of ``POST /api/scenes/{name}``."""

    minutes: int = 60


class StoreAsked(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The body of ``POST /api/store``; without ``minutes`` it holds until the next opening or closing."""

    state: Literal["open", "closed"]
    minutes: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ScenesPage:
    """Serves the page and the calls."""

    view: View
    template: Template

    def routes(self) -> tuple[Route, ...]:
        """All of them ask for the role of staff."""
        staff = Role.STAFF
        return (
            Route(method="GET", path="/scenes", role=staff, handler=self.page),
            Route(method="POST", path="/scenes", role=staff, handler=self.change),
            Route(method="GET", path="/api/scenes", role=staff, handler=self.shown),
            Route(method="POST", path="/api/scenes/{name}", role=staff, handler=self.choose),
            Route(method="DELETE", path="/api/scenes", role=staff, handler=self.cancel),
            Route(method="POST", path="/api/store", role=staff, handler=self.turn),
            Route(method="DELETE", path="/api/store", role=staff, handler=self.cancel_store),
        )

    async def page(self, request: web.Request, mistake: str = "") -> web.Response:
        """``GET /scenes``."""
        shown = await self.view.journal.query(scenes_shown)
        names = {each.name: each.names.said(self.template.language(request)) for each in shown.scenes}
        return self.template.page(
            request,
            "scenes",
            status=HTTPStatus.CONFLICT if mistake else HTTPStatus.OK,
            shown=shown,
            names=names,
            why=[self._why(request, call) for call in shown.calls],
            layers=(*LAYERS, "default"),
            minutes=MINUTES,
            until=_until(shown),
            store_until=_moment(shown.store.until),
            mistake=mistake,
        )

    def _why(self, request: web.Request, call: CallShown) -> str:
        """Who wants it, in words: a campaign by its name, an opening or closing as such."""
        words = self.template.words(request)
        named = call.names.said(words.language)
        if call.trigger == "calendar" and call.cause in {"opening", "closing"}:
            named = words.say(f"scene_cause.{call.cause}")
        return words.say(f"scene_by.{call.trigger}", cause=named or call.cause)

    async def change(self, request: web.Request) -> web.Response:
        """``POST /scenes``: one button of the page."""
        form, by = await read_form(request), request[CALLER].name
        try:
            await self._decide(request, _asked(form, by), f"{form.get('do', '').partition(' ')[0]} on the page")
        except Declined as refusal:
            return await self.page(request, mistake=in_words(refusal, self.template.words(request)))
        return see("/scenes")

    async def shown(self, _request: web.Request) -> web.Response:
        """``GET /api/scenes``."""
        return json_answer(await self.view.journal.query(scenes_shown))

    async def choose(self, request: web.Request) -> web.Response:
        """``POST /api/scenes/{name}``: for some minutes."""
        asked = await read_json(request, ForMinutes)
        by = request[CALLER].name
        return await self._called(request, choose_scene(request.match_info["name"], minutes=asked.minutes, by=by), "a scene")

    async def cancel(self, request: web.Request) -> web.Response:
        """``DELETE /api/scenes``: take the choice back."""
        return await self._called(request, cancel_scene(by=request[CALLER].name), "cancel the scene")

    async def turn(self, request: web.Request) -> web.Response:
        """``POST /api/store``: open or close it, whatever its hours say."""
        asked = await read_json(request, StoreAsked)
        by = request[CALLER].name
        decision = turn_store(opens=asked.state == "open", minutes=asked.minutes, by=by)
        return await self._called(request, decision, "open or close the store")

    async def cancel_store(self, request: web.Request) -> web.Response:
        """``DELETE /api/store``: as its hours say again."""
        return await self._called(request, cancel_store(), "the store by its hours")

    async def _called(self, request: web.Request, decision: Decision, asked: str) -> web.Response:
        try:
            await self._decide(request, decision, asked)
        except Declined as refusal:
            raise as_problem(refusal) from refusal
        return json_answer(await self.view.journal.query(scenes_shown))

    async def _decide(self, request: web.Request, decision: Decision, asked: str) -> None:
        try:
            await self.view.desk.decide(decision, place=request[CALLER].name, asked=asked)
        except JournalUnavailable as error:
            told = f"not written down yet, try again: {error}"
            raise Problem(HTTPStatus.SERVICE_UNAVAILABLE, "not-recorded", told, retry_after_s=5) from error


def _asked(form: dict[str, str], by: str) -> Decision:
    """What a button of the page asks for. Raises Problem for one that the page does not have."""
    said = form.get("minutes", "")
    minutes = int(said) if said.isascii() and said.isdigit() and len(said) < MOST_DIGITS else None
    match form.get("do", "").partition(" "):
        case ("choose", _, name):
            return choose_scene(name, minutes=60 if minutes is None else minutes, by=by)
        case ("cancel", _, _):
            return cancel_scene(by=by)
        case (("open" | "close") as turn, _, _):
            return turn_store(opens=turn == "open", minutes=minutes, by=by)
        case ("by-hours", _, _):
            return cancel_store()
        case _:
            problem = "the page has no such button; load it again"
            raise Problem(HTTPStatus.BAD_REQUEST, "bad-form", problem)


def _until(shown: ScenesShown) -> datetime | None:
    return _moment(shown.calls[0].until) if shown.calls else None


def _moment(said: str | None) -> datetime | None:
    return None if said is None else datetime.fromisoformat(said)
