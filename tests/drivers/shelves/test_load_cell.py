"""A shelf's events, each as docs/mqtt.md shows it; what a shelf that knows no goods means by a change of weight."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest

from drivers.commands import SetProperty
from drivers.readings import Candidate, ShelfLevel, ShelfMoved, Unreadable
from drivers.shelves.load_cell import DRIVER, ShelfSettings, decode, decode_state
from drivers.wires.mqtt_inbox import Message


def heard(branch: str, name: str, payload: bytes) -> Message:
    return Message(device="shelf-1", branch=branch, name=name, payload=payload, at=datetime.now(UTC), monotonic_ms=5, number=1)


def told(name: str, **fields: object) -> Message:
    moved = {"id": "e-1", "slot": "a1", "delta_g": -330, "before_g": 6600, "after_g": 6270, **fields}
    return heard("event", name, json.dumps(moved).encode())


def refusal(name: str, **fields: object) -> str:
    reading = decode(told(name, **fields))
    assert isinstance(reading, Unreadable)
    assert reading.report is not None
    return reading.problem


def test_a_pick_with_the_shelf_s_own_candidates() -> None:
    both = [{"sku": "cola", "qty": 1, "p": 0.6}, {"sku": "juice", "qty": 1, "p": 0.4}]
    reading = decode(told("pick", candidates=both))
    assert isinstance(reading, ShelfMoved)
    assert (reading.kind, reading.slot, reading.delta_g, reading.before_g, reading.after_g) == ("pick", "a1", -330, 6600, 6270)
    assert reading.candidates == (
        Candidate(sku="cola", qty=1, permille=600),
        Candidate(sku="juice", qty=1, permille=400),
    )


@pytest.mark.parametrize("name", ["pick", "put", "adjust"])
def test_a_shelf_that_knows_no_goods_names_none(name: str) -> None:
    delta_g = -330 if name == "pick" else 330
    reading = decode(told(name, delta_g=delta_g, after_g=6600 + delta_g))
    assert isinstance(reading, ShelfMoved)
    assert reading.candidates == ()


@pytest.mark.parametrize(
    ("name", "fields", "problem"),
    [
        ("pick", {"after_g": 6271}, "before_g + delta_g is not after_g: the three must add up"),
        ("pick", {"delta_g": 330, "after_g": 6930}, "a pick with delta_g = 330: a pick is below 0, a put above"),
        ("put", {}, "a put with delta_g = -330: a pick is below 0, a put above"),
        ("swap", {}, "no event of a shelf is called 'swap': pick, put or adjust"),
    ],
)
def test_a_change_that_cannot_be_is_refused(name: str, fields: dict[str, object], problem: str) -> None:
    assert refusal(name, **fields) == problem


@pytest.mark.parametrize(
    ("fields", "place"),
    [
        ({"slot": "a/b"}, "$.slot"),
        ({"slot": "x" * 25}, "$.slot"),
        ({"delta_g": "330"}, "$.delta_g"),
        ({"before_g": 1_000_001}, "$.before_g"),
        ({"candidates": [{"sku": "", "qty": 1, "p": 1}]}, "$.candidates[0].sku"),
        ({"candidates": [{"sku": "a", "qty": 1, "p": 1.5}]}, "$.candidates[0].p"),
        ({"candidates": [{"sku": "a", "qty": 1, "p": 1}] * 17}, "$.candidates"),
    ],
)
def test_a_field_that_is_wrong_is_named(fields: dict[str, object], place: str) -> None:
    assert place in refusal("pick", **fields)


def test_a_level_is_whole_grams() -> None:
    level = decode_state(heard("state", "level-a1", b"-12"))
    assert isinstance(level, ShelfLevel)
    assert (level.slot, level.grams) == ("a1", -12)
    assert decode_state(heard("state", "lamp", b"on")) is None


@pytest.mark.parametrize("payload", [b"1.5", b"heavy", b"12345678", b" 1", b"1\n"])
def test_a_level_that_is_not_grams_is_set_aside(payload: bytes) -> None:
    aside = decode_state(heard("state", "level-a1", payload))
    assert isinstance(aside, Unreadable)
    assert aside.problem == "state/level-a1 must be whole grams, for example 1250"


def test_the_driver_says_what_it_is() -> None:
    assert (DRIVER.kind, DRIVER.settings_class, DRIVER.commands) == ("shelf", ShelfSettings, (SetProperty,))
