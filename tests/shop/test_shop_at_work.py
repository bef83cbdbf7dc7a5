"""A shop at work for a while, whatever happens in whatever order, against a simple account in memory.

Orders, coupons, points, stored value, refunds, requests that come twice, boxes that die before the commit, clocks that jump:
after every step money, points, coupons and stock of the tables are those of the account. The decisions are recorded by the
journal's own recorder, with receipts and savepoints, in a transaction that a crash takes back.
"""

from __future__ import annotations

import os
import sqlite3
from base64 import b64encode
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from functools import cache
from hashlib import sha256
from itertools import count
from pathlib import Path
from typing import Any

import msgspec
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from config.schema import Lane
from edge.shop.consequences import WithConsequences
from edge.shop.lanes.answers import charged
from edge.shop.lanes.goods import choose_goods, give_up, remove_goods
from edge.shop.lanes.paying import bill
from edge.shop.members.hashes import concealed, salted
from edge.shop.members.identify import conceal_code, identify_member
from edge.shop.members.member import find_member
from edge.shop.members.points import spend_points
from edge.shop.members.stored_value import pay_from_balance
from edge.shop.moment import Moment
from edge.shop.orders.refunds import Returned, refund
from edge.shop.part import Decision
from edge.shop.promotions.coupons import present_coupon, withdraw_coupon
from edge.shop.promotions.held import held_coupons
from edge.shop.registry import EVENTS, adopters
from edge.shop.shop import Shop
from edge.shop.stock.available import physical
from sync.entries import Entry, NotRecorded, Origin, Outcome, Recorded, Repeated, Stamp
from sync.events import Event, EventClass, Registry
from sync.recorder import Recorder
from tests.shop.oracle import COUPON_FROM_MINOR, POINT_MINOR, PRICES, Account, Basket, Purse
from tests.tables import tables_in_memory

LANES = ("sco-1", "sco-2")
MEMBERS = {"m-1": "MEMBER-0001", "m-2": "MEMBER-0002"}
COUPONS = ("TEN-1", "TEN-2")
SALT = b"s" * 16
BEGAN = datetime(2026, 3, 1, 10, 0, tzinfo=UTC)
EXAMPLES = int(os.environ.get("STOREBOX_EXAMPLES") or (50 if settings().max_examples == 50 else 200))
"""Four times as many for what decides whether a change may land, which is asked to be thorough (conftest.py)."""
PLENTY = 10_000_000

SHOP = Shop(
    timezone="Asia/Shanghai",
    day_starts_at=time(4),
    currency="CNY",
    member_key=b"k" * 32,
    lanes={name: Lane(scanner=f"scanner-{name}", terminal=f"terminal-{name}") for name in LANES},
)


def documents() -> dict[str, dict[str, Any]]:
    """What headquarters has sent."""

    def coded(text: str) -> str:
        return b64encode(salted(SALT, concealed("code", text))).decode()

    cap = {"per_order": PLENTY, "per_day": PLENTY}
    names = {"zh": "满减", "en": "Off"}
    return {
        "catalogue": {
            "currency": "CNY",
            "items": [{"sku": sku, "names": {"en": sku}, "price_minor": price, "unit": "piece"} for sku, price in PRICES.items()],
        },
        "promotions": {
            "currency": "CNY",
            "promotions": [
                {
                    "id": "three-off",
                    "names": names,
                    "priority": 10,
                    "benefit": {"kind": "full-reduction", "tiers": [{"spend_minor": 2_000, "off_minor": 300}]},
                }
            ],
        },
        "coupons": {
            "currency": "CNY",
            "keys": [],
            "classes": [
                {
                    "id": "ten",
                    "names": names,
                    "minimum_minor": COUPON_FROM_MINOR,
                    "priority": 20,
                    "benefit": {"kind": "full-reduction", "tiers": [{"spend_minor": 0, "off_minor": 100}]},
                }
            ],
            "salt": "s1",
            "codes": [{"class": "ten", "sha256": sha256(f"s1{code}".encode()).hexdigest()} for code in COUPONS],
        },
        "members": {
            "salts": [b64encode(SALT).decode()],
            "points": {"rate": {"points": 1, "per_minor": 100}, "unit": 10, "unit_minor": 100, "offline_cap": cap},
            "balance": {"offline_cap": cap},
            "members": [
                {"ref": ref, "code": coded(code), "points": Purse().points, "balance_minor": Purse().balance_minor}
                for ref, code in MEMBERS.items()
            ],
        },
    }


