"""The alarm of a late order is told once, whatever happens to the box and its clock."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from edge.shop.pickups.events import PickupExpired, PickupLate, PickupReady, PickupRetimed
from edge.shop.pickups.steps import ready
from edge.shop.stock.available import standing
from sync.events import Event

if TYPE_CHECKING:
    from tests.shop.pickups.conftest import Counter

Kinds = Callable[[Iterable[Event]], list[str]]


@pytest.fixture
def waiting(counter: Counter) -> Counter:
    """A counter with one order, accepted just now."""
    counter.want()
    counter.tell()
    return counter


def test_the_alarm_comes_after_half_an_hour_and_once(waiting: Counter) -> None:
    waiting.pass_(minutes=29, seconds=59)
    assert waiting.tick() == ()
    waiting.pass_(seconds=1)
    assert waiting.tick() == (PickupLate(order="P-1", late_at="2026-03-01T10:30:00.000Z", state="accepted"),)
    waiting.pass_(hours=1)
    assert waiting.tick() == ()


def test_a_restart_neither_forgets_nor_repeats_it(waiting: Counter) -> None:
    waiting.pass_(minutes=10)
    waiting.restart(timedelta(minutes=25))
    assert [type(event) for event in waiting.tick()] == [PickupLate]
    waiting.restart(timedelta(minutes=1))
    assert waiting.tick() == ()


def test_what_is_ready_in_time_is_never_late(waiting: Counter) -> None:
    waiting.ask(ready("P-1", "wang"))
    waiting.pass_(hours=2)
    assert waiting.tick() == ()


def test_headquarters_may_say_the_minutes_or_the_time(counter: Counter) -> None:
    counter.want("P-1", sla_minutes=5)
    counter.want("P-2", due_at="2026-03-01T18:20:00+08:00")
    counter.tell()
    counter.pass_(minutes=5)
    assert [event.subject() for event in counter.tick()] == ["P-1"]
    counter.pass_(minutes=15)
    assert [event.subject() for event in counter.tick()] == ["P-2"]


def test_a_clock_that_leaps_a_day_raises_no_alarm(waiting: Counter) -> None:
    waiting.pass_(minutes=10)
    waiting.at += timedelta(days=1)
    (retimed,) = waiting.tick()
    assert isinstance(retimed, PickupRetimed)
    assert (retimed.came_at, retimed.late_at) == ("2026-03-02T10:00:00.000Z", "2026-03-02T10:30:00.000Z")
    waiting.pass_(minutes=19)
    assert waiting.tick() == ()
    waiting.pass_(minutes=1)
    assert [type(event) for event in waiting.tick()] == [PickupLate]


def test_a_clock_that_falls_back_a_day_forgets_no_alarm(waiting: Counter) -> None:
    waiting.pass_(minutes=10)
    waiting.at -= timedelta(days=1)
    assert [type(event) for event in waiting.tick()] == [PickupRetimed]
    waiting.pass_(minutes=20)
    assert [type(event) for event in waiting.tick()] == [PickupLate]


def test_a_clock_that_steps_back_a_little_ends_no_order(waiting: Counter) -> None:
    waiting.at -= timedelta(seconds=2)
    assert [type(event) for event in waiting.tick()] == [PickupRetimed]
    assert waiting.order().state == "accepted"


@pytest.mark.parametrize("step", [timedelta(seconds=4), timedelta(minutes=10), timedelta(minutes=25)])
def test_a_clock_that_steps_back_while_an_order_waits_delays_no_alarm(waiting: Counter, step: timedelta) -> None:
    waiting.pass_(minutes=26)
    waiting.at -= step
    waiting.pass_(minutes=3, seconds=59)
    assert waiting.tick() == ()
    waiting.pass_(seconds=1)
    assert PickupLate in [type(event) for event in waiting.tick()]
    waiting.pass_(hours=47, minutes=59)
    assert waiting.tick() == ()
    waiting.pass_(minutes=1)
    assert PickupExpired in [type(event) for event in waiting.tick()], "nor its end"


def test_of_another_boot_only_the_wall_can_tell(waiting: Counter) -> None:
    waiting.restart(timedelta(minutes=5))
    waiting.monotonic_ms += 3_600_000
    assert waiting.tick() == ()


def test_a_clock_that_was_found_back_after_a_restart_counts_from_then(waiting: Counter) -> None:
    waiting.restart(-timedelta(days=400))
    assert [type(event) for event in waiting.tick()] == [PickupRetimed]
    waiting.pass_(minutes=30)
    assert [type(event) for event in waiting.tick()] == [PickupLate]


def test_a_named_time_does_not_move_with_the_clock(counter: Counter) -> None:
    counter.want(due_at="2026-03-01T10:40:00+00:00", keep_until="2026-03-01T23:00:00+00:00")
    counter.tell()
    counter.at -= timedelta(hours=3)
    (retimed,) = counter.tick()
    assert isinstance(retimed, PickupRetimed)
    assert (retimed.late_at, retimed.ends_at) == ("2026-03-01T10:40:00.000Z", "2026-03-01T23:00:00.000Z")


def test_how_long_it_took_is_told_by_the_clock_that_nobody_sets(waiting: Counter) -> None:
    waiting.pass_(minutes=4)
    waiting.at += timedelta(hours=5)
    (done,) = waiting.ask(ready("P-1", "wang"))
    assert isinstance(done, PickupReady)
    assert done.after_ms == 240_000


def test_what_nobody_fetches_is_free_again(waiting: Counter) -> None:
    waiting.ask(ready("P-1", "wang"))
    waiting.pass_(hours=48, minutes=29)
    assert waiting.tick() == ()
    waiting.pass_(minutes=1)
    expired, _ = waiting.tick()
    assert expired == PickupExpired(order="P-1", by="box")
    assert standing(waiting.floor.db, "milk").reserved == 0


def jobs(counter: Counter) -> list[tuple[Any, ...]]:
    return counter.floor.db.execute(
        "SELECT device, command, content FROM jobs JOIN job_contents USING (id) ORDER BY number"
    ).fetchall()


def test_the_sounder_is_on_while_an_order_is_late(counter: Counter) -> None:
    counter.set_up(sounder="plug-1", sounder_property="switch")
    counter.want("P-1")
    counter.want("P-2")
    counter.tell()
    counter.pass_(minutes=30)
    counter.tick()
    assert [content for *_, content in jobs(counter)] == [
        '{"command":"set-property","deadline_ms":2000,"property":"switch","value":"on"}'
    ] * 2
    counter.ask(ready("P-1", "wang"))
    assert len(jobs(counter)) == 2, "one is late still"
    counter.ask(ready("P-2", "wang"))
    device, command, content = jobs(counter)[-1]
    assert (device, command) == ("plug-1", "set-property")
    assert content.endswith('"property":"switch","value":"off"}')
    assert len(jobs(counter)) == 3


def test_another_time_of_headquarters_ends_the_alarm(counter: Counter, kinds: Kinds) -> None:
    counter.set_up(sounder="plug-1")
    counter.want()
    counter.tell()
    counter.pass_(minutes=30)
    counter.tick()
    counter.want(sla_minutes=60)
    assert kinds(counter.tell()) == ["pickup.changed", "job.queued"]
    assert not counter.order().late
    counter.pass_(minutes=30)
    assert kinds(counter.tick()) == ["pickup.late", "job.queued"]


def test_the_pick_list_says_what_lies_where_and_when(counter: Counter) -> None:
    counter.set_up(printer="printer-1")
    counter.deliver("4011", 5_000, "g")
    counter.want(items=[{"sku": "milk", "qty": 2}, {"sku": "4011", "grams": 1_500}], delivery=True)
    counter.tell()
    ((device, command, content),) = jobs(counter)
    assert (device, command) == ("printer-1", "print")
    for text in ("拣货单", "P-1", "03-01 18:30 前备好", "配送", "2 件  Milk", "milk  shelf-1/a", "1500 克  香蕉", '"qr"'):
        assert text in content


def test_no_printer_prints_nothing(waiting: Counter) -> None:
    assert jobs(waiting) == []
