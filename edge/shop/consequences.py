"""What follows from an event inside the same transaction: a paid order earns points, takes from the stock, prints a receipt.

It is asked after the event was applied, and what it says is followed in its turn. One place to read, no subscriptions: a stack
trace shows the way.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator

import msgspec

from edge.shop.catalogue.price_changes import settle_place
from edge.shop.declined import tell_refusal
from edge.shop.faces.events import FaceConsented, FaceWithdrawn
from edge.shop.faces.paper import print_slip
from edge.shop.insight.experiments import expose
from edge.shop.job_events import JobFinished
from edge.shop.lanes.events import LaneBegun
from edge.shop.lanes.paybacks import ask_back
from edge.shop.members.events import JoinIntended, MemberIdentified
from edge.shop.members.forget import MemberForgotten
from edge.shop.members.offers import show_at_lane, take_up
from edge.shop.members.points import earn_points, follow_member, reverse_points
from edge.shop.members.spending import release_excess, release_held, return_spent, settle_held
from edge.shop.mirror_visits import ShadeWorn, VisitBegan
from edge.shop.moment import Moment
from edge.shop.orders.closing import complete
from edge.shop.orders.closing_events import OrderPaid, OrderRefunded, OrderVoided
from edge.shop.orders.events import ItemRemoved
from edge.shop.orders.kitchen import follow_ticket, take_from_kitchen, tell_kitchen
from edge.shop.orders.receipt import print_receipt
from edge.shop.pickups.events import (
    PickupAccepted,
    PickupCancelled,
    PickupChanged,
    PickupExpired,
    PickupLate,
    PickupReady,
    PickupRefused,
    PickupReturned,
)
from edge.shop.pickups.paper import print_pick_list
from edge.shop.pickups.sounder import hush_alarm, sound_alarm
from edge.shop.promotions.campaigns import greet_with_gifts
from edge.shop.promotions.coupons import reverse_coupons
from edge.shop.promotions.events import CouponRedeemed, CouponReversed, GiftGranted
from edge.shop.shop import Shop
from edge.shop.staff.returns import settle_slips
from edge.shop.staff.serving import credit, credit_join
from edge.shop.stock.shelf_events import ShelfAdjusted, ShelfDoubted, ShelfPicked, ShelfPut
from edge.shop.stock.slots import judge_slot
from edge.shop.stock.sold import return_refunded, take_gift, take_sold
from sync.entries import Decide, EntryRefused
from sync.events import Event


def consequences(event: Event, moment: Moment, shop: Shop, db: sqlite3.Connection) -> Iterable[Event]:  # noqa: C901, PLR0912, PLR0915 - a list
    """The events that ``event``, which is applied, brings with it."""
    match event:
        case OrderPaid():
            yield from take_sold(event, moment, shop, db)
            yield from settle_held(event, moment, shop, db)
            yield from earn_points(event.till, event.order, moment, shop, db)
            yield from credit(db, "cps", event.till, event.order, event.amount_minor)
            yield from print_receipt(event, moment, shop, db)  # after the points that it tells of
            yield from tell_kitchen(event, moment, shop, db)
            yield from take_up(event, moment, shop, db)
            yield from expose(event, moment, shop, db)
            yield from complete(event.till, event.order, db)
        case OrderRefunded():
            yield from return_refunded(event, moment, shop, db)
            yield from return_spent(event, moment, shop, db)
            yield from reverse_points(event, moment, shop, db)
            yield from reverse_coupons(event, db)
            yield from settle_slips(event, db)
            yield from take_from_kitchen(event, moment, shop, db)
            yield from credit(db, "cps", event.till, event.order, -event.money_minor)
            yield from ask_back(event, shop, db)
        case OrderVoided():
            yield from release_held(event.till, event.order, moment, shop, db)
        case CouponRedeemed():
            yield from credit(db, "cpr", event.till, event.order, event.value_minor)
        case CouponReversed():
            yield from credit(db, "cpr", event.till, event.order, -event.value_minor)
        case GiftGranted():
            yield from take_gift(event, db)
        case JoinIntended():
            yield from credit_join(event)
        case ItemRemoved():
            yield from release_excess(event, moment, shop, db)
        case MemberIdentified():
            yield from follow_member(event, moment, shop, db)
            yield from greet_with_gifts(event, moment, shop, db)
            yield from show_at_lane(event, moment, shop, db)
        case FaceConsented() | FaceWithdrawn() | MemberForgotten():
            yield from print_slip(event, moment, shop, db)
        case ShelfPicked() | ShelfPut() | ShelfAdjusted() | ShelfDoubted():
            yield from judge_slot(event, moment, shop, db)
            yield from expose(event, moment, shop, db)
        case VisitBegan() | ShadeWorn() | LaneBegun():
            yield from expose(event, moment, shop, db)
        case JobFinished():
            yield from settle_place(event, moment, db)
            yield from follow_ticket(event, moment, shop, db)
        case PickupAccepted():
            yield from print_pick_list(event, moment, shop, db)
        case PickupLate():
            yield from sound_alarm(event, moment, shop, db)
        case PickupReady() | PickupRefused() | PickupReturned() | PickupCancelled() | PickupExpired() | PickupChanged():
            yield from hush_alarm(event, moment, shop, db)
        case _:
            pass


class WithConsequences(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """``decide`` and all that follows; a refusal says that ``place`` ``asked`` for something and why it was refused."""

    decide: Decide
    moment: Moment
    shop: Shop
    place: str
    asked: str

    def __call__(self, db: sqlite3.Connection) -> Iterator[Event]:
        try:
            yield from _followed(self.decide(db), self.moment, self.shop, db)
        except EntryRefused as refusal:
            tell_refusal(refusal, self.place, self.asked)
            raise


def _followed(events: Iterable[Event], moment: Moment, shop: Shop, db: sqlite3.Connection) -> Iterator[Event]:
    for event in events:
        yield event
        yield from _followed(consequences(event, moment, shop, db), moment, shop, db)