@cache
def template() -> sqlite3.Connection:
    """The tables of a box that has adopted all documents; copied for every example."""
    db = tables_in_memory()
    told = documents()
    for adopter in adopters(SHOP):
        if adopter.kind in told:
            parsed = adopter.parse(msgspec.json.encode(told[adopter.kind]))
            for step in adopter.stage(parsed, 1):
                step(db)
            list(adopter.adopt(parsed, 1, db))
    return db


@dataclass
class Box:
    """The recorder over its own tables."""

    db: sqlite3.Connection
    recorder: Recorder
    sequence: int = 0

    def record(self, entry: Entry, *, dies: bool = False) -> Outcome:
        """One commit with one entry; a box that ``dies`` has decided it, and takes all of it back."""
        self.db.execute("BEGIN IMMEDIATE")
        batch = self.recorder.begin(self.sequence)
        outcome = self.recorder.record(entry, batch)
        if dies:
            self.db.execute("ROLLBACK")
            return outcome
        self.db.execute("COMMIT")
        self.sequence = batch.sequence
        return outcome

    def rows(self, ask: str, *values: object) -> list[Any]:
        return self.db.execute(ask, values).fetchall()


def new_box() -> Box:
    db = sqlite3.connect(":memory:", isolation_level=None)
    template().backup(db)
    stamp = Stamp(box="box-1", boot="boot-1", tz="Asia/Shanghai", clock=lambda: "synced")
    return Box(db=db, recorder=Recorder(db, path=Path("journal.db"), registry=Registry(EVENTS), stamp=stamp))


lanes = st.sampled_from(LANES)


