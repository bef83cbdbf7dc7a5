"""Fills the HTML templates: escaped by default, in the reader's language, with every string from the table of words."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from http import HTTPStatus
from typing import Any
from zoneinfo import ZoneInfo

import jinja2
from aiohttp import web

from edge.web.declining import refusal_in_words
from edge.web.problems import Problem, answer
from edge.web.quantities import clock_time, day, minutes, money
from edge.web.words import LANGUAGES, PAGES, Language, Words

LANGUAGE_COOKIE = "storebox-language"
YEAR_S = 365 * 86_400
STATIC = PAGES.parent / "static"
CONTENT_TYPES = {".css": "text/css", ".js": "text/javascript", ".svg": "image/svg+xml"}


@dataclass(frozen=True, slots=True, kw_only=True)
class StaticFile:
    """A file that pages load; ``digest`` is in its address, so that a new version is fetched at once."""

    content: bytes
    content_type: str
    digest: str


def load_static() -> dict[str, StaticFile]:
    """Every file that may be asked for, by name; no other path is ever opened."""
    files = (path for path in STATIC.iterdir() if path.suffix in CONTENT_TYPES)
    return {path.name: _static_file(path.read_bytes(), path.suffix) for path in files}


def _static_file(content: bytes, suffix: str) -> StaticFile:
    digest = hashlib.sha256(content).hexdigest()[:12]
    return StaticFile(content=content, content_type=CONTENT_TYPES[suffix], digest=digest)


class Template:
    """The pages as HTML."""

    def __init__(
        self,
        words: Mapping[Language, Words],
        static: Mapping[str, StaticFile],
        default: Language,
        zone: ZoneInfo,
        **everywhere: str,
    ) -> None:
        self._words = words
        self._static = static
        self._default = default
        self._pages = jinja2.Environment(
            loader=jinja2.FileSystemLoader(PAGES),
            autoescape=True,
            undefined=jinja2.StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        self._pages.globals.update(everywhere, static=self._address)
        self._pages.filters.update(clock=partial(clock_time, zone=zone), day=partial(day, zone=zone))
        self._pages.filters.update(money=money, minutes=minutes)

    def language(self, request: web.Request) -> Language:
        """The language of ``request``: asked for in the address, kept in the cookie, or the store's."""
        for asked in (request.query.get("language"), request.cookies.get(LANGUAGE_COOKIE)):
            for language in LANGUAGES:
                if asked == language:
                    return language
        return self._default

    def words(self, request: web.Request) -> Words:
        """The strings for ``request``."""
        return self._words[self.language(request)]

    def page(self, request: web.Request, name: str, *, status: HTTPStatus = HTTPStatus.OK, **values: Any) -> web.Response:
        """Page ``name`` with ``values``; keeps a language that was asked for."""
        words = self.words(request)
        others = [other for other in LANGUAGES if other != words.language]
        html = self._pages.get_template(f"{name}.html").render(values, say=words.say, language=words.language, others=others)
        response = web.Response(text=html, status=status, content_type="text/html")
        if request.query.get("language") == words.language:
            response.set_cookie(LANGUAGE_COOKIE, words.language, max_age=YEAR_S, httponly=True, samesite="Strict")
        return response

    def problem(self, request: web.Request, problem: Problem) -> web.Response:
        """``problem`` as a page for a browser that asked for one, as problem details for everyone else."""
        if "text/html" not in request.headers.get("Accept", ""):
            facts = problem.facts
            return answer(problem, "" if facts is None else refusal_in_words(self.words(request), problem.kind, facts))
        if problem.kind == "login-needed":
            response = self.page(request, "login", status=problem.status, mistake="")
        else:
            response = self.page(request, "problem", status=problem.status, problem=problem)
        response.headers.update(problem.headers())
        return response

    def _address(self, name: str) -> str:
        return f"/static/{name}?v={self._static[name].digest}"
