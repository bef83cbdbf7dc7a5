"""Products for programs and for shoppers: search, the proof of prices, the card behind a label's QR code, the shelf's screen.

GET /api/catalogue?q=香&limit=20     products by name, code or pinyin initials, the best sellers first
GET /api/prices/changes?limit=50     what every label, scale and till said to a price
GET /goods/{code}                    the card of a product, for any telephone in the shop's network
GET /shelf/{id}                      the screen of a shelf: what was just taken, and what goes with it
GET /shelf/{id}/stream               its server-sent events: ``event: pick`` with the card as JSON
"""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from http import HTTPStatus

import msgspec
from aiohttp import web

from edge.shop.catalogue.cards import Card, Pick, ProductViewed, card_of, last_pick
from edge.shop.catalogue.products import Product, on_sale, product_of
from edge.shop.catalogue.proofs import price_changes
from edge.shop.declined import Declined
from edge.shop.members.member import CachedOffer
from edge.shop.members.offers import Onlooker, member_at, offers_beside, tell_shown
from edge.shop.moment import Moment
from edge.shop.shop import Shop
from edge.web.api import json_answer
from edge.web.body import read_count
from edge.web.callers import CALLER
from edge.web.card_shown import show_card
from edge.web.deciding import asked_of
from edge.web.feed import Feed, beat, frame
from edge.web.lookout import within
from edge.web.roles import Role
from edge.web.routes import Route
from edge.web.search import Search
from edge.web.sending import Followers, write_soon
from edge.web.shelves import shelf_of
from edge.web.template import Template
from edge.web.view import View
from edge.web.words import Words
from sync.disk import JournalUnavailable
from sync.events import Event, EventClass

MOST_FOUND = 100
USUAL_FOUND = 20
MOST_CHANGES = 500
MOST_STREAMS = 16
"""Screens of shelves at a time."""

VIEW_EVERY_S = 0.2
"""A card is open to everybody: at most so often one is counted, so that nobody fills the journal."""

BEAT_S = 5.0
PACE_S = 0.1


class ProductRecord(msgspec.Struct, frozen=True, kw_only=True):
    """A product that was found. ``price_minor`` is of now, per piece or per kg; ``on_sale``: the menus of this hour have it."""

    sku: str
    name_zh: str
    name_en: str
    category: str
    unit: str
    price_minor: int
    currency: str
    adult: bool
    on_sale: bool


