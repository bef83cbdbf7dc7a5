"""Every example of headquarters with each of its values exchanged for a hostile one: refused, or adopted and lived with."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable, Iterator
from copy import deepcopy
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from edge.shop.far_days import refuse_far
from edge.shop.registry import TIMERS, adopters
from sync.adopters import Adopter, DocumentRefused
from tests.shop.conftest import Floor

EXAMPLES = {path.stem: json.loads(path.read_text()) for path in (Path(__file__).parents[2] / "config/examples").glob("*.json")}
HOSTILE: tuple[Any, ...] = (-1, 2**63, {}, "", "a" * 5_000, "0001-01-01T00:00:00+14:00", "twice")
SPOKEN = (*(json.dumps(value).encode() for value in HOSTILE), b"1e999", b'"\\ud800"')
AT = datetime(2026, 11, 21, 10, 0, tzinfo=UTC)


def places(value: Any, way: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """The way to everything in a document, of a list to its first element."""
    if way:
        yield way
    inner = value.items() if isinstance(value, dict) else list(enumerate(value))[:1] if isinstance(value, list) else ()
    for key, each in inner:
        yield from places(each, (*way, key))


def spoiled(document: Any, way: tuple[Any, ...]) -> Iterator[bytes]:
    """The document with each of ``SPOKEN`` at the end of ``way``; and with an element of a list twice."""
    document = deepcopy(document)
    *before, last = way
    node = document
    for key in before:
        node = node[key]
    was, node[last] = node[last], "here"
    spoken = json.dumps(document).encode()
    yield from (spoken.replace(b'"here"', said) for said in SPOKEN)
    if isinstance(node, list):
        node[last] = was
        node.append(was)
        yield json.dumps(document).encode()


def adopter_of(floor: Floor, kind: str) -> Adopter:
    return next(each for each in adopters(floor.shop) if each.kind == kind)


def install(floor: Floor, adopter: Adopter, body: bytes, version: int) -> None:
    """As the desk of documents does; raises DocumentRefused."""
    parsed = adopter.parse(body)
    while adopter.sweep(floor.db):
        pass
    for step in adopter.stage(parsed, version):
        step(floor.db)
    floor.ask(lambda _moment, _shop, db: adopter.adopt(parsed, version, db), AT)


def tried(floor: Floor, adopter: Adopter, body: bytes) -> None:
    """Adopt it if it can be, let the clock do what follows, and put everything back."""
    floor.db.execute("SAVEPOINT document")
    try:
        install(floor, adopter, body, 3)
        for timer in TIMERS:
            if timer.is_due(floor.db, AT, floor.shop):
                floor.ask(timer.decide, AT)
    except DocumentRefused:
        pass
    finally:
        floor.db.execute("ROLLBACK TO document")
        floor.db.execute("RELEASE document")


def test_there_is_an_example_of_every_kind(floor: Floor) -> None:
    assert {each.kind for each in adopters(floor.shop)} <= set(EXAMPLES)


@pytest.mark.parametrize("kind", sorted(EXAMPLES))
def test_no_document_does_harm(fresh_floor: Callable[[], Floor], kind: str) -> None:
    floor = fresh_floor()
    for other in ("catalogue", *sorted(set(EXAMPLES) - {"catalogue"})):
        install(floor, adopter_of(floor, other), json.dumps(EXAMPLES[other]).encode(), 2)
    adopter, before = adopter_of(floor, kind), dump(floor.db)
    for way in places(EXAMPLES[kind]):
        for body in spoiled(EXAMPLES[kind], way):
            tried(floor, adopter, body)
    assert dump(floor.db) == before, "the last good one goes on"


def dump(db: sqlite3.Connection) -> dict[str, list[tuple[Any, ...]]]:
    tables = db.execute("SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%'").fetchall()
    return {name: db.execute(f"SELECT * FROM {name}").fetchall() for (name,) in tables}  # noqa: S608 - our own names


def test_a_year_that_no_shop_will_see_is_refused_with_its_place() -> None:
    refuse_far(None, "$.at")
    refuse_far(AT, "$.at")
    for year in (1, 1999, 2200, 9999):
        with pytest.raises(DocumentRefused) as refused:
            refuse_far(datetime(year, 6, 1, tzinfo=UTC), "$.orders[0].due_at")
        assert str(refused.value) == f"`$.orders[0].due_at` is in the year {year}: the years from 2000 to 2199 can be told"


@pytest.mark.parametrize(
    "kind", ["pickups", "messages", "experiments", "staff", "prices", "menus", "planogram", "stock", "transfers"]
)
def test_a_document_that_is_nested_too_deep_is_refused(floor: Floor, kind: str) -> None:
    adopter = adopter_of(floor, kind)
    with pytest.raises(DocumentRefused):
        adopter.parse(b'{"x":' + b"[" * 100_000)