class ShopAtWork(RuleBasedStateMachine):
    """Every rule asks the shop for something, and does the same in the account if the account allows it."""

    @initialize()
    def opens(self) -> None:
        self.box = new_box()
        self.account = Account(purses={ref: Purse() for ref in MEMBERS})
        self.at = BEGAN
        self.requests = count(1)
        self.died = self.repeats = False

    def teardown(self) -> None:
        if hasattr(self, "box"):
            self.box.db.close()

    def ask(self, decision: Decision, lane: str) -> tuple[Event, ...] | str:
        """The events of what was decided, or the refusal's text. The box may die first, and the request may come twice."""
        moment = Moment(at=self.at, monotonic_ms=1, seed=b"%016d" % next(self.requests))
        id_ = moment.seed.decode()
        told: list[Event] = []

        def decide(db: sqlite3.Connection) -> Iterable[Event]:
            told.clear()
            for event in WithConsequences(
                decide=lambda db: decision(moment, SHOP, db), moment=moment, shop=SHOP, place=lane, asked="test"
            )(db):
                told.append(event)
                yield event

        entry = Entry(
            decide=decide,
            event_class=EventClass.ORDER,
            at=self.at,
            monotonic_ms=1,
            origin=Origin(device=lane, id=id_, digest=b"d"),
        )
        if self.died:
            self.box.record(entry, dies=True)
            self.died = False
        outcome = self.box.record(entry)
        if self.repeats:
            again = self.box.record(entry)
            assert isinstance(again, Repeated) if isinstance(outcome, Recorded) else again == outcome
            self.repeats = False
        if isinstance(outcome, NotRecorded):
            assert not outcome.retry
            assert "could not decide it" not in outcome.problem, self.box.rows("SELECT reason FROM letters")
            return outcome.problem
        return tuple(told)

    def basket(self, lane: str) -> Basket | None:
        return self.account.open.get(lane)

    @rule()
    def the_box_dies_before_its_next_commit(self) -> None:
        self.died = True

    @rule()
    def the_next_request_comes_twice(self) -> None:
        self.repeats = True

    @rule(hours=st.integers(-30, 30))
    def the_clock_jumps(self, hours: int) -> None:
        self.at += timedelta(hours=hours)

    @rule(lane=lanes, sku=st.sampled_from(sorted(PRICES)), qty=st.integers(1, 4))
    def goods_are_chosen(self, lane: str, sku: str, qty: int) -> None:
        told = self.ask(choose_goods(lane, sku, qty), lane)
        basket = self.basket(lane)
        if basket is not None and basket.billed_minor is not None:
            assert "is being paid" in told
            return
        assert not isinstance(told, str), told
        if basket is None:
            order = next(event.order for event in told if event.type == "storebox.order.opened")  # type: ignore[attr-defined]
            basket = self.account.open[lane] = Basket(lane=lane, order=order)
        basket.lines[basket.next_line] = (sku, qty)
        basket.next_line += 1

    @rule(lane=lanes, line=st.integers(1, 5))
    def goods_are_taken_off(self, lane: str, line: int) -> None:
        told = self.ask(remove_goods(lane, line), lane)
        basket = self.basket(lane)
        if basket is None or basket.billed_minor is not None or line not in basket.lines:
            assert isinstance(told, str)
            return
        assert not isinstance(told, str), told
        del basket.lines[line]
        if basket.points * POINT_MINOR + basket.balance_minor > basket.total_minor:
            basket.points = basket.balance_minor = 0

    @rule(lane=lanes, member=st.sampled_from(sorted(MEMBERS)))
    def a_member_shows_the_code(self, lane: str, member: str) -> None:
        basket = self.basket(lane)
        if basket is None or basket.billed_minor is not None:
            return
        shown = conceal_code(MEMBERS[member], till=lane, order=basket.order, at=self.at, shop=SHOP)
        told = self.ask(lambda _moment, shop, db: identify_member(shown, shop, db), lane)
        assert not isinstance(told, str), told
        if basket.member not in {None, member}:
            basket.points = basket.balance_minor = 0
        basket.member = member

    @rule(lane=lanes, code=st.sampled_from(COUPONS))
    def a_coupon_is_shown(self, lane: str, code: str) -> None:
        basket = self.basket(lane)
        if basket is None:
            return
        told = self.ask(present_coupon(lane, basket.order, code), lane)
        if basket.billed_minor is not None:
            assert "is being paid" in told
            return
        good = basket.coupons - self.account.gone
        usable = code not in self.account.gone and not good and basket.total_minor >= COUPON_FROM_MINOR
        if isinstance(told, str):
            assert not usable, told
        elif basket.lines:
            assert usable, told
        if not isinstance(told, str):
            basket.coupons.add(code)

    @rule(lane=lanes)
    def coupons_are_taken_off(self, lane: str) -> None:
        basket = self.basket(lane)
        if basket is None or basket.billed_minor is not None:
            return
        for held in held_coupons(self.box.db, lane, basket.order):
            told = self.ask(withdraw_coupon(lane, basket.order, held.coupon), lane)
            assert not isinstance(told, str), told
        basket.coupons.clear()

    @rule(lane=lanes, tens=st.integers(0, 60))
    def points_shall_pay(self, lane: str, tens: int) -> None:
        basket = self.basket(lane)
        if basket is None:
            return
        points = 10 * tens
        told = self.ask(spend_points(lane, basket.order, points), lane)
        if basket.billed_minor is not None:
            assert "is being paid" in told
            return
        if basket.member is None:
            assert isinstance(told, str)
            return
        has = self.account.purses[basket.member].points - self.account.held_points(basket.member) + basket.points
        due = basket.due_minor(self.account.gone) + basket.points * POINT_MINOR
        allowed = points <= has // 10 * 10 and points * POINT_MINOR <= due // 100 * 100
        assert isinstance(told, str) != (allowed or not points), (told, points, has, due)
        if allowed or not points:
            basket.points = points

    @rule(lane=lanes, minor=st.integers(0, 3_000))
    def stored_value_shall_pay(self, lane: str, minor: int) -> None:
        basket = self.basket(lane)
        if basket is None:
            return
        told = self.ask(pay_from_balance(lane, basket.order, minor), lane)
        if basket.billed_minor is not None:
            assert "is being paid" in told
            return
        if basket.member is None:
            assert isinstance(told, str)
            return
        has = self.account.purses[basket.member].balance_minor - self.account.held_minor(basket.member) + basket.balance_minor
        due = basket.due_minor(self.account.gone) + basket.balance_minor
        allowed = minor <= min(has, due)
        assert isinstance(told, str) != (allowed or not minor), (told, minor, has, due)
        if allowed or not minor:
            basket.balance_minor = minor

    @rule(lane=lanes, answers=st.booleans())
    def the_order_is_paid(self, lane: str, answers: bool) -> None:
        """Without an ``answers`` the terminal is still at it: it answers when the rule comes again."""
        basket = self.basket(lane)
        if basket is None:
            return
        if basket.billed_minor is None:
            due = basket.due_minor(self.account.gone)
            told = self.ask(bill(lane), lane)
            if not basket.lines or basket.coupons & self.account.gone or self.account.is_going(basket):
                assert isinstance(told, str)
                return
            assert not isinstance(told, str), told
            if due == 0:
                self.closed(basket, 0)
                return
            basket.billed_minor = due
        if answers:
            told = self.ask(charged(lane, basket.order, basket.billed_minor), lane)
            assert not isinstance(told, str), told
            self.closed(basket, basket.billed_minor)

    def closed(self, basket: Basket, amount_minor: int) -> None:
        account = self.account
        del account.open[basket.lane]
        account.paid.append(basket)
        account.taken_minor += amount_minor
        spent = basket.coupons - account.gone if basket.total_minor >= COUPON_FROM_MINOR else set()
        basket.spent_coupons = frozenset(spent)
        account.gone |= spent
        basket.value_minor = amount_minor + basket.points * POINT_MINOR + basket.balance_minor
        for sku, qty in basket.lines.values():
            account.stock[sku] -= qty
        if basket.member is not None:
            purse = account.purses[basket.member]
            basket.earned = (amount_minor + basket.balance_minor) // 100
            purse.points += basket.earned - basket.points
            purse.balance_minor -= basket.balance_minor

    @rule(
        lane=lanes,
        goods=st.lists(st.tuples(st.sampled_from(sorted(PRICES)), st.integers(1, 4)), min_size=1, max_size=4),
        member=st.sampled_from([None, *MEMBERS]),
        coupon=st.sampled_from([None, *COUPONS]),
        tens=st.integers(0, 30),
        minor=st.integers(0, 1_500),
        answers=st.sampled_from([True, True, True, False]),
    )
    def a_shopper_buys(self, lane: str, goods: list[tuple[str, int]], answers: bool, **choices: Any) -> None:
        """What most shoppers do; the other rules come in between."""
        for sku, qty in goods:
            self.goods_are_chosen(lane, sku, qty)
        if choices["member"] is not None:
            self.a_member_shows_the_code(lane, choices["member"])
            self.points_shall_pay(lane, choices["tens"])
            self.stored_value_shall_pay(lane, choices["minor"])
        if choices["coupon"] is not None:
            self.a_coupon_is_shown(lane, choices["coupon"])
        self.the_order_is_paid(lane, answers)

    @rule(lane=lanes)
    def the_shopper_goes_away(self, lane: str) -> None:
        basket = self.basket(lane)
        told = self.ask(give_up(lane), lane)
        if basket is None or basket.billed_minor is not None:
            assert isinstance(told, str)
            return
        assert not isinstance(told, str), told
        del self.account.open[lane]

    @precondition(lambda self: self.account.paid)
    @rule(which=st.integers(0, 20), whole=st.booleans(), pieces=st.integers(1, 3))
    def goods_come_back(self, which: int, whole: bool, pieces: int) -> None:
        basket = self.account.paid[which % len(self.account.paid)]
        if whole:
            wanted, returned = dict(basket.left), None
        else:
            line = min(basket.left, default=min(basket.lines))
            wanted, returned = {line: pieces}, [Returned(line=line, qty=pieces)]
        told = self.ask(refund(basket.lane, basket.order, returned, reason="test", by="g-1"), basket.lane)
        if not wanted or any(qty > basket.left.get(line, 0) for line, qty in wanted.items()):
            assert isinstance(told, str)
            return
        assert not isinstance(told, str), told
        (given,) = [event for event in told if event.type == "storebox.order.refunded"]
        self.given_back(basket, wanted, msgspec.to_builtins(given))
        self.follow_purse(basket, told)

    def given_back(self, basket: Basket, wanted: dict[int, int], given: dict[str, Any]) -> None:
        amount = given["amount_minor"]
        basket.returned_minor += amount
        assert 0 <= basket.returned_minor <= basket.value_minor
        for line, qty in wanted.items():
            basket.back[line] += qty
            self.account.stock[basket.lines[line][0]] += qty
        if not basket.left:
            assert basket.returned_minor == basket.value_minor, "everything came back, and with it everything that was paid"
            assert given["whole"]
        self.account.given_back_minor += amount - given["points_minor"] - given["balance_minor"]

    def follow_purse(self, basket: Basket, told: tuple[Event, ...]) -> None:
        if basket.member is None:
            return
        purse = self.account.purses[basket.member]
        data = [(event.type, msgspec.to_builtins(event)) for event in told]
        purse.points -= sum(each["points"] for kind, each in data if kind == "storebox.points.reversed")
        purse.points += sum(each["points"] for kind, each in data if kind == "storebox.points.returned")
        purse.balance_minor += sum(each["value_minor"] for kind, each in data if kind == "storebox.balance.returned")

    @invariant()
    def money_agrees(self) -> None:
        if not hasattr(self, "box"):
            return
        ((taken,),) = self.box.rows("SELECT coalesce(sum(paid_minor), 0) FROM orders")
        assert taken == self.account.taken_minor
        told = [
            msgspec.json.decode(data) for (data,) in self.box.rows("SELECT data FROM events WHERE type = 'storebox.order.paid'")
        ]
        assert sum(each["amount_minor"] for each in told) == self.account.taken_minor
        for basket in self.account.open.values():
            ((total,),) = self.box.rows(
                "SELECT total_minor FROM orders WHERE till = ? AND order_id = ?", basket.lane, basket.order
            )
            assert total == basket.total_minor

    @invariant()
    def points_and_stored_value_agree(self) -> None:
        if not hasattr(self, "box"):
            return
        for ref, purse in self.account.purses.items():
            member = find_member(self.box.db, ref)
            assert member is not None
            assert (member.points, member.balance_minor) == (purse.points, purse.balance_minor), ref
            fully_back = [each for each in self.account.paid if each.member == ref and not each.left]
            for basket in fully_back:
                ((left,),) = self.box.rows(
                    "SELECT coalesce(sum(points - reversed), 0) FROM member_earnings WHERE till = ? AND order_id = ?",
                    basket.lane,
                    basket.order,
                )
                assert left == 0, "what was earned with goods that all came back is all taken back"

    @invariant()
    def coupons_and_stock_agree(self) -> None:
        if not hasattr(self, "box"):
            return
        ((redeemed, different),) = self.box.rows("SELECT count(*), count(DISTINCT coupon) FROM coupons_redeemed")
        assert redeemed == different == len(self.account.gone)
        for sku in PRICES:
            assert physical(self.box.db, sku) == self.account.stock[sku]

    @invariant()
    def the_journal_has_no_gap(self) -> None:
        if not hasattr(self, "box"):
            return
        ((events, last),) = self.box.rows("SELECT count(*), coalesce(max(sequence), 0) FROM events")
        assert events == last == self.box.sequence


ShopAtWork.TestCase.settings = settings(
    max_examples=EXAMPLES,
    stateful_step_count=30,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
)
TestShopAtWork = ShopAtWork.TestCase
