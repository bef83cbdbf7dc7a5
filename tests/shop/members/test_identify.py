"""A member is a pseudonym before anything is kept."""

from __future__ import annotations

import pickle
import sqlite3
from typing import TYPE_CHECKING

import pytest

from drivers.reading import Report
from drivers.readings import MemberShown
from edge.shop.decide import entry_for
from edge.shop.members.events import MemberIdentified
from edge.shop.members.identify import pseudonym
from edge.shop.orders.events import OrderOpened
from sync.entries import EntryRefused
from sync.events import EventClass

if TYPE_CHECKING:
    from tests.shop.conftest import Floor, Till

CODE = "M-20260301-77"


def test_a_shown_code_identifies_a_pseudonym_provisionally(db: sqlite3.Connection, till: Till) -> None:
    till.open()
    (identified,) = till.show_member(CODE)
    assert identified == MemberIdentified(
        member_ref=pseudonym(CODE, b"k" * 32),
        method="code",
        till="till-1",
        lane="1",
        order="17",
        known=False,
        verified=False,
        doubt="unknown",
    )
    assert identified.subject() == pseudonym(CODE, b"k" * 32)
    assert db.execute("SELECT member_ref FROM orders").fetchone() == (pseudonym(CODE, b"k" * 32),)


def test_a_member_that_came_before_is_known(till: Till) -> None:
    till.show_member(CODE, order=None)
    (identified,) = till.show_member(f" {CODE} ", order=None)
    assert isinstance(identified, MemberIdentified)
    assert identified.known
    assert identified.order is None


def test_a_member_shown_for_an_unknown_order_opens_it(db: sqlite3.Connection, till: Till) -> None:
    opened, _identified = till.show_member(CODE)
    assert isinstance(opened, OrderOpened)
    assert opened.implied
    assert db.execute("SELECT member_ref IS NOT NULL FROM orders").fetchone() == (1,)


def test_a_member_may_be_shown_after_paying(till: Till) -> None:
    till.pay(0)
    assert [type(event) for event in till.show_member(CODE)] == [MemberIdentified]


@pytest.mark.parametrize("code", ["", "  "])
def test_an_empty_code_is_nobody(till: Till, code: str) -> None:
    with pytest.raises(EntryRefused) as refused:
        till.show_member(code)
    assert str(refused.value) == "the member code is empty: show it again"


def test_another_box_makes_another_pseudonym() -> None:
    assert pseudonym(CODE, b"a" * 32) != pseudonym(CODE, b"b" * 32)
    assert len(pseudonym(CODE, b"a" * 32)) == 32


def test_the_code_is_nowhere_in_what_is_kept(db: sqlite3.Connection, floor: Floor) -> None:
    digest = b"the digest of the message"
    shown = MemberShown(**floor.stamp("till-1"), report=Report(id="r1", digest=digest), order="17", code=CODE)
    entry = entry_for(shown, floor.shop)
    assert entry.event_class is EventClass.MEMBER
    assert entry.origin is not None
    assert entry.origin.digest != digest, "whoever knows the rest of the message would find the code by trying"
    assert entry.said() == "MemberShown report=r1 order=17 code=<13 characters>"
    floor.hear(shown)
    kept = pickle.dumps(entry.decide) + repr((entry, shown, floor.shop)).encode() + "\n".join(db.iterdump()).encode()
    assert CODE.encode() not in kept
    assert b"kkkk" not in repr(floor.shop).encode()
