"""What staff do with a pickup order: accept, refuse, pick, make ready, hand over by the customer's code, take back."""

from __future__ import annotations

import hmac
import re
import sqlite3
from collections.abc import Callable, Iterable

from edge.shop.declined import Declined
from edge.shop.moment import Moment
from edge.shop.part import Decision
from edge.shop.pickups.clock import elapsed_ms
from edge.shop.pickups.codes import MOST_TRIES
from edge.shop.pickups.events import (
    PickupHandedOver,
    PickupMiskeyed,
    PickupPicked,
    PickupReady,
    PickupRefused,
    PickupReturned,
    PickupUnlocked,
    State,
)
from edge.shop.pickups.pickup import Pickup, known_pickup
from edge.shop.pickups.promises import accept_pickup, end_pickup, give_out, take_back
from edge.shop.shop import Shop
from sync.events import Event

TELEPHONE = re.compile(r"1[3-9]-?(?:[0-9]-?){9}")
"""A mobile number of mainland China, also with a country before it, a letter, or in groups."""

Say = Callable[[Pickup, Moment, Shop, sqlite3.Connection], Iterable[Event]]


def accept(order: str, by: str) -> Decision:
    """Promise the goods; also of an order that was refused, once they have come. Raises Declined."""
    return _step(order, ("announced", "refused"), lambda pickup, *rest: accept_pickup(pickup, by, *rest))


def refuse(order: str, by: str) -> Decision:
    """Staff say no. Raises Declined."""
    event = PickupRefused(order=order, by=by, reason="staff")
    return _step(order, ("announced", "accepted", "picked"), lambda pickup, *rest: end_pickup(pickup, event, *rest))


def picked(order: str, by: str) -> Decision:
    """The goods are together. Raises Declined."""

    def say(pickup: Pickup, moment: Moment, _shop: Shop, _db: sqlite3.Connection) -> Iterable[Event]:
        yield PickupPicked(order=order, by=by, after_ms=elapsed_ms(pickup.began, moment))

    return _step(order, ("accepted",), say)


def ready(order: str, by: str) -> Decision:
    """The goods wait for the customer. Raises Declined."""

    def say(pickup: Pickup, moment: Moment, _shop: Shop, _db: sqlite3.Connection) -> Iterable[Event]:
        yield PickupReady(order=order, by=by, after_ms=elapsed_ms(pickup.began, moment))

    return _step(order, ("accepted", "picked"), say)


def hand_over(order: str, by: str, shown_hash: str, courier: str = "") -> Decision:
    """Give the goods to whoever knows the code, of which only the hash comes here. Raises Declined.

    A wrong code is no refusal but an event, ``PickupMiskeyed``: it must be counted.
    """

    def say(pickup: Pickup, moment: Moment, shop: Shop, db: sqlite3.Connection) -> Iterable[Event]:
        if pickup.tries >= MOST_TRIES:
            raise Declined(
                "pickup-locked",
                f"the code of {order} was wrong {pickup.tries} times: look who stands there, then have it unlocked",
                order=order,
                tries=pickup.tries,
            )
        if pickup.delivery and not courier:
            raise Declined("pickup-needs-courier", f"{order} is a delivery: name the courier who takes it", order=order)
        if TELEPHONE.search(courier):
            raise Declined(
                "courier-telephone", "that is a telephone number, which is not kept here: type the courier's own number"
            )
        if not hmac.compare_digest(pickup.code_hash, shown_hash):
            yield PickupMiskeyed(order=order, tries=pickup.tries + 1, by=by)
            return
        after_ms = elapsed_ms(pickup.began, moment)
        yield PickupHandedOver(order=order, by=by, to="courier" if courier else "customer", courier=courier, after_ms=after_ms)
        yield from give_out(pickup, moment, shop, db)

    return _step(order, ("ready",), say)


def return_goods(order: str, by: str) -> Decision:
    """The goods go back to the shelf, before they were fetched or after. Raises Declined."""

    def say(pickup: Pickup, moment: Moment, shop: Shop, db: sqlite3.Connection) -> Iterable[Event]:
        collected = pickup.state == "handed-over"
        event = PickupReturned(order=order, by=by, collected=collected)
        yield from end_pickup(pickup, event, moment, shop, db)
        if collected:
            yield from take_back(pickup, moment, shop, db)

    return _step(order, ("accepted", "picked", "ready", "handed-over"), say)


def unlock(order: str, by: str) -> Decision:
    """The code may be tried again. Raises Declined."""
    return _step(order, ("ready",), lambda *_: (PickupUnlocked(order=order, by=by),))


def _step(order: str, states: tuple[State, ...], say: Say) -> Decision:
    def decide(moment: Moment, shop: Shop, db: sqlite3.Connection) -> Iterable[Event]:
        pickup = known_pickup(db, order)
        if pickup.state not in states:
            raise Declined(
                f"pickup-is-{pickup.state}", f"{order} is {pickup.state}, this is for {' or '.join(states)} orders", order=order
            )
        yield from say(pickup, moment, shop, db)

    return decide
