"""The test buttons of each device, as its driver allows: a technician tries a scale, a printer, a drawer without typing commands.

Every form works without scripts: the answer is a page then; with them it appears beside the button. What is printed is a job.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from http import HTTPStatus
from typing import assert_never
from zoneinfo import ZoneInfo

import msgspec
from aiohttp import web

from drivers.commands import (
    Accepted,
    Answer,
    AnyCommand,
    Block,
    Charged,
    ClearTare,
    Command,
    Done,
    Feed,
    Line,
    OpenDrawer,
    Print,
    Qr,
    Refused,
    SetProperty,
    SetTare,
    Show,
    ShowAmount,
    Tare,
    Unknown,
    Zero,
    command_name,
)
from edge.asking import detail_of
from edge.command_json import NotACommand, read_command
from edge.web.api import json_answer
from edge.web.body import read_form
from edge.web.callers import asker_of
from edge.web.doors import see
from edge.web.look import Look
from edge.web.problem_words import say_problem
from edge.web.problems import Problem
from edge.web.template import Template
from edge.web.view import View
from edge.web.waiting import settling
from edge.web.words import Words

RESTART = "restart-device"
NUMBERS = frozenset({"grams", "amount_minor"})

FIELDS: Mapping[type[Command], tuple[str, ...]] = {
    Tare: (),
    Zero: (),
    ClearTare: (),
    SetTare: ("grams",),
    Print: (),
    OpenDrawer: ("reason",),
    Show: ("upper", "lower"),
    ShowAmount: ("amount_minor",),
    SetProperty: ("property", "value"),
}
"""What is asked of a person for each; a command that is not here has no button: it takes money, or a picture."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Button:
    """One form of a card: the command's name and the fields that a person fills."""

    command: str
    fields: tuple[str, ...] = ()


class Told(msgspec.Struct, frozen=True, kw_only=True):
    """What became of it, for people."""

    look: Look
    word: str
    detail: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Asks:
    """Answers the forms of the cards, and those of the jobs that wait for a person."""

    view: View
    template: Template

    def buttons(self) -> dict[str, tuple[Button, ...]]:
        """The buttons of each device by its name."""
        drivers, devices = self.view.drivers, self.view.board.devices.values()
        return {each.device: _buttons(drivers[each.driver].commands if each.driver in drivers else ()) for each in devices}

    async def ask(self, request: web.Request) -> web.Response:
        """``POST /devices/{id}/ask``: a form with ``command`` and its fields."""
        device, form, words = request.match_info["id"], await read_form(request), self.template.words(request)
        told = await self._told(request, device, form, words)
        if "application/json" in request.headers.get("Accept", ""):
            return json_answer(told)
        return self.template.page(request, "asked", device=device, told=told)

    async def again(self, request: web.Request) -> web.Response:
        """``POST /jobs/{job}/again``."""
        async with settling():
            await self.view.jobs.again(request.match_info["job"], asker_of(request))
        return see("/")

    async def dismiss(self, request: web.Request) -> web.Response:
        """``POST /jobs/{job}/dismiss``."""
        async with settling():
            await self.view.jobs.dismiss(request.match_info["job"], asker_of(request))
        return see("/")

    async def _told(self, request: web.Request, device: str, form: dict[str, str], words: Words) -> Told:
        name = form.get("command", "")
        if name == RESTART:
            return tell(await self.view.restart(device, asker_of(request)), words)
        if name == command_name(Print):
            async with settling():
                job = await self.view.jobs.leave(device, self._test_print(device, words), asker_of(request))
            return Told(look="moving", word=words.say("ask.left"), detail=job)
        return tell(await self.view.ask(device, _command(name, form), asker_of(request)), words)

    def _test_print(self, device: str, words: Words) -> Print:
        store, box = self.view.settings.store, self.view.settings.box
        at = datetime.now(ZoneInfo(store.timezone))
        blocks: tuple[Block, ...] = (
            Line(text=store.name, align="center", large=True),
            Line(text=words.say("ask.test_line"), align="center", bold=True),
            Line(text=f"{box.name} · {device}", align="center"),
            Line(text=f"{at:%Y-%m-%d %H:%M:%S}", align="center"),
            Qr(text=f"storebox:{box.name}/{device}/{at.astimezone(UTC):%Y%m%dT%H%M%SZ}"),
            Feed(lines=2),
        )
        return Print(blocks=blocks)


def tell(answer: Answer, words: Words) -> Told:
    """``answer`` for people."""
    detail = say_problem(detail_of(answer), words.language)
    match answer:
        case Done() | Charged():
            return Told(look="good", word=words.say("ask.done"), detail=detail)
        case Accepted():
            return Told(look="moving", word=words.say("ask.accepted"), detail=detail)
        case Refused():
            return Told(look="warn", word=words.say("ask.refused"), detail=detail)
        case Unknown():
            return Told(look="bad", word=words.say("ask.unknown"), detail=detail)
    assert_never(answer)


def _buttons(commands: tuple[type[Command], ...]) -> tuple[Button, ...]:
    able = [Button(command=command_name(each), fields=fields) for each, fields in FIELDS.items() if each in commands]
    return (*able, Button(command=RESTART))


def _command(name: str, form: dict[str, str]) -> AnyCommand:
    fields = next((fields for command, fields in FIELDS.items() if command_name(command) == name), ())
    asked = {"command": name} | {field: _value(field, form.get(field, "")) for field in fields}
    try:
        return read_command(asked)
    except NotACommand as error:
        raise Problem(HTTPStatus.BAD_REQUEST, "bad-command", str(error)) from error


def _value(field: str, typed: str) -> str | int:
    if field not in NUMBERS:
        return typed
    if not (typed.isascii() and typed.isdigit() and len(typed) < 12):
        raise Problem(HTTPStatus.BAD_REQUEST, "bad-command", f"{field} is a whole number, such as 250")
    return int(typed)
