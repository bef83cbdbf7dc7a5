"""What the screen of a self-checkout lane shows: read from the tables in one go, then put into the words of the shopper."""

from __future__ import annotations

import json
import sqlite3
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Literal

import msgspec

from edge.shop.lanes.bags import Bags, bags_of
from edge.shop.lanes.lane import LaneState, lane_settings, lane_state
from edge.shop.members.ledger import held_for_order
from edge.shop.members.member import CachedOffer, find_member, offers_for
from edge.shop.members.offers import MOST_OFFERS
from edge.shop.moment import Moment
from edge.shop.orders.due import Due, due_of
from edge.shop.orders.order import Order
from edge.shop.orders.receipt import name_of, tail_of
from edge.shop.shop import Shop
from edge.web.lane_account import Account, AccountShown, SumShown, read_account, show_account, show_sums
from edge.web.quantities import kilograms, money
from edge.web.words import Language, Words

THANKS = timedelta(seconds=20)
"""How long the shopper is thanked, before the lane asks for the next one."""

Row = tuple[int, str, str, int | None, int | None, int, int]
"""Line, state, SKU, pieces, grams, price and amount."""


class LineShown(msgspec.Struct, frozen=True, kw_only=True):
    """One line of goods; ``awaiting``: it must be put on the scale."""

    line: int
    name: str
    how: str
    amount: str
    awaiting: bool


class LaneShown(msgspec.Struct, frozen=True, kw_only=True):
    """The whole screen. ``stage`` is what the shopper does now; ``notice`` is news when its number grew.

    ``tender``: how it is being paid. ``look_up``: by which number an attendant finds a payment that nobody can tell of.
    """

    lane: str
    order: str
    stage: Literal["idle", "open", "totalled", "paying", "waiting", "thanks"]
    lines: tuple[LineShown, ...]
    pieces: int
    total: str
    due: str
    sums: tuple[SumShown, ...]
    member: str
    account: AccountShown
    offers: tuple[str, ...]
    weigh: str
    bags: str
    called: str
    called_for: str
    notice: str
    notice_number: int
    printing: bool
    tender: str
    look_up: str


@dataclass(frozen=True, slots=True, kw_only=True)
class LaneNow:
    """A lane as the tables have it."""

    state: LaneState
    shows: Order | None
    lines: tuple[Row, ...]
    names: dict[Language, dict[str, str]]
    due: Due
    paid_minor: int | None
    bags: Bags
    tier: str | None
    account: Account
    offers: tuple[CachedOffer, ...]
    notice: tuple[int, str, dict[str, str]] = field(default=(0, "", {}))
    printer: str | None = None


def read_lane(db: sqlite3.Connection, lane: str, shop: Shop, moment: Moment) -> LaneNow:
    """The lane now. Raises Declined for one that is none."""
    settings, state = lane_settings(shop, lane), lane_state(db, lane, shop)
    order = state.open_order or _thanked(db, state, moment.at)
    rows = [] if order is None else _lines(db, order)
    due, paid_minor, bags = Due(total_minor=0), None, Bags(verdict="unchecked")
    if order is not None and order.state == "open":
        due, bags = due_of(db, order, moment, shop), bags_of(state, order, shop, db)
    elif order is not None:
        due, paid_minor = _paid(db, order)
    member = None if order is None or order.member_ref is None else find_member(db, order.member_ref)
    notice = db.execute("SELECT number, key, facts FROM lane_notices WHERE lane = ?", (lane,)).fetchone()
    skus = {row[2] for row in rows}
    return LaneNow(
        state=state,
        shows=order,
        lines=tuple(rows),
        names={"zh": {sku: name_of(db, sku, "zh") for sku in skus}, "en": {sku: name_of(db, sku, "en") for sku in skus}},
        due=due,
        paid_minor=paid_minor,
        bags=bags,
        tier=None if member is None else member.tier,
        account=read_account(db, order, member, shop, moment),
        offers=() if member is None else offers_for(db, member.ref, moment.at)[:MOST_OFFERS],
        notice=(0, "", {}) if notice is None else (notice[0], notice[1], json.loads(notice[2])),
        printer=settings.printer,
    )


def mark_of(db: sqlite3.Connection, lane: str, shop: Shop) -> tuple[object, ...]:
    """Another one whenever the screen of ``lane`` may look otherwise: cheap to ask, while the shop sells at other lanes."""
    state = lane_state(db, lane, shop)
    order = state.open_order
    notice = db.execute("SELECT number FROM lane_notices WHERE lane = ?", (lane,)).fetchone()
    if order is None:
        return state, notice
    marks = """
        SELECT (SELECT sum(line * (state = 'awaiting') + 1000 * line * (state = 'sold')) FROM order_lines AS line
                WHERE line.number = orders.number),
            (SELECT group_concat(coupon || state) FROM coupons_presented AS held WHERE held.number = orders.number)
        FROM orders WHERE till = ? AND order_id = ?
        """
    return state, notice, held_for_order(db, lane, order.order), db.execute(marks, (lane, order.order)).fetchone()