@dataclass(slots=True, kw_only=True)
class Goods:
    """Answers about products."""

    view: View
    template: Template
    search: Search
    feed: Feed
    _screens: Followers = field(init=False)
    _viewed_at: float = field(default=float("-inf"))

    def __post_init__(self) -> None:
        told = "screens of shelves are open already; close one"
        self._screens = Followers(feed=self.feed, of="shelf", problem="too-many-screens", told=told)

    def routes(self) -> tuple[Route, ...]:
        """All of them; a card is public, for its price hangs on the shelf too."""
        return (
            Route(method="GET", path="/api/catalogue", role=Role.SCREEN, handler=self.find),
            Route(method="GET", path="/api/prices/changes", role=Role.STAFF, handler=self.changes),
            Route(method="GET", path="/goods/{code}", role=Role.PUBLIC, handler=self.card),
            Route(method="GET", path="/shelf/{id}", role=Role.SCREEN, handler=self.shelf),
            Route(method="GET", path="/shelf/{id}/stream", role=Role.SCREEN, handler=self.follow),
        )

    async def find(self, request: web.Request) -> web.Response:
        """``GET /api/catalogue``: one question to a reader, the search in it."""
        words, limit = request.query.get("q", ""), read_count(request, "limit", usual=USUAL_FOUND, most=MOST_FOUND)
        at = self.view.desk.now()

        def question(db: sqlite3.Connection) -> list[ProductRecord]:
            found = (product_of(db, sku, at) for sku in self.search.find(words, limit, db))
            return [_record(db, product) for product in found if product is not None]

        return json_answer(await asked_of(self.view, question))

    async def changes(self, request: web.Request) -> web.Response:
        """``GET /api/prices/changes``: the newest first."""
        limit = read_count(request, "limit", usual=50, most=MOST_CHANGES)
        return json_answer(await asked_of(self.view, partial(price_changes, limit=limit)))

    async def card(self, request: web.Request) -> web.Response:
        """``GET /goods/{code}``: the card, and a word of it to headquarters."""
        code, words = request.match_info["code"], self.template.words(request)
        card = await asked_of(self.view, partial(card_of, code=code, at=self.view.desk.now()))
        if card is None:
            return self.template.page(request, "goods", status=HTTPStatus.NOT_FOUND, card=None)
        now = self.view.clock()
        if now - self._viewed_at >= VIEW_EVERY_S:
            self._viewed_at = now
            await self._tell_viewed(card, request[CALLER].name, by_pick=False)
        return self.template.page(request, "goods", card=show_card(card, words))

    async def shelf(self, request: web.Request) -> web.Response:
        """``GET /shelf/{id}``."""
        return self.template.page(request, "shelf", shelf=shelf_of(self.view, request))

    async def follow(self, request: web.Request) -> web.StreamResponse:
        """``GET /shelf/{id}/stream``: each pick from now on, or from the one that the screen saw last."""
        shelf = shelf_of(self.view, request)
        return await self._screens.send(request, partial(self._send, request, shelf), MOST_STREAMS)

    async def _send(self, request: web.Request, shelf: str, response: web.StreamResponse) -> None:
        words, journal = self.template.words(request), self.view.journal
        seen, shown = -1, _seen_last(request)
        while True:
            news = beat()
            try:
                pick = await journal.query(partial(last_pick, shelf=shelf))
                if shown is None:
                    shown = pick.picks if pick is not None else 0
                elif pick is not None and pick.picks != shown:
                    shown, news = pick.picks, await self._shown(pick, shelf, words) + news
            except JournalUnavailable:
                pass  # it tells of itself; the screen shows what it had
            await write_soon(response, news)
            seen = await within(BEAT_S, journal.watch(seen), seen)
            await asyncio.sleep(PACE_S)

    async def _shown(self, pick: Pick, shelf: str, words: Words) -> bytes:
        at = self.view.desk.now()
        beside = await self.view.journal.query(partial(_beside, sku=pick.sku, shelf=shelf, at=at))
        if beside is None:
            return b""
        await self._tell_viewed(beside.card, shelf, by_pick=True, beside=beside)
        return frame("pick", show_card(beside.card, words, beside.offers), pick.picks)

    async def _tell_viewed(self, card: Card, place: str, *, by_pick: bool, beside: _Beside | None = None) -> None:
        """A card that cannot be counted is shown all the same."""
        viewed = ProductViewed(
            sku=card.product.sku,
            by="pick" if by_pick else "label",
            place=place,
            matching=tuple(other.sku for other in card.matching),
        )

        def decide(moment: Moment, shop: Shop, db: sqlite3.Connection) -> Iterator[Event]:
            yield viewed
            if beside is not None and beside.onlooker is not None:
                yield from tell_shown(beside.offers, beside.onlooker, moment, shop, db)

        offered = beside is not None and bool(beside.offers)
        event_class = EventClass.MEMBER if offered else EventClass.TELEMETRY
        try:
            await self.view.desk.decide(decide, place=place, asked="card", event_class=event_class)
        except (JournalUnavailable, Declined):
            return


@dataclass(frozen=True, slots=True, kw_only=True)
class _Beside:
    """A card, and what whoever stands there is offered beside it."""

    card: Card
    offers: tuple[CachedOffer, ...] = ()
    onlooker: Onlooker | None = None


def _beside(db: sqlite3.Connection, sku: str, shelf: str, at: datetime) -> _Beside | None:
    card, onlooker = card_of(db, sku, at), member_at(db, shelf, at)
    if card is None or onlooker is None:
        return None if card is None else _Beside(card=card)
    offers = offers_beside(db, onlooker.member_ref, card.product.sku, card.product.category, at)
    return _Beside(card=card, offers=offers, onlooker=onlooker)


def _record(db: sqlite3.Connection, product: Product) -> ProductRecord:
    return ProductRecord(
        sku=product.sku,
        name_zh=product.name_zh,
        name_en=product.name_en,
        category=product.category,
        unit=product.unit,
        price_minor=product.price_minor,
        currency=product.currency,
        adult=product.adult,
        on_sale=on_sale(db, product),
    )


def _seen_last(request: web.Request) -> int | None:
    """The pick that the screen showed before its connection was cut."""
    said = request.headers.get("Last-Event-ID", "")
    return int(said) if said.isascii() and said.isdigit() and len(said) < 16 else None
