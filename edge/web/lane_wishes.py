"""What a shopper types or touches at a lane besides goods.

POST /api/lanes/{id}/member       {"code": "13800138000"}     typed: sent once, hashed before it is decided, kept nowhere
POST /api/lanes/{id}/points       {"points": 600}             in place of what was chosen before; 0 takes them back
POST /api/lanes/{id}/balance      {"amount_minor": 1000}      the same of stored value
POST /api/lanes/{id}/coupon       {"code": "SPRING10"}
POST /api/lanes/{id}/coupon-off   {"coupon": "spring-9a9f…"}
POST /api/lanes/{id}/join         ->   {"modules": 29, "path": "M0 0h7v1h-7z…"}, the QR code, one unit for each module
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from http import HTTPStatus
from itertools import groupby
from typing import Annotated, TypeVar

import msgspec
from aiohttp import web

from edge.shop.lanes.wishes import invite, name_member, on_order
from edge.shop.members.events import JoinIntended, MemberIdentified
from edge.shop.members.identify import conceal_code
from edge.shop.members.join import invitation
from edge.shop.members.points import spend_points
from edge.shop.members.stored_value import pay_from_balance
from edge.shop.promotions.coupons import present_coupon, withdraw_coupon
from edge.web.api import json_answer
from edge.web.body import read_json
from edge.web.deciding import asked_of
from edge.web.guesses import Guesses
from edge.web.lane_screen import LaneScreen
from edge.web.problems import Problem
from edge.web.roles import Role
from edge.web.routes import Route
from edge.web.view import View
from sync.entries import Recorded, Repeated

STRANGERS_PER_HOUR = 60
"""So many unknown numbers may be typed at one lane: more than new members come, fewer than finding a member by trying takes."""


Said = TypeVar("Said", MemberIdentified, JoinIntended)


class Typed(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A phone number or a member code, in clear until it is concealed: so it has no place in a repr."""

    code: Annotated[str, msgspec.Meta(pattern=r"^[0-9A-Za-z.:+ -]{0,60}[0-9A-Za-z]\Z")]

    def __repr__(self) -> str:
        return "Typed()"


class PointsChosen(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Points that shall pay."""

    points: Annotated[int, msgspec.Meta(ge=0, le=1_000_000_000_000)]


class BalanceChosen(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Stored value that shall pay."""

    amount_minor: Annotated[int, msgspec.Meta(ge=0, le=1_000_000_000_000)]


class CouponTyped(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The code of a coupon."""

    code: Annotated[str, msgspec.Meta(min_length=1, max_length=400)]


class CouponOff(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The name of a coupon that is on the order."""

    coupon: Annotated[str, msgspec.Meta(min_length=1, max_length=128)]


class QrShown(msgspec.Struct, frozen=True, kw_only=True):
    """A QR code of ``modules`` by ``modules``; ``path`` draws the dark ones, as the attribute d of an SVG path."""

    modules: int
    path: str


@dataclass(frozen=True, slots=True, kw_only=True)
class LaneWishes:
    """Answers the screens of lanes."""

    view: View
    screen: LaneScreen
    strangers: Guesses

    def routes(self) -> tuple[Route, ...]:
        """All for the screen of the lane."""
        wishes = {
            "member": self.member,
            "points": self.points,
            "balance": self.balance,
            "coupon": self.coupon,
            "coupon-off": self.coupon_off,
            "join": self.join,
        }
        return tuple(
            Route(method="POST", path=f"/api/lanes/{{id}}/{name}", role=Role.SCREEN, handler=handler)
            for name, handler in wishes.items()
        )

    async def member(self, request: web.Request) -> web.Response:
        """``POST …/member``: 409 for what is nobody's number, 429 when too many were tried at this lane."""
        lane, typed = self.screen.lane(request), await read_json(request, Typed)
        self._refuse_guesser(request, lane)
        desk = self.view.desk
        shown = conceal_code(typed.code, till=lane, order=None, at=desk.now(), shop=desk.shop())
        outcome = await self.screen.decided(request, name_member(lane, shown), "member")
        if _told(outcome, MemberIdentified).verified:
            self.strangers.right(lane)
        return json_answer(await self.screen.shown(request, lane))

    def _refuse_guesser(self, request: web.Request, lane: str) -> None:
        """Raises Problem once too much that nobody knows was typed at ``lane``: members and plain coupons can be tried out."""
        wait_s = self.strangers.wait_s(lane)
        if wait_s:
            said = self.screen.template.words(request).say("lane.too_many_tries")
            raise Problem(HTTPStatus.TOO_MANY_REQUESTS, "too-many-guesses", said, retry_after_s=math.ceil(wait_s))

    async def points(self, request: web.Request) -> web.Response:
        """``POST …/points``."""
        lane, asked = self.screen.lane(request), await read_json(request, PointsChosen)
        wish = on_order(lane, lambda order: spend_points(order.till, order.order, asked.points))
        return await self.screen.done(request, wish, "points")

    async def balance(self, request: web.Request) -> web.Response:
        """``POST …/balance``."""
        lane, asked = self.screen.lane(request), await read_json(request, BalanceChosen)
        wish = on_order(lane, lambda order: pay_from_balance(order.till, order.order, asked.amount_minor))
        return await self.screen.done(request, wish, "stored value")

    async def coupon(self, request: web.Request) -> web.Response:
        """``POST …/coupon``: 429 when too much was tried at this lane."""
        lane, asked = self.screen.lane(request), await read_json(request, CouponTyped)
        self._refuse_guesser(request, lane)
        clock = self.view.desk.shop().clock()
        wish = on_order(lane, lambda order: present_coupon(order.till, order.order, asked.code, clock=clock))
        answer = await self.screen.done(request, wish, "coupon")
        self.strangers.right(lane)
        return answer

    async def coupon_off(self, request: web.Request) -> web.Response:
        """``POST …/coupon-off``."""
        lane, asked = self.screen.lane(request), await read_json(request, CouponOff)
        wish = on_order(lane, lambda order: withdraw_coupon(order.till, order.order, asked.coupon))
        return await self.screen.done(request, wish, "coupon off")

    async def join(self, request: web.Request) -> web.Response:
        """``POST …/join``: the invitation, written down before it is shown."""
        lane = self.screen.lane(request)
        told = _told(await self.screen.decided(request, invite(lane), "join"), JoinIntended)
        return json_answer(qr_of(await asked_of(self.view, partial(invitation, told, self.view.desk.shop()))))


def qr_of(text: str) -> QrShown:
    """The QR code of ``text``; the white around it, 4 modules wide, is the page's."""
    import segno

    rows = segno.make_qr(text, error="m").matrix
    return QrShown(modules=len(rows), path="".join(_dark(rows)))


def _dark(rows: tuple[bytearray, ...]) -> Iterator[str]:
    """``M3 0h2v1h-2z`` for each run of dark modules."""
    for y, row in enumerate(rows):
        x = 0
        for is_dark, run in groupby(row):
            length = len(list(run))
            if is_dark:
                yield f"M{x} {y}h{length}v1h-{length}z"
            x += length


def _told(outcome: Recorded | Repeated, kind: type[Said]) -> Said:
    """What the decision said of it; a touch has no id, so it is never a repeat."""
    if isinstance(outcome, Recorded):
        for envelope in outcome.events:
            if envelope.type == kind.type:
                return msgspec.json.decode(envelope.data, type=kind)
    raise AssertionError(f"a wish that is not declined is told as {kind.type}")
