"""A simulated day checks itself: its books tell every difference, and a short one agrees with the cloud."""

from __future__ import annotations

import json
import sqlite3
from collections import Counter
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from edge.demo.books import Books, cloud_books
from edge.demo.day import main
from edge.demo.loyalty import STEP_S, later
from edge.shop.members.one_time import steps_at

DAY = "2026-11-21"
OWN = Books(
    paid=1,
    refunds=1,
    members=1,
    verified=Counter(dynamic=1),
    earned=6,
    reversed=3,
    spent=200,
    returned=200,
    coupons=1,
    coupons_minor=1_000,
    coupons_back=1,
    coupons_back_minor=1_000,
    money=Counter(cash=650),
    given_back=Counter(cash=325),
    picked=Counter(milk=2),
    put=Counter(milk=1),
)


def sink(folder: Path, *events: tuple[str, dict[str, Any]]) -> Path:
    """A cloud's database with these events."""
    path = folder / "cloud.db"
    with sqlite3.connect(path) as db:
        db.execute("CREATE TABLE events (sequence INTEGER PRIMARY KEY, type TEXT, json TEXT)")
        db.executemany(
            "INSERT INTO events (type, json) VALUES (?, ?)", [(kind, json.dumps({"data": data})) for kind, data in events]
        )
    db.close()
    return path


HAPPENED: tuple[tuple[str, dict[str, Any]], ...] = (
    ("storebox.order.paid", {"business_day": DAY, "tender": "cash", "amount_minor": 650}),
    (
        "storebox.order.refunded",
        {"tender": "cash", "amount_minor": 525, "points_minor": 200, "balance_minor": 0},
    ),
    ("storebox.member.identified", {"verified": True, "method": "dynamic"}),
    ("storebox.points.earned", {"points": 6}),
    ("storebox.points.reversed", {"points": 3}),
    ("storebox.points.spent", {"points": 200}),
    ("storebox.points.returned", {"points": 200}),
    ("storebox.coupon.redeemed", {"value_minor": 1_000}),
    ("storebox.coupon.reversed", {"value_minor": 1_000}),
    ("storebox.shelf.picked", {"sku": "milk", "qty": 2}),
    ("storebox.shelf.put", {"sku": "milk", "qty": 1}),
)


def test_a_cloud_that_heard_everything_agrees(tmp_path: Path) -> None:
    assert OWN.differences(cloud_books(sink(tmp_path, *HAPPENED), DAY)) == []


@pytest.mark.parametrize("lost", range(len(HAPPENED)))
def test_a_lost_event_is_told(tmp_path: Path, lost: int) -> None:
    left = [event for n, event in enumerate(HAPPENED) if n != lost]
    assert OWN.differences(cloud_books(sink(tmp_path, *left), DAY))


def test_a_doubled_event_and_a_wrong_fen_are_told(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    assert OWN.differences(cloud_books(sink(tmp_path / "a", *HAPPENED, HAPPENED[0]), DAY)) == [
        "paid: the shop says 1, the cloud 2",
        "money: the shop says {'cash': 650}, the cloud {'cash': 1300}",
    ]
    wrong = ("storebox.order.paid", {"business_day": DAY, "tender": "cash", "amount_minor": 651})
    told = OWN.differences(cloud_books(sink(tmp_path, wrong, *HAPPENED[1:]), DAY))
    assert told == ["money: the shop says {'cash': 650}, the cloud {'cash': 651}"]


def test_two_tills_make_one_account() -> None:
    both = Books()
    both.add(OWN)
    both.add(OWN)
    assert (both.paid, both.money, both.earned) == (2, Counter(cash=1_300), 12)


@pytest.mark.parametrize("way_s", [0, 59, 61, 150, 777, 3_600])
def test_however_long_the_way_to_a_busy_box_a_one_time_code_comes_in_time(way_s: int) -> None:
    """Real seconds of a busy machine are minutes of the fast clock; the box judges by its own rule."""
    took, shown, ahead = timedelta(seconds=2 * way_s), datetime(2026, 11, 21, 8, tzinfo=UTC), timedelta()
    tried = 0
    while int((shown + ahead).timestamp()) // STEP_S not in steps_at(shown + timedelta(seconds=way_s), STEP_S):
        ahead = later(ahead, took)
        shown += took
        tried += 1
    assert tried <= way_s // (2 * STEP_S) + 1


def test_when_no_code_of_the_time_until_the_answer_was_taken_they_are_shown_again() -> None:
    """One that was just used is taken a step later."""
    ahead, seen = timedelta(), []
    for _ in range(4):
        seen.append(ahead.total_seconds() / STEP_S)
        ahead = later(ahead, timedelta(seconds=3 * STEP_S + 1))
    assert seen == [0, 2, 4, 0]


@pytest.mark.faults
@pytest.mark.timeout(1800)  # five minutes and a half where nothing else runs; what is busy answers later, and the day waits
def test_a_day_with_an_outage_and_two_restarts_ends_to_the_last_fen() -> None:
    assert main(["--speed", "200"]) == 0
