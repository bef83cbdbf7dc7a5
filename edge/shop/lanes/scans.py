"""What the scanner of a self-checkout lane read: goods, a coupon, a member, or a payment code.

Nobody repeats a scan, and nobody reads the answer to one: a refusal is put on the lane's screen, as an event.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from drivers.counter_readings import PaymentCodeShown, Scanned
from edge.shop.declined import Declined
from edge.shop.lanes.events import LaneDeclined
from edge.shop.lanes.goods import scan_goods
from edge.shop.lanes.lane import lane_state, next_order, open_order_of
from edge.shop.lanes.paying import bill_code
from edge.shop.members.identify import Shown, identified, identify_member, recognise
from edge.shop.moment import Moment
from edge.shop.promotions.coupons import is_coupon_code, present_coupon
from edge.shop.shop import Shop
from edge.shop.staff.roster import Person, badge_hash, of_badge, scan_badge
from edge.shop.staff.serving import serve
from sync.entries import EntryRefused
from sync.events import Event


@dataclass(frozen=True, slots=True, kw_only=True)
class _Meant:
    """What a code means at ``lane``: goods by a number of trade, a coupon, goods by another code, a badge, a member."""

    lane: str
    shown: Shown | None
    moment: Moment
    shop: Shop
    db: sqlite3.Connection

    def by(self, scanned: Scanned) -> tuple[Event, ...]:
        """What follows from it. Raises EntryRefused."""
        goods = scanned.problem or scanned.gtin is not None or scanned.item is not None
        if not goods and is_coupon_code(self.db, scanned.code):
            return self._coupon(scanned.code)
        try:
            return scan_goods(scanned, self.lane, self.moment, self.shop, self.db)
        except Declined as refusal:
            if self.shown is None or refusal.key != "unknown-barcode":
                raise
            guide = of_badge(self.db, scanned.code, self.shop.day(self.moment.at))
            return self._member(self.shown, refusal) if guide is None else self._served(guide)

    def _served(self, guide: Person) -> tuple[Event, ...]:
        order = open_order_of(lane_state(self.db, self.lane, self.shop))
        return tuple(serve(guide.staff, order.till, order.order, "badge")(self.moment, self.shop, self.db))

    def _coupon(self, code: str) -> tuple[Event, ...]:
        order = open_order_of(lane_state(self.db, self.lane, self.shop))
        clock = "synced" if self.shown is None else self.shown.clock
        return tuple(present_coupon(order.till, order.order, code, clock=clock)(self.moment, self.shop, self.db))

    def _member(self, shown: Shown, unknown: Declined) -> tuple[Event, ...]:
        """A code that looks like no member's, of nobody that the box was told of, is just unknown."""
        recognised = recognise(shown, self.shop, self.db)
        if recognised.doubt and shown.method == "code":
            raise unknown
        tuple(identify_member(shown, self.shop, self.db))  # says why not, before anything is opened
        order, opened = next_order(lane_state(self.db, self.lane, self.shop), self.moment.at, self.shop)
        return (*opened, identified(replace(shown, order=order.order), recognised, self.shop, self.db))


def hear_scan(scanned: Scanned, shown: Shown | None, moment: Moment, shop: Shop, db: sqlite3.Connection) -> Iterable[Event]:
    """Decide what was scanned at a self-checkout lane; a scanner elsewhere knows only the badges of those who come and go, and at
    a kiosk the screen says what a code is for.

    ``shown`` is what may be kept of the code if it is a member's.
    """
    lane = shop.self_checkout_with("scanner", scanned.device)
    if lane is None:
        return () if shop.is_at_kiosk(scanned.device) else _come_or_go(scanned, moment, shop, db)
    try:
        return _Meant(lane=lane, shown=shown, moment=moment, shop=shop, db=db).by(scanned)
    except EntryRefused as refusal:
        return (_declined(refusal, lane, shop, db),)


def hear_payment_code(shown: PaymentCodeShown, moment: Moment, shop: Shop, db: sqlite3.Connection) -> Iterator[Event]:
    """Pay the lane's order by it, or say clearly what to do instead. The code itself is not looked at: it is not even here."""
    lane = shop.self_checkout_with("scanner", shown.device)
    if lane is None:
        return
    try:
        yield from bill_code(lane, shown)(moment, shop, db)
    except Declined as refusal:
        yield _declined(refusal, lane, shop, db)


def _come_or_go(scanned: Scanned, moment: Moment, shop: Shop, db: sqlite3.Connection) -> Iterable[Event]:
    if scanned.problem or scanned.gtin is not None or of_badge(db, scanned.code, shop.day(moment.at)) is None:
        return ()
    return scan_badge(badge_hash(db, scanned.code), scanned.device)(moment, shop, db)


def _declined(refusal: EntryRefused, lane: str, shop: Shop, db: sqlite3.Connection) -> LaneDeclined:
    order = lane_state(db, lane, shop).open_order
    key, facts = (refusal.key, refusal.facts) if isinstance(refusal, Declined) else ("refused", {"problem": str(refusal)})
    return LaneDeclined(
        lane=lane,
        order="" if order is None else order.order,
        asked="scan",
        key=key,
        facts={name: str(fact) for name, fact in facts.items()},
        reason=str(refusal),
    )
