"""What the scanner of a self-checkout lane read: goods, or a payment code that this lane cannot take.

Nobody repeats a scan, and nobody reads the answer to one: a refusal is put on the lane's screen, as an event.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable

from drivers.counter_readings import PaymentCodeShown, Scanned
from edge.shop.declined import Declined
from edge.shop.lanes.events import LaneDeclined
from edge.shop.lanes.goods import scan_goods
from edge.shop.lanes.lane import lane_state
from edge.shop.moment import Moment
from edge.shop.shop import Shop
from sync.entries import EntryRefused
from sync.events import Event


def hear_scan(scanned: Scanned, moment: Moment, shop: Shop, db: sqlite3.Connection) -> Iterable[Event]:
    """Decide what was scanned at a self-checkout lane; a scanner elsewhere is only shown."""
    lane = shop.self_checkout_with("scanner", scanned.device)
    if lane is None:
        return ()
    try:
        return scan_goods(scanned, lane, moment, shop, db)
    except EntryRefused as refusal:
        return (_declined(refusal, lane, shop, db),)


def hear_payment_code(shown: PaymentCodeShown, shop: Shop, db: sqlite3.Connection) -> Iterable[Event]:
    """Say clearly what to do instead: no terminal that the box drives takes a code. The code itself is not looked at."""
    lane = shop.self_checkout_with("scanner", shown.device)
    if lane is None:
        return ()
    refusal = Declined("code-not-taken", "this lane takes no payment codes: pay by card here, or by code at the till")
    return (_declined(refusal, lane, shop, db),)


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
