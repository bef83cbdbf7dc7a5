"""A payment gateway that listens, answers in its own language, and loses its answers in every way that a network knows.

``wechat_gateway.py`` and ``alipay_gateway.py`` bring the languages, their books what is answered when nothing gets lost.
"""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Collection
from dataclasses import dataclass, field
from typing import Any, Generic, Protocol, Self, TypeVar

from aiohttp import web

from drivers.sim.gateway_moods import Mood, lost

Fields = dict[str, Any]
BooksT = TypeVar("BooksT")
SpeechT = TypeVar("SpeechT", bound="Speech")


@dataclass(frozen=True, slots=True, kw_only=True)
class Heard:
    """A question: its ``call`` of the books, what it says, how it was named on the wire. ``problem``: not of its merchant."""

    call: str
    asked: Fields
    named: str = ""
    problem: str = ""


class Speech(Protocol):
    """The language of a gateway."""

    @property
    def paths(self) -> Collection[str]:
        """Where it is asked."""
        ...

    async def read(self, request: web.Request) -> Heard:
        """The question in ``request``."""
        ...

    def refuse(self, heard: Heard) -> web.Response:
        """The answer to whom it does not know."""
        ...

    def write(self, heard: Heard, told: Fields, mood: Mood) -> web.Response:
        """The answer ``told``, or what the mood makes of it."""
        ...


@dataclass(slots=True, kw_only=True)
class GatewaySim(Generic[BooksT, SpeechT]):
    """``async with`` it and it listens on ``port``. The attributes are its moods; they may change at any time.

    ``moods`` says of each call what becomes of its *answer*: the work is done before; ``deaf`` never hears it.
    ``moods_last``: so many answers, then it is well again. ``thinks_s``: so long it takes.
    """

    books: BooksT
    speech: SpeechT
    port: int = 0
    moods: dict[str, Mood] = field(default_factory=dict)
    moods_last: int = 1_000_000
    thinks_s: float = 0.0
    certificates: ssl.SSLContext | None = None
    heard: list[tuple[str, Fields]] = field(default_factory=list)
    _runner: web.AppRunner | None = None
    _closed: asyncio.Event = field(default_factory=asyncio.Event)
    _news: asyncio.Condition = field(default_factory=asyncio.Condition)

    async def __aenter__(self) -> Self:
        app = web.Application()
        for path in self.speech.paths:
            app.router.add_post(path, self._answer)
        self._runner = web.AppRunner(app, shutdown_timeout=0.1)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", self.port, ssl_context=self.certificates).start()
        self.port = self._runner.addresses[0][1]
        return self

    async def __aexit__(self, *exc: object) -> None:
        self._closed.set()
        if self._runner is not None:
            await self._runner.cleanup()

    @property
    def url(self) -> str:
        """Where it listens."""
        return f"http{'s' if self.certificates else ''}://127.0.0.1:{self.port}"

    def times(self, call: str) -> int:
        """How often it was asked for ``call``."""
        return sum(each == call for each, _ in self.heard)

    async def heard_of(self, call: str, times: int = 1) -> None:
        """Wait until it has been asked so often for ``call``."""
        async with self._news:
            await self._news.wait_for(lambda: self.times(call) >= times)

    async def _answer(self, request: web.Request) -> web.StreamResponse:
        heard = await self.speech.read(request)
        async with self._news:
            self.heard.append((heard.call, heard.asked))
            self._news.notify_all()
        await asyncio.sleep(self.thinks_s)
        if heard.problem:
            return self.speech.refuse(heard)
        mood = self._mood(heard.call)
        if mood == "deaf":
            return lost(request)
        told = getattr(self.books, heard.call)(heard.asked)
        if mood == "mute":
            await self._closed.wait()
        if mood == "cut":
            return lost(request)
        if mood == "server-error":
            return web.Response(status=502, text="<html>502 Bad Gateway</html>")
        return self.speech.write(heard, told, mood)

    def _mood(self, call: str) -> Mood:
        mood = self.moods.get(call, "well")
        if mood != "well":
            self.moods_last -= 1
        return mood if self.moods_last >= 0 else "well"
