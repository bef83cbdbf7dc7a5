"""Whatever happens in a shop, in whatever order: the accounts are the sums of their changes, and nothing is promised twice."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import msgspec
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test

from edge.shop.declined import Declined
from edge.shop.orders.closing_events import OrderRefunded, RefundedLine
from edge.shop.part import Decision
from edge.shop.pickups.codes import code_hash
from edge.shop.pickups.document import adopt_pickups, parse_pickups
from edge.shop.pickups.events import PickupAccepted, PickupRefused
from edge.shop.pickups.lateness import LATENESS
from edge.shop.pickups.news import NEWS
from edge.shop.pickups.steps import accept, hand_over, picked, ready, refuse, return_goods
from edge.shop.stock.available import standing
from edge.shop.stock.counting import book_goods, count_stock
from edge.shop.stock.document import Body, Item, adopt_stock
from edge.shop.stock.handled import Handled
from edge.shop.stock.levels import StockChanged
from edge.shop.stock.transfer_document import adopt_transfers, parse_transfers
from edge.shop.stock.transfers import close_transfer, scan_transfer
from sync.events import Event

if TYPE_CHECKING:
    from tests.shop.conftest import Floor, Shelf

SKUS = ("milk", "tea")
ORDERS = ("P-1", "P-2", "P-3")
RIGHT = {order: code_hash(order, "1234") for order in ORDERS}
SAFETY = 2
CATALOGUE = {
    "currency": "CNY",
    "items": [
        {"sku": "milk", "names": {"en": "Milk"}, "price_minor": 650, "unit": "piece"},
        {"sku": "tea", "names": {"en": "Tea"}, "price_minor": 300, "unit": "piece"},
    ],
}
AT = datetime(2026, 3, 1, 10, 0, tzinfo=UTC)
PIECES = {"milk": ("a", 1_030), "tea": ("b", 250)}
sku = st.sampled_from(SKUS)
order = st.sampled_from(ORDERS)
few = st.integers(1, 5)


class ShopMachine(RuleBasedStateMachine):
    """The shop against plain sums."""

    def __init__(self, floor: Floor, shelf: Shelf) -> None:
        super().__init__()
        self.floor, self.shelf = floor, shelf
        self.level: Counter[tuple[str, str]] = Counter()
        self.last: Counter[str] = Counter()
        self.wanted: dict[str, tuple[str, int]] = {}
        self.sold: list[tuple[str, str, int]] = []
        self.orders = self.papers = 0
        self.just_accepted = ""
        floor.adopt(version=2, body=CATALOGUE)
        adopt_stock(Body(items=(Item(sku="milk", safety=SAFETY, shelf_min=2, backroom=True),)), 1, floor.db)
        for sku in SKUS:
            self.count(sku, 9)

    def hear(self, events: Iterable[Event]) -> None:
        """Follow what was said, and hold it to its rules."""
        for event in events:
            if isinstance(event, StockChanged):
                self.last[event.sku] += 1
                assert event.seq == self.last[event.sku], "no gap"
                self.level[event.sku, event.account] += event.qty
                assert event.level == self.level[event.sku, event.account], "the level is the sum"
            if isinstance(event, PickupRefused) and event.reason == "missing":
                assert all(each.available < each.wanted for each in event.missing)
            if isinstance(event, PickupAccepted):
                self.just_accepted = event.order

    def ask(self, decision: Decision) -> None:
        """What may be declined, and changes nothing then."""
        before = self.tables()
        try:
            self.hear(self.floor.ask(decision))
        except Declined:
            assert self.tables() == before

    def tables(self) -> list[Any]:
        return [*self.floor.db.execute("SELECT * FROM stock ORDER BY sku"), *self.floor.db.execute("SELECT * FROM pickups")]

    @rule(sku=sku, qty=few)
    def sell(self, sku: str, qty: int) -> None:
        self.orders += 1
        till, name = self.floor.till(), f"o{self.orders}"
        self.hear(till.choose(sku, qty=qty, order=name))
        self.hear(till.pay(1, order=name))
        self.sold.append((name, sku, qty))

    @rule(sku=sku, qty=few)
    def give_up(self, sku: str, qty: int) -> None:
        self.orders += 1
        self.hear(self.floor.till().choose(sku, qty=qty, order=f"o{self.orders}"))
        self.hear(self.floor.till().void(order=f"o{self.orders}"))

    @rule()
    def refund(self) -> None:
        if not self.sold:
            return
        name, sku, qty = self.sold.pop()
        line = RefundedLine(line=1, sku=sku, qty=qty, grams=None, amount_minor=1)
        told = {"order": name, "business_day": "2026-03-01", "refund": "r", "lines": (line,), "amount_minor": 1}
        event = OrderRefunded(till="till-1", currency="CNY", tender="cash", whole=True, **told)  # type: ignore[arg-type]
        self.hear(self.floor.ask(lambda *_: (event,)))

    @rule(sku=sku, qty=few, kind=st.sampled_from(["pick", "put"]))
    def move(self, sku: str, qty: int, kind: str) -> None:
        slot, grams = PIECES[sku]
        self.hear(self.shelf.moves(kind, qty * grams * (-1 if kind == "pick" else 1), slot=slot))

    @rule(sku=sku, qty=few, reason=st.sampled_from(["delivery", "damage"]))
    def book(self, sku: str, qty: int, reason: Any) -> None:
        self.ask(book_goods(reason, "paper", (Handled(code=sku, qty=qty),)))

    @rule(sku=sku, qty=st.integers(0, 30))
    def count(self, sku: str, qty: int) -> None:
        self.ask(count_stock("C", (Handled(code=sku, qty=qty),), "wang"))
        assert standing(self.floor.db, sku).physical == qty

    @rule(sku=sku, qty=few, announced=few, direction=st.sampled_from(["in", "out"]))
    def transfer(self, sku: str, qty: int, announced: int, direction: str) -> None:
        self.papers += 1
        name, lines = f"T-{self.papers}", [{"sku": sku, "qty": announced}]
        notice = {"transfer": name, "direction": direction, "other_store": "x", "lines": lines}
        adopt_transfers(parse_transfers(msgspec.json.encode({"transfers": [notice]})), 1, self.floor.db)
        self.ask(scan_transfer(name, Handled(code=sku, qty=qty), "wang"))
        for _ in range(2):
            self.ask(close_transfer(name, "wang"))

    @rule(name=order, sku=sku, qty=few)
    def want(self, name: str, sku: str, qty: int) -> None:
        self.wanted[name] = (sku, qty)
        self.tell()

    @rule(name=order)
    def withdraw(self, name: str) -> None:
        self.wanted.pop(name, None)
        self.tell()

    def tell(self) -> None:
        orders = [
            {"order": name, "items": [{"sku": sku, "qty": qty}], "code_hash": RIGHT[name]}
            for name, (sku, qty) in self.wanted.items()
        ]
        adopt_pickups(parse_pickups(msgspec.json.encode({"orders": orders})), 1, self.floor.db)
        while NEWS.is_due(self.floor.db, AT, self.floor.shop):
            self.just_accepted = ""
            self.hear(self.floor.ask(NEWS.decide))
            if self.just_accepted:
                self.no_more_than_there_is(self.just_accepted)

    @rule(name=order, step=st.sampled_from([accept, refuse, picked, ready, return_goods]))
    def step(self, name: str, step: Callable[[str, str], Decision]) -> None:
        self.just_accepted = ""
        self.ask(step(name, "wang"))
        if self.just_accepted:
            self.no_more_than_there_is(self.just_accepted)

    @rule(name=order, right=st.booleans())
    def fetch(self, name: str, right: bool) -> None:
        self.ask(hand_over(name, "wang", RIGHT[name] if right else "0" * 64))

    def no_more_than_there_is(self, name: str) -> None:
        """Just after a promise, what is promised is there and more than the safety stock is left."""
        (sku,) = (sku for (sku,) in self.floor.db.execute("SELECT sku FROM pickup_items WHERE order_id = ?", (name,)))
        level = standing(self.floor.db, sku)
        assert 0 < level.reserved <= level.physical - level.safety

    @invariant()
    def the_tables_are_the_sums(self) -> None:
        rows = self.floor.db.execute("SELECT sku, qty, physical, reserved, seq FROM stock").fetchall()
        for sku, shelf, physical, reserved, seq in rows:
            said = tuple(self.level[sku, account] for account in ("shelf", "physical", "reserved"))
            assert (shelf, physical, reserved, seq) == (*said, self.last[sku])

    @invariant()
    def what_is_promised_belongs_to_orders(self) -> None:
        promised = self.floor.db.execute(
            """
            SELECT sku, sum(qty) FROM pickups JOIN pickup_items USING (order_id)
            WHERE state IN ('accepted', 'picked', 'ready') GROUP BY sku
            """
        ).fetchall()
        assert dict(promised) == {sku: self.level[sku, "reserved"] for sku in SKUS if self.level[sku, "reserved"]}

    @invariant()
    def no_alarm_is_due_at_once(self) -> None:
        assert not LATENESS.is_due(self.floor.db, AT, self.floor.shop)


def test_the_books_the_shelf_and_the_promises_always_agree(fresh_floor: Callable[[], Floor], shelf: Shelf) -> None:
    def machine() -> ShopMachine:
        floor = fresh_floor()
        return ShopMachine(floor, replace(shelf, floor=floor))

    run_state_machine_as_test(machine, settings=settings(max_examples=20, stateful_step_count=20))  # type: ignore[arg-type]
