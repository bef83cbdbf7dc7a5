"""What is tried on now, for those who do not stand before the mirror: staff, and the screens of shelves.

GET /mirrors                 every mirror with what is worn there, its stock and what goes with it
GET /mirrors/stream          server-sent events for that page: ``changed``, at least every five seconds
GET /shelf/{id}/mirrors      server-sent events for a shelf's screen: ``mirrors``
    {"tried": [{"mirror": "mirror-1", "name": "True red", "price": "¥189.00", "stock": "12 in stock", "matching": "Goes with …"}],
     "try_on": "You can try this on at mirror-1"}
"""

from __future__ import annotations

import asyncio
import sqlite3
from dataclasses import dataclass, field
from functools import partial

import msgspec
from aiohttp import web

from edge.shop.catalogue.cards import last_pick
from edge.web.callers import Callers
from edge.web.deciding import asked_of
from edge.web.feed import Feed, beat, frame
from edge.web.lookout import within
from edge.web.mirror_goods import Tried, tried
from edge.web.quantities import money
from edge.web.roles import Role
from edge.web.routes import Route
from edge.web.sending import Followers, write_soon
from edge.web.shelves import shelf_of
from edge.web.sittings import Sittings
from edge.web.template import Template
from edge.web.view import View
from edge.web.words import Words
from sync.disk import JournalUnavailable

MOST_STREAMS = 32
MOST_TOLD = 3
"""A shelf's screen has room for so many products that are worn elsewhere."""

TURN_S = 1.0
RENEW_S = 5.0
PACE_S = 0.2
"""A finger on the intensity turns it fifty times a second."""


class WornElsewhere(msgspec.Struct, frozen=True, kw_only=True):
    """A product on somebody's face at ``mirror``; the rest in words."""

    mirror: str
    name: str
    price: str
    stock: str
    matching: str


class MirrorsTold(msgspec.Struct, frozen=True, kw_only=True):
    """``try_on``: where the product that was just taken from this shelf can be tried on; empty where it cannot."""

    tried: tuple[WornElsewhere, ...] = ()
    try_on: str = ""


@dataclass(slots=True, kw_only=True)
class MirrorNews:
    """Tells them, while they look."""

    view: View
    template: Template
    callers: Callers
    feed: Feed
    sittings: Sittings
    _followers: Followers = field(init=False)

    def __post_init__(self) -> None:
        told = "pages follow the mirrors already; close one"
        self._followers = Followers(feed=self.feed, of="mirrors", problem="too-many-followers", told=told)

    def routes(self) -> tuple[Route, ...]:
        """For staff and for the screens of shelves."""
        return (
            Route(method="GET", path="/mirrors", role=Role.STAFF, handler=self.overview),
            Route(method="GET", path="/mirrors/stream", role=Role.STAFF, handler=self.follow),
            Route(method="GET", path="/shelf/{id}/mirrors", role=Role.SCREEN, handler=self.beside),
        )

    async def overview(self, request: web.Request) -> web.Response:
        """``GET /mirrors``."""
        language = self.template.language(request)
        shown = []
        for name, each in self.view.plugged().items():
            if each.driver == "mirror/page":
                sitting = self.sittings.at(name)
                worn = [] if sitting is None else [pair for look in sitting.worn for pair in look]
                found = await asked_of(self.view, partial(tried, worn=worn, at=self.view.desk.now(), language=language))
                shown.append((name, name in self.sittings.open, sitting, found))
        return self.template.page(request, "mirrors", mirrors=shown, currency=self.view.settings.store.currency)

    async def follow(self, request: web.Request) -> web.StreamResponse:
        """``GET /mirrors/stream``: the page asks for itself anew at each word."""
        return await self._followers.send(request, partial(self._send_changes, request), MOST_STREAMS)

    async def beside(self, request: web.Request) -> web.StreamResponse:
        """``GET /shelf/{id}/mirrors``."""
        shelf = shelf_of(self.view, request)
        send = partial(self._send_told, request, shelf=shelf, words=self.template.words(request))
        return await self._followers.send(request, send, MOST_STREAMS)

    async def _send_changes(self, request: web.Request, response: web.StreamResponse) -> None:
        while self.callers.still_knows(request):
            seen = self.sittings.bell.rings
            await write_soon(response, frame("changed", {}))
            await asyncio.sleep(PACE_S)
            await within(RENEW_S, self.sittings.bell.after(seen), seen)

    async def _send_told(self, request: web.Request, response: web.StreamResponse, *, shelf: str, words: Words) -> None:
        before: MirrorsTold | None = None
        while self.callers.still_knows(request):
            seen = self.sittings.bell.rings
            now = await self._told(shelf, words, before)
            if now != before:
                before = now
                await write_soon(response, frame("mirrors", now))
            await write_soon(response, beat())
            await asyncio.sleep(PACE_S)
            await within(TURN_S, self.sittings.bell.after(seen), seen)

    async def _told(self, shelf: str, words: Words, before: MirrorsTold | None) -> MirrorsTold:
        try:
            return await self.view.journal.query(partial(self._ask, shelf, words))
        except JournalUnavailable:
            return before or MirrorsTold()  # it tells of itself

    def _ask(self, shelf: str, words: Words, db: sqlite3.Connection) -> MirrorsTold:
        at, worn = self.view.desk.now(), self.sittings.worn()[:MOST_TOLD]
        found = tried(db, [(sku, 0) for _, sku in worn], at, words.language)
        by_sku = {each.sku: each for each in found}
        told = tuple(self._worn(mirror, by_sku[sku], words) for mirror, sku in worn)
        return MirrorsTold(tried=told, try_on=self._try_on(db, shelf, words))

    def _worn(self, mirror: str, each: Tried, words: Words) -> WornElsewhere:
        currency = self.view.settings.store.currency
        return WornElsewhere(
            mirror=words.say("shelf.at_mirror", mirror=mirror),
            name=each.name,
            price="" if each.product is None else money(each.product.price_minor, currency),
            stock=words.say("mirrors.stock", pieces=each.stock) if each.stock else words.say("mirrors.none"),
            matching=words.say("mirrors.matching", names=", ".join(each.matching)) if each.matching else "",
        )

    def _try_on(self, db: sqlite3.Connection, shelf: str, words: Words) -> str:
        pick = last_pick(db, shelf)
        mirrors = ", ".join(sorted(self.sittings.open))
        if pick is None or not mirrors:
            return ""
        on_offer = db.execute("SELECT 1 FROM shades WHERE sku = ?", (pick.sku,)).fetchone() is not None
        return words.say("shelf.try_on", mirrors=mirrors) if on_offer else ""
