"""Which printer makes what for a table, and what happens when it does not."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec
import pytest

from config.schema import Kitchen, Lane
from drivers.commands import Line, Print
from edge.command_json import read_command
from edge.shop.jobs import find_job, finish_job
from edge.shop.lanes.answers import charged
from edge.shop.lanes.goods import choose_goods
from edge.shop.lanes.paying import bill
from edge.shop.orders.closing import hand_over
from edge.shop.orders.kitchen_events import KitchenCancelled, KitchenFailed, KitchenPrinted, KitchenRerouted, KitchenTold
from edge.shop.orders.order import known_order
from edge.shop.orders.refunds import Returned, refund
from tests.shop.conftest import AT

if TYPE_CHECKING:
    from edge.shop.job_events import Outcome
    from sync.events import Event
    from tests.shop.conftest import Floor

MENU: dict[str, Any] = {
    "currency": "CNY",
    "items": [
        {"sku": "noodles", "names": {"zh": "牛肉面", "en": "Noodles"}, "price_minor": 3_200, "unit": "piece", "category": "hot"},
        {"sku": "tea", "names": {"zh": "奶茶", "en": "Tea"}, "price_minor": 1_500, "unit": "piece", "category": "drinks"},
    ],
}
HOT, BAR = "kitchen-sco-1-1-hot-1", "kitchen-sco-1-1-bar-1"


@pytest.fixture
def kitchen(floor: Floor) -> Floor:
    """A restaurant with two stations and a spare printer."""
    settings = Kitchen(printer="hot-1", routes={"drinks": "bar-1"}, spare="spare-1")
    floor = floor.with_shop(lanes={"sco-1": Lane(terminal="terminal-1")}, kitchen=settings, language="en")
    floor.adopt(2, MENU)
    return floor


def order(floor: Floor, table: str | None = "A 12") -> tuple[Event, ...]:
    """Two noodles and a tea, paid."""
    floor.ask(choose_goods("sco-1", "noodles", 2, table=table), AT)
    floor.ask(choose_goods("sco-1", "tea", 1), AT)
    floor.ask(bill("sco-1"), AT)
    return floor.ask(charged("sco-1", "1", 7_900), AT)


def ends(floor: Floor, job: str, outcome: Outcome, detail: str = "no paper") -> tuple[Event, ...]:
    """The runner of jobs says what became of one; only what follows from it."""
    return floor.ask(lambda _moment, _shop, db: finish_job(job, outcome, detail, db), AT)[1:]


def ticket(floor: Floor, job: str) -> tuple[str, list[str]]:
    found = find_job(floor.db, job)
    assert found is not None
    printed = read_command(msgspec.json.decode(found.content))
    assert isinstance(printed, Print)
    return found.device, [block.text for block in printed.blocks if isinstance(block, Line)]


def test_each_station_gets_what_it_makes(kitchen: Floor) -> None:
    told = [event for event in order(kitchen) if isinstance(event, KitchenTold)]
    assert [(each.printer, each.lines) for each in told] == [("hot-1", (1,)), ("bar-1", (2,))]
    assert ticket(kitchen, HOT) == ("hot-1", ["Table A 12", "Order sco-1-1", "2 × Noodles"])
    assert ticket(kitchen, BAR) == ("bar-1", ["Table A 12", "Order sco-1-1", "1 × Tea"])


def test_without_a_table_the_kitchen_makes_nothing(kitchen: Floor) -> None:
    assert not [event for event in order(kitchen, None) if isinstance(event, KitchenTold)]


def test_an_order_for_a_table_is_complete_when_it_was_carried_there(kitchen: Floor) -> None:
    order(kitchen)
    assert known_order(kitchen.db, "sco-1", "1").stage == "paid"
    kitchen.ask(lambda _moment, _shop, db: hand_over("sco-1", "1", db), AT)
    assert known_order(kitchen.db, "sco-1", "1").stage == "completed"


@pytest.mark.parametrize("outcome", ["confirmed", "accepted"])
def test_a_ticket_that_came_out_is_told(kitchen: Floor, outcome: Outcome) -> None:
    order(kitchen)
    (printed,) = ends(kitchen, HOT, outcome)
    assert isinstance(printed, KitchenPrinted)
    assert (printed.station, printed.printer) == ("hot-1", "hot-1")


def test_a_printer_that_does_not_take_it_is_replaced_by_the_spare(kitchen: Floor) -> None:
    order(kitchen)
    rerouted, _queued = ends(kitchen, HOT, "failed")
    assert isinstance(rerouted, KitchenRerouted)
    assert (rerouted.station, rerouted.printer, rerouted.perhaps_printed, rerouted.reason) == (
        "hot-1",
        "spare-1",
        False,
        "no paper",
    )
    assert ticket(kitchen, f"{HOT}-spare") == ("spare-1", ["Table A 12", "Order sco-1-1", "2 × Noodles"])
    (printed,) = ends(kitchen, f"{HOT}-spare", "confirmed")
    assert isinstance(printed, KitchenPrinted)


def test_a_second_ticket_says_that_it_may_be_one(kitchen: Floor) -> None:
    order(kitchen)
    rerouted, _queued = ends(kitchen, HOT, "unknown")
    assert isinstance(rerouted, KitchenRerouted)
    assert rerouted.perhaps_printed
    assert ticket(kitchen, f"{HOT}-spare")[1][0] == "PERHAPS PRINTED at hot-1 already: compare"


def test_when_the_spare_fails_too_a_person_is_told(kitchen: Floor) -> None:
    order(kitchen)
    ends(kitchen, HOT, "failed")
    (failed,) = ends(kitchen, f"{HOT}-spare", "failed", "gone")
    assert isinstance(failed, KitchenFailed)
    assert (failed.printer, failed.reason) == ("spare-1", "gone")


def test_without_a_spare_a_person_is_told_at_once(kitchen: Floor) -> None:
    order(kitchen)
    alone = kitchen.with_shop(kitchen=kitchen.shop.kitchen.model_copy(update={"spare": None}))
    (failed,) = ends(alone, BAR, "failed")
    assert isinstance(failed, KitchenFailed)


def give_back(floor: Floor, *returned: Returned) -> list[KitchenCancelled]:
    events = floor.ask(refund("sco-1", "1", returned or None, reason="", by="anna"), AT)
    return [event for event in events if isinstance(event, KitchenCancelled)]


def test_what_is_refunded_is_taken_back_at_the_printer_that_was_told(kitchen: Floor) -> None:
    order(kitchen)
    (cancelled,) = give_back(kitchen, Returned(line=1, qty=1))
    assert (cancelled.station, cancelled.printer, cancelled.lines) == ("hot-1", "hot-1", (1,))
    assert ticket(kitchen, cancelled.job) == ("hot-1", ["CANCELLED: do not make", "Table A 12", "Order sco-1-1", "1 × Noodles"])
    rest = give_back(kitchen)
    assert [(each.station, ticket(kitchen, each.job)[1][-1]) for each in rest] == [("hot-1", "1 × Noodles"), ("bar-1", "1 × Tea")]
    assert len({cancelled.job, *(each.job for each in rest)}) == 3


def test_the_slip_goes_where_the_ticket_went_and_is_followed(kitchen: Floor) -> None:
    order(kitchen)
    ends(kitchen, HOT, "failed")
    (cancelled,) = give_back(kitchen, Returned(line=1))
    assert cancelled.printer == "spare-1"
    (failed,) = ends(kitchen, cancelled.job, "failed")
    assert isinstance(failed, KitchenFailed)
    assert failed.job == cancelled.job
    ends(kitchen, BAR, "failed")
    (printed,) = ends(kitchen, f"{BAR}-spare", "confirmed")
    assert isinstance(printed, KitchenPrinted)


def test_a_ticket_is_rerouted_once_also_after_a_slip(kitchen: Floor) -> None:
    order(kitchen)
    give_back(kitchen, Returned(line=1, qty=1))
    rerouted, _queued = ends(kitchen, HOT, "failed")
    assert isinstance(rerouted, KitchenRerouted)
    assert ticket(kitchen, f"{HOT}-spare") == ("spare-1", ["Table A 12", "Order sco-1-1", "1 × Noodles"])


def test_a_ticket_of_which_nothing_is_wanted_any_more_goes_nowhere_else(kitchen: Floor) -> None:
    order(kitchen)
    give_back(kitchen, Returned(line=1))
    assert ends(kitchen, HOT, "failed") == ()


def test_a_refund_of_what_no_kitchen_made_prints_nothing(kitchen: Floor) -> None:
    order(kitchen, None)
    assert give_back(kitchen) == []
