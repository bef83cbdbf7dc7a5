"""The demo's figures are counted from two databases: what shoppers took, and where journal and cloud differ."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, cast

import pytest

from edge.demo.reckoning import reckon

if TYPE_CHECKING:
    from pathlib import Path

    from edge.demo.stage import Stage


@pytest.mark.parametrize(("took", "checkout_ms"), [((4_000, 9_001), 6_500), ((None, 3_000), 3_000), ((None,), None), ((), None)])
def test_the_average_checkout_is_that_of_the_orders_that_tell(
    tmp_path: Path, took: tuple[int | None, ...], checkout_ms: int | None
) -> None:
    paid: list[dict[str, Any]] = [{"total_minor": 100, "took_ms": each} for each in took]
    shop = SimpleNamespace(journal=tmp_path / "journal.db", sink=tmp_path / "sink.db", simulators={})
    for database, column in ((shop.journal, "data"), (shop.sink, "json")):
        with closing(sqlite3.connect(database)) as db, db:
            db.execute(f"CREATE TABLE events (sequence INTEGER, id TEXT, type TEXT, {column} TEXT)")
            db.execute("CREATE TABLE receipts (device TEXT, id TEXT, refusal TEXT)")
            for number, data in enumerate(paid, 1):
                told = json.dumps(data if column == "data" else {"data": data})
                db.execute("INSERT INTO events VALUES (?, ?, 'storebox.order.paid', ?)", (number, str(number), told))
    found = reckon(cast("Stage", shop), 100 * len(paid))
    assert (found.checkout_ms, found.differences) == (checkout_ms, ())
