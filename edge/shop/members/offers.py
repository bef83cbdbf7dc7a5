"""What becomes of the offers of a member: which stood on a screen, and which of those the member took up.

Headquarters caches offers with the member. A self-checkout lane shows those of the member of its order, a shelf's screen those of
whoever was named there just now, beside the goods that are in the hand. Only what has not ended is shown. A visit is an order, or
one naming at a shelf; of each offer it is told once. It is taken up when its goods, or goods of its category, are paid for on the
same business day; of an offer for anything nobody can tell.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import blake2b
from typing import ClassVar

import msgspec

from edge.shop.declined import Declined
from edge.shop.members.events import MemberIdentified
from edge.shop.members.identify import Shown, identify_member, recognise
from edge.shop.members.member import CachedOffer, find_member, offers_for
from edge.shop.moment import Moment
from edge.shop.orders.closing_events import OrderPaid
from edge.shop.orders.order import find_order, sold_lines
from edge.shop.part import Decision
from edge.shop.shop import Shop
from sync.events import Event, EventClass

MOST_OFFERS = 3
"""Offers of a member that a screen has room for, those first that end first."""

AT_SHELF = timedelta(minutes=2)
"""So long whoever was named at a shelf is taken to stand there."""

KEEP_SHOWN = 20_000
FORGET_EVERY = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class Onlooker:
    """A member in front of a screen."""

    member_ref: str
    place: str
    visit: str


class OfferEvent(Event, frozen=True, kw_only=True):
    """``offer`` is a digest of what was offered: of product ``sku``, of ``category``, or of anything."""

    event_class: ClassVar[EventClass] = EventClass.MEMBER
    member_ref: str
    offer: str
    place: str
    business_day: str
    sku: str | None = None
    category: str | None = None

    def subject(self) -> str:
        """The offer."""
        return self.offer

    def day(self) -> str:
        """The business day on which it happened."""
        return self.business_day


class OfferShown(OfferEvent, frozen=True, kw_only=True):
    """The screen at ``place``, a lane or a shelf, shows it to the member; once on a ``visit``."""

    type: ClassVar[str] = "storebox.offer.shown"
    visit: str

    def apply(self, db: sqlite3.Connection) -> None:
        """Remember it until the end of the day; now and then forget the oldest."""
        number = db.execute(
            "INSERT INTO offers_shown (member_ref, offer, visit, sku, category, place, day) VALUES (?, ?, ?, ?, ?, ?, ?)",
            (self.member_ref, self.offer, self.visit, self.sku, self.category, self.place, self.business_day),
        ).lastrowid
        if number is not None and number % FORGET_EVERY == 0:
            db.execute("DELETE FROM offers_shown WHERE number <= ?", (number - KEEP_SHOWN,))


class OfferAccepted(OfferEvent, frozen=True, kw_only=True):
    """What was offered, first at ``place``, was bought with the order."""

    type: ClassVar[str] = "storebox.offer.accepted"
    till: str
    order: str

    def apply(self, db: sqlite3.Connection) -> None:
        """It is taken up on every visit of the day."""
        db.execute(
            "UPDATE offers_shown SET accepted = 1 WHERE member_ref = ? AND offer = ? AND day = ?",
            (self.member_ref, self.offer, self.business_day),
        )


def show_at_lane(named: MemberIdentified, moment: Moment, shop: Shop, db: sqlite3.Connection) -> Iterator[OfferShown]:
    """The screen of a self-checkout lane shows the offers of its member from now on."""
    if named.order is not None and shop.self_checkout(named.till) is not None:
        offers = offers_for(db, named.member_ref, moment.at)[:MOST_OFFERS]
        onlooker = Onlooker(member_ref=named.member_ref, place=named.till, visit=f"{named.till}/{named.order}")
        yield from tell_shown(offers, onlooker, moment, shop, db)


def tell_shown(
    offers: Iterable[CachedOffer], onlooker: Onlooker, moment: Moment, shop: Shop, db: sqlite3.Connection
) -> Iterator[OfferShown]:
    """What of ``offers`` the member had not seen on this visit."""
    for offer in offers:
        name = name_of_offer(offer)
        seen = "SELECT 1 FROM offers_shown WHERE member_ref = ? AND offer = ? AND visit = ?"
        if db.execute(seen, (onlooker.member_ref, name, onlooker.visit)).fetchone() is None:
            yield OfferShown(
                member_ref=onlooker.member_ref,
                offer=name,
                place=onlooker.place,
                business_day=shop.day(moment.at),
                sku=offer.sku,
                category=offer.category,
                visit=onlooker.visit,
            )


def take_up(paid: OrderPaid, moment: Moment, shop: Shop, db: sqlite3.Connection) -> Iterator[OfferAccepted]:
    """Which of the offers that its member saw today were bought with an order."""
    order, day = find_order(db, paid.till, paid.order), shop.day(moment.at)
    if order is None or order.member_ref is None:
        return
    shown = db.execute(
        "SELECT offer, sku, category, place, min(number) FROM offers_shown WHERE member_ref = ? AND day = ? AND NOT accepted "
        "GROUP BY offer ORDER BY 5",
        (order.member_ref, day),
    ).fetchall()
    sold = [line for line in sold_lines(db, paid.till, paid.order) if line.known] if shown else []
    skus, categories = {line.sku for line in sold}, {line.category for line in sold}
    for offer, sku, category, place, _number in shown:
        if sku in skus or (sku is None and category in categories):
            about = {"member_ref": order.member_ref, "offer": offer, "place": place, "business_day": day}
            yield OfferAccepted(**about, sku=sku, category=category, till=paid.till, order=paid.order)


def name_at_shelf(shown: Shown) -> Decision:
    """Somebody says at a shelf's screen who they are, to see their offers. Raises Declined for whom the box does not know."""

    def decide(_moment: Moment, shop: Shop, db: sqlite3.Connection) -> Iterator[Event]:
        if recognise(shown, shop, db).doubt in {"unknown", "clock-unsynced"}:
            raise Declined("member-not-known", "the box knows no member by this code: show it at a till")
        yield from identify_member(shown, shop, db)

    return decide


def member_at(db: sqlite3.Connection, place: str, at: datetime) -> Onlooker | None:
    """Who was named at ``place`` just now; the naming began the visit."""
    row = db.execute("SELECT member_ref, since FROM members_at WHERE place = ? ORDER BY number DESC LIMIT 1", (place,)).fetchone()
    if row is None or not timedelta(0) <= at - datetime.fromisoformat(row[1]) < AT_SHELF:
        return None
    return Onlooker(member_ref=row[0], place=place, visit=f"{place}/{row[1]}")


def offers_beside(db: sqlite3.Connection, member_ref: str, sku: str, category: str, at: datetime) -> tuple[CachedOffer, ...]:
    """What the member is offered of this product, of its category, or of anything."""
    if find_member(db, member_ref) is None:
        return ()
    offers = offers_for(db, member_ref, at)
    fitting = (each for each in offers if (each.sku, each.category) == (None, None) or sku == each.sku or _of(each, category))
    return tuple(fitting)[:MOST_OFFERS]


def name_of_offer(offer: CachedOffer) -> str:
    """The digest by which events name it: 16 hexadecimal digits of what is offered and until when."""
    told = msgspec.json.encode((offer.sku, offer.category, offer.zh, offer.en, offer.expires))
    return blake2b(told, digest_size=8).hexdigest()


def _of(offer: CachedOffer, category: str) -> bool:
    return offer.sku is None and offer.category is not None and offer.category == category
