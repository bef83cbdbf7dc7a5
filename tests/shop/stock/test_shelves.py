"""What a change of weight on a shelf means, and what it does to the stock."""

from __future__ import annotations

import sqlite3
from fractions import Fraction
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.readings import Candidate
from edge.shop.stock.levels import StockChanged
from edge.shop.stock.shelf_events import MaybeMoved, ShelfAdjusted, ShelfDoubted, ShelfPicked, ShelfPut
from edge.shop.stock.shelves import TOLERANCE_PERCENT, pieces
from sync.entries import EntryRefused

if TYPE_CHECKING:
    from tests.shop.conftest import Shelf


def change(**told: Any) -> StockChanged:
    return StockChanged(sku="milk", **told, cause="shelf-1/a", business_day="2026-03-01")


def stock(db: sqlite3.Connection) -> list[tuple[Any, ...]]:
    return db.execute("SELECT sku, qty, seq FROM stock ORDER BY sku").fetchall()


def test_a_pick_of_two_bottles_takes_two_from_the_stock(db: sqlite3.Connection, shelf: Shelf) -> None:
    assert shelf.moves("pick", -2_055) == (
        ShelfPicked(shelf="shelf-1", slot="a", delta_g=-2_055, before_g=5_000, after_g=2_945, sku="milk", qty=2, permille=None),
        change(qty=-2, reason="pick", level=-2, seq=1),
    )
    assert stock(db) == [("milk", -2, 1)]
    assert db.execute("SELECT * FROM shelf_levels").fetchall() == [("shelf-1", "a", 2_945)]


def test_a_put_gives_back_and_the_changes_are_numbered(db: sqlite3.Connection, shelf: Shelf) -> None:
    shelf.moves("pick", -1_030)
    put, changed = shelf.moves("put", 3_090, candidates=(Candidate(sku="milk", qty=3, permille=950),))
    assert isinstance(put, ShelfPut)
    assert (put.qty, put.permille, put.subject()) == (3, 950, "shelf-1/a")
    assert changed == change(qty=3, reason="put", level=2, seq=2)
    assert changed.subject() == "milk"
    assert stock(db) == [("milk", 2, 2)]


def test_an_adjustment_moves_the_level_and_no_stock(db: sqlite3.Connection, shelf: Shelf) -> None:
    assert shelf.moves("adjust", -40) == (ShelfAdjusted(shelf="shelf-1", slot="a", delta_g=-40, before_g=5_000, after_g=4_960),)
    assert stock(db) == []
    assert db.execute("SELECT grams FROM shelf_levels").fetchall() == [(4_960,)]


MILK = Candidate(sku="milk", qty=1, permille=600)
TEA = Candidate(sku="tea", qty=4, permille=400)


@pytest.mark.parametrize(
    ("slot", "delta_g", "candidates", "reason"),
    [
        ("a", -1_030, (MILK, TEA), "several"),
        ("a", -500, (), "no-fit"),
        ("a", -1_545, (MILK,), "no-fit"),
        ("c", -1_030, (), "unplanned"),
        ("c", -1_030, (Candidate(sku="milk", qty=0, permille=600),), "unplanned"),
        ("a", -1_030, (TEA,), "conflict"),
        ("a", -2_060, (MILK,), "conflict"),
    ],
)
def test_what_is_not_certain_moves_no_stock(
    *, db: sqlite3.Connection, shelf: Shelf, slot: str, delta_g: int, candidates: tuple[Candidate, ...], reason: str
) -> None:
    (doubted,) = shelf.moves("pick", delta_g, slot=slot, candidates=candidates)
    assert isinstance(doubted, ShelfDoubted)
    assert (doubted.kind, doubted.reason) == ("pick", reason)
    assert doubted.candidates == tuple(MaybeMoved(sku=each.sku, qty=each.qty, permille=each.permille) for each in candidates)
    assert stock(db) == []
    assert db.execute("SELECT grams FROM shelf_levels").fetchall() == [(5_000 + delta_g,)]


def test_a_shelf_that_names_the_goods_of_an_unplanned_slot_is_believed(db: sqlite3.Connection, shelf: Shelf) -> None:
    shelf.moves("pick", -250, slot="c", candidates=(Candidate(sku="tea", qty=1, permille=900),))
    assert stock(db) == [("tea", -1, 1)]


@pytest.mark.parametrize(("kind", "delta_g"), [("pick", 250), ("put", -250), ("pick", 0)])
def test_goods_do_not_come_by_being_taken(shelf: Shelf, kind: str, delta_g: int) -> None:
    with pytest.raises(EntryRefused) as refused:
        shelf.moves(kind, delta_g)
    assert str(refused.value) == f"a {kind} cannot change slot a by {delta_g} g: picks are negative, puts positive"


@given(st.integers(1, 30), st.integers(40, 5_000), st.integers(-49, 49))
def test_a_third_of_a_piece_of_error_is_forgiven_and_no_more(qty: int, unit_grams: int, off_percent: int) -> None:
    off_g = int(unit_grams * off_percent / 100)
    fits = abs(off_g) <= Fraction(TOLERANCE_PERCENT, 100) * unit_grams
    assert pieces(qty * unit_grams + off_g, unit_grams) == (qty if fits else None)


def test_goods_that_weigh_the_same_are_told_apart_by_nobody(db: sqlite3.Connection, shelf: Shelf) -> None:
    (doubted,) = shelf.moves("pick", -250, slot="d")
    assert isinstance(doubted, ShelfDoubted)
    assert doubted.reason == "several"
    assert stock(db) == []


def test_of_goods_on_one_slot_only_one_may_fit(db: sqlite3.Connection, shelf: Shelf) -> None:
    shelf.moves("pick", -125, slot="d")
    shelf.moves("pick", -250, slot="d", candidates=(Candidate(sku="tea", qty=1, permille=700),))
    assert stock(db) == [("gum", -1, 1), ("tea", -1, 1)]


def test_what_was_only_looked_at_is_told_with_its_return(shelf: Shelf) -> None:
    shelf.moves("pick", -1_030)
    put, _ = shelf.moves("put", 1_030, returned_after_ms=4_000)
    assert isinstance(put, ShelfPut)
    assert put.returned_after_ms == 4_000


def test_an_adjustment_is_told_against_the_level_that_the_box_knows(shelf: Shelf) -> None:
    """A shelf of plain cells knows nothing when it is switched on: 0 g before is no level."""
    shelf.moves("pick", -1_030)
    (adjusted,) = shelf.moves("adjust", 3_900, before_g=0)
    assert adjusted == ShelfAdjusted(shelf="shelf-1", slot="a", before_g=3_970, delta_g=-70, after_g=3_900)
