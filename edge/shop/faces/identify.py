"""A member is recognised by face: written down exactly as a code would be, at a lane, a kiosk or a mirror.

The process said who it is; whether that may be believed is decided here, in the transaction that records it, for a consent may
have been taken back between the look and the answer.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator

from edge.shop.declined import Declined
from edge.shop.faces.audit import Act, write_down
from edge.shop.faces.consent import check_notice
from edge.shop.faces.templates import LIVING
from edge.shop.lanes.lane import lane_state, next_order
from edge.shop.members.events import MemberIdentified
from edge.shop.members.member import find_member
from edge.shop.moment import Moment
from edge.shop.part import Decision
from edge.shop.shop import Shop
from edge.shop.tryon.visitors import VisitNamed
from sync.events import Event, rfc3339


def identify_by_face(template: str, member_ref: str, place: str, order: str | None) -> Decision:
    """The member of ``template`` stands at ``place``: a self-checkout lane, a kiosk or a mirror.

    ``order``: the order that was on the lane's screen when it was asked for, None before the first goods; at a mirror the visit.
    Raises Declined: face-off, face-consent-withdrawn (also for another notice, and when its time is over), face-no-place,
    face-order-gone, being-paid.
    """

    def decide(moment: Moment, shop: Shop, db: sqlite3.Connection) -> Iterator[Event]:
        check_notice(shop.faces.notice, shop)
        living = (shop.faces.notice, rfc3339(moment.at), template, member_ref)
        if not db.execute(f"SELECT 1 FROM {LIVING} AND template = ? AND member_ref = ?", living).fetchone():  # noqa: S608
            told = "the consent was taken back or is over: show the member code, or agree anew at a kiosk"
            raise Declined("face-consent-withdrawn", told)
        write_down(Act(what="matched", at=moment.at, place=place), template, db)
        if shop.self_checkout(place) is not None:
            current, opened = _order_at(place, order, moment, shop, db)
            yield from opened
            yield _identified(member_ref, place, current, shop, db)
        elif place in shop.kiosks:
            yield _identified(member_ref, place, None, shop, db)
        elif place in shop.mirrors and order is not None:
            named = _identified(member_ref, place, None, shop, db)
            yield named
            yield VisitNamed(mirror=place, session=order, member_ref=member_ref, method="face", verified=named.verified)
        else:
            raise Declined("face-no-place", f"{place} is no lane, kiosk or visit at a mirror of this shop", place=place)

    return decide


def _order_at(lane: str, order: str | None, moment: Moment, shop: Shop, db: sqlite3.Connection) -> tuple[str, tuple[Event, ...]]:
    """The lane's order, and what opens it where nothing was scanned yet."""
    state = lane_state(db, lane, shop)
    if order is not None and (state.open_order is None or state.open_order.order != order):
        told = f"order {order} of lane {lane} is on its screen no more: touch again for the one that is"
        raise Declined("face-order-gone", told, order=order)
    current, opened = next_order(state, moment.at, shop)
    return current.order, opened


def _identified(member_ref: str, place: str, order: str | None, shop: Shop, db: sqlite3.Connection) -> MemberIdentified:
    member = find_member(db, member_ref)
    return MemberIdentified(
        member_ref=member_ref,
        method="face",
        till=place,
        lane=shop.lane_of(place),
        order=order,
        known=db.execute("SELECT 1 FROM members WHERE member_ref = ?", (member_ref,)).fetchone() is not None,
        verified=member is not None,
        doubt="" if member is not None else "unknown",
        guide=None if member is None else member.guide,
    )