def show_lane(now: LaneNow, words: Words, currency: str) -> LaneShown:
    """The screen in ``words``."""
    state, order = now.state, now.shows
    names = now.names[words.language]
    awaited = next((names[row[2]] for row in now.lines if row[1] == "awaiting"), "")
    number, key, facts = now.notice
    return LaneShown(
        lane=state.lane,
        order="" if order is None else order.order,
        stage=_stage(now),
        lines=tuple(_line(row, names, words, currency) for row in now.lines),
        pieces=sum(qty if qty is not None else 1 for _, _, _, qty, _, _, _ in now.lines),
        total=money(now.due.total_minor, currency),
        due=money(now.due.due_minor if now.paid_minor is None else now.paid_minor, currency),
        sums=show_sums(now.due, words, currency),
        member=_member(now, words),
        account=show_account(now.account, words, currency),
        offers=tuple(said for each in now.offers if (said := each.zh if words.language == "zh" else each.en)),
        weigh=words.say("lane.weigh", name=awaited) if awaited else "",
        bags=_bags(now, words),
        called=words.say(f"lane.called_{state.called}") if state.called else "",
        called_for=state.called,
        notice=_notice(key, facts, words),
        notice_number=number,
        printing=now.printer is not None,
        tender=state.tender if state.billed_minor is not None else "",
        look_up=words.say("lane.look_up", payment=state.payment) if state.called == "payment" and state.payment else "",
    )


def _thanked(db: sqlite3.Connection, state: LaneState, at: datetime) -> Order | None:
    """The order that was paid just now."""
    if state.order is None or state.order.state != "paid":
        return None
    (paid_at,) = db.execute(
        "SELECT paid_at FROM orders WHERE till = ? AND order_id = ?", (state.order.till, state.order.order)
    ).fetchone()
    return state.order if paid_at is not None and abs(at - datetime.fromisoformat(paid_at)) < THANKS else None


def _lines(db: sqlite3.Connection, order: Order) -> list[Row]:
    return db.execute(
        """
        SELECT line, order_lines.state, sku, qty, grams, price_minor, amount_minor FROM order_lines JOIN orders USING (number)
        WHERE till = ? AND order_id = ? AND order_lines.state != 'removed' ORDER BY line
        """,
        (order.till, order.order),
    ).fetchall()


def _paid(db: sqlite3.Connection, order: Order) -> tuple[Due, int]:
    reduced, points, balance, paid = db.execute(
        "SELECT reduced_minor, points_minor, balance_minor, paid_minor FROM orders WHERE till = ? AND order_id = ?",
        (order.till, order.order),
    ).fetchone()
    return Due(total_minor=order.total_minor, reduced_minor=reduced, points_minor=points, balance_minor=balance), paid


def _stage(now: LaneNow) -> Literal["idle", "open", "totalled", "paying", "waiting", "thanks"]:
    if now.shows is None:
        return "waiting" if now.state.called else "idle"
    if now.shows.state != "open":
        return "thanks"
    if now.state.called:
        return "waiting"
    if now.state.billed_minor is not None:
        return "paying"
    return "totalled" if now.state.totalled else "open"


def _line(row: Row, names: dict[str, str], words: Words, currency: str) -> LineShown:
    line, state, sku, qty, grams, price_minor, amount_minor = row
    price = money(price_minor, currency)
    if state == "awaiting":
        how = words.say("lane.per_kilogram", price=price)
    elif qty is None and grams is not None:
        how = words.say("lane.by_weight", kg=kilograms(grams), price=price)
    else:
        how = words.say("lane.by_piece", qty=qty or 1, price=price)
    amount = "" if state == "awaiting" else money(amount_minor, currency)
    return LineShown(line=line, name=names[sku], how=how, amount=amount, awaiting=state == "awaiting")


def _member(now: LaneNow, words: Words) -> str:
    ref = None if now.shows is None else now.shows.member_ref
    if ref is None:
        return ""
    if now.account.named == "new":
        return words.say("lane.member_new")
    shown = words.say("lane.member", ref=tail_of(ref))
    return f"{shown} · {now.tier}" if now.tier else shown


def _bags(now: LaneNow, words: Words) -> str:
    match now.bags.verdict:
        case "missing":
            return words.say("lane.bags_missing")
        case "extra":
            return words.say("lane.bags_extra")
        case "right" | "unchecked":
            return ""


def _notice(key: str, facts: dict[str, str], words: Words) -> str:
    if not key:
        return ""
    known = f"declined.{key}"
    return words.say(known, **facts) if known in words.strings else facts.get("problem", words.say("lane.refused"))
