"""A forgotten member is gone from every table and event, and no stale document brings it back; the orders stay."""

from __future__ import annotations

import json
import sqlite3
from dataclasses import replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

import msgspec
import pytest

from config.schema import Members
from drivers.commands import Line, Print
from edge.job_kinds import read_task
from edge.shop.declined import Declined
from edge.shop.jobs import finish_job
from edge.shop.members import search as members_search
from edge.shop.members.events import MemberIdentified
from edge.shop.members.forget import MemberForgotten, forget_member
from edge.shop.members.identify import pseudonym
from edge.shop.members.member import find_member, offers_for
from edge.shop.members.points import spend_points
from edge.shop.members.search import FORGETTING
from edge.shop.members.traces import TRACES
from edge.shop.members.wiping import to_wipe, wiped
from edge.shop.orders.refunds import refund
from edge.shop.part import Decision
from edge.shop.promotions.events import receiver_key
from edge.shop.registry import EVENTS
from sync.box_events import JournalRemoved
from sync.document_events import CommandFinished
from tests.shop.conftest import AT
from tests.shop.members.conftest import BOX, Headquarters, member, one_time

if TYPE_CHECKING:
    from tests.shop.conftest import Floor

RULES = {
    "points": {"rate": {"points": 1, "per_minor": 100}, "offline_cap": {"per_order": 500, "per_day": 700}},
    "balance": {"offline_cap": {"per_order": 2_000, "per_day": 3_000}},
}
OFFER = {"zh": "茶", "expires": "2027-01-01T00:00:00Z"}


def shop_a_day(floor: Floor, hq: Headquarters) -> None:
    """Member m-1 has bought, holds points for another order, and was shown by every means."""
    hq.rules = RULES
    hq.publish(member(1, points=1_000, code_key=1, offers=[OFFER]), member(2, points=7))
    till = floor.till()
    for order in ("17", "18"):
        till.choose("milk", 1, order)
        till.show_member("77001", order)
        floor.ask(spend_points("till-1", order, 200))
    till.pay(450)
    till.show_member(f"77001.{one_time('m-1', AT)}", None)
    floor.db.execute("INSERT INTO jobs VALUES (1, 'j1', 'p', 'print', 'confirmed', 1, '', '', '', '', NULL, '')")
    floor.db.execute("INSERT INTO gifts_granted VALUES ('sweet', ?, '2026-03-01')", (receiver_key("m-1"),))
    floor.db.execute("INSERT INTO job_contents VALUES ('j1', 'a receipt of m-1')")


def forget(floor: Floor, ref: str = "m-1", request: str = "c-7") -> None:
    (forgotten,) = floor.ask(forget_member(ref, request, "headquarters"))
    assert forgotten == MemberForgotten(request=request, by="headquarters")
    assert forgotten.subject() == request


def search(floor: Floor, at: datetime = AT) -> list[CommandFinished]:
    """What the clock does until nothing is left to search, and what is told when the files are wiped."""
    assert all(isinstance(event, JournalRemoved) for event in floor.tick(FORGETTING, at))
    told = floor.ask(wiped(to_wipe(floor.db)), at)
    assert to_wipe(floor.db) == ()
    return [event for event in told if isinstance(event, CommandFinished)]


def test_nothing_is_left_of_a_forgotten_member(floor: Floor, hq: Headquarters, db: sqlite3.Connection) -> None:
    shop_a_day(floor, hq)
    forget(floor)
    assert find_member(db, "m-1") is None
    assert offers_for(db, "m-1", AT) == ()
    (told,) = search(floor)
    assert (told.id, told.kind, told.outcome) == ("c-7", "forget-member", "confirmed")
    assert told.detail == "erased; cut out of 4 events, 3 events removed"
    assert "m-1" not in "\n".join(db.iterdump()).replace("m-1001", "")
    assert receiver_key("m-1") not in "\n".join(db.iterdump()), "of a member's number anybody can make it"
    assert db.execute("SELECT count(*) FROM member_keys").fetchone() == (4,), "the other member's"
    assert find_member(db, "m-2") is not None


def test_what_is_still_to_be_printed_names_the_member_no_more(floor: Floor, hq: Headquarters, db: sqlite3.Connection) -> None:
    shop_a_day(floor, hq)
    lines = ["m-1", "(m-1): 7 points", "m-10", "x-m-1", "shop?m=m-1&n=1", "1"]
    content = {"command": "print", "blocks": [{"type": "line", "text": text, "large": False} for text in lines]}
    for number, state in enumerate(("queued", "sent"), start=2):
        row = (number, f"j{number}", state, AT.isoformat())
        db.execute("INSERT INTO jobs VALUES (?, ?, 'p', 'print', ?, 1, '', '', '', ?, NULL, '')", row)
        db.execute("INSERT INTO job_contents VALUES (?, ?)", (f"j{number}", json.dumps(content)))
    forget(floor)
    for job in ("j2", "j3"):
        (kept,) = db.execute("SELECT content FROM job_contents WHERE id = ?", (job,)).fetchone()
        task = read_task(kept)
        assert isinstance(task, Print)
        told = ["forgotten", "(forgotten): 7 points", "m-10", "x-m-1", "shop?m=forgotten&n=1", "1"]
        assert [block.text for block in task.blocks if isinstance(block, Line)] == told
    floor.ask(lambda _moment, _shop, db: finish_job("j2", "confirmed", "", db))
    assert db.execute("SELECT count(*) FROM job_contents").fetchone() == (2,)


def test_events_of_the_member_alone_vanish_and_their_numbers_are_explained(floor: Floor, hq: Headquarters) -> None:
    shop_a_day(floor, hq)
    named = "SELECT sequence FROM events WHERE type = 'storebox.member.identified' ORDER BY sequence"
    gone = [sequence for (sequence,) in floor.db.execute(named).fetchall()]
    paid = "SELECT count(*) FROM events WHERE type LIKE 'storebox.order.%'"
    orders = floor.db.execute(paid).fetchone()
    forget(floor)
    (removed,) = floor.tick(FORGETTING, AT)
    assert removed == JournalRemoved(ranges=tuple((each, each) for each in gone), removed_class="member", reason="forgotten")
    assert floor.db.execute(named).fetchall() == []
    assert floor.db.execute(paid).fetchone() == orders


def test_the_order_stays_and_is_nobodys(floor: Floor, hq: Headquarters, db: sqlite3.Connection) -> None:
    shop_a_day(floor, hq)
    forget(floor)
    assert db.execute("SELECT state, member_ref, total_minor FROM orders WHERE order_id = '17'").fetchone() == ("paid", None, 650)
    events = floor.ask(refund("till-1", "17", None, reason="", by="anna"))
    assert not [event for event in events if event.type.startswith("storebox.points")]
    with pytest.raises(Declined):
        floor.ask(spend_points("till-1", "18", 100))


def test_the_text_of_an_offer_goes_with_the_last_who_was_offered_it(
    floor: Floor, hq: Headquarters, db: sqlite3.Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(members_search, "SEARCH_MEMBERS", 2)
    own, both = {**OFFER, "zh": "张三生日快乐"}, {**OFFER, "zh": "两人同行"}
    others = [member(number) for number in range(3, 9)]
    hq.publish(member(1, offers=[own, both, OFFER]), *others, member(9, offers=[both, OFFER]), member(2, offers=[OFFER]))

    def texts() -> set[str]:
        return {zh for (zh,) in db.execute("SELECT zh FROM member_offer_texts")}

    forget(floor)
    search(floor)
    assert texts() == {"两人同行", "茶"}
    forget(floor, "m-9", "c-9")
    search(floor)
    assert texts() == {"茶"}
    assert [offer.zh for offer in offers_for(db, "m-2", AT)] == ["茶"]
    assert db.execute("SELECT count(*) FROM member_offers").fetchone() == (1,)


def test_a_stale_document_does_not_bring_a_member_back(floor: Floor, hq: Headquarters, db: sqlite3.Connection) -> None:
    shop_a_day(floor, hq)
    forget(floor)
    search(floor)
    (forgotten_at,) = db.execute("SELECT sequence FROM member_tombstones").fetchone()
    hq.publish(member(1, points=1_000, offers=[OFFER]), member(2), as_of={BOX: forgotten_at - 1})
    assert find_member(db, "m-1") is None
    search(floor)
    assert db.execute("SELECT count(*) FROM member_keys").fetchone() == (4,)
    assert floor.till().show_member("77001", None)[-1].subject() == pseudonym("77001", b"k" * 32)
    hq.publish(member(1), as_of={BOX: forgotten_at})
    assert find_member(db, "m-1") is not None, "headquarters knows of the forgetting, so the member has joined again"
    assert db.execute("SELECT count(*) FROM member_tombstones").fetchone() == (0,)


def test_a_pseudonym_is_forgotten_too(floor: Floor, hq: Headquarters, db: sqlite3.Connection) -> None:
    hq.rules = RULES
    hq.publish()
    till = floor.till()
    till.choose("milk", 1)
    till.show_member("13899999999")
    till.pay(650)
    ref = pseudonym("13899999999", b"k" * 32)
    forget(floor, ref)
    search(floor)
    assert ref not in "\n".join(db.iterdump())


def test_a_request_counts_once_and_the_search_begins_anew_for_another(floor: Floor, hq: Headquarters) -> None:
    shop_a_day(floor, hq)
    forget(floor)
    assert floor.ask(forget_member("m-1", "c-7", "headquarters")) == ()
    forget(floor, "m-2", "c-8")
    assert [told.id for told in search(floor)] == ["c-7", "c-8"]


def test_headquarters_learns_whom_the_store_forgot(floor: Floor, hq: Headquarters) -> None:
    shop_a_day(floor, hq)
    (forgotten,) = floor.ask(forget_member("m-1", "store-1", "store"))
    assert forgotten == MemberForgotten(request="store-1", by="store", member_ref="m-1")
    assert search(floor) == []
    assert not FORGETTING.is_due(floor.db, AT, floor.shop), "headquarters has not heard it yet"
    assert "m-1" in "\n".join(floor.db.iterdump())
    floor.db.execute("UPDATE events SET state = 'done'")
    assert search(floor) == []
    assert not FORGETTING.is_due(floor.db, AT, floor.shop)
    assert "m-1" not in "\n".join(floor.db.iterdump())


def test_what_was_cut_while_the_files_were_wiped_waits_for_the_next_wipe(floor: Floor, hq: Headquarters) -> None:
    shop_a_day(floor, hq)
    floor.ask(forget_member("m-1", "store-1", "store"))
    floor.tick(FORGETTING, AT)
    before = to_wipe(floor.db)
    floor.db.execute("UPDATE events SET state = 'done'")
    floor.tick(FORGETTING, AT)
    floor.ask(wiped(before))
    (left,) = to_wipe(floor.db)
    assert left.stage > before[0].stage


def test_what_is_remembered_of_people_ends(floor: Floor, hq: Headquarters, db: sqlite3.Connection) -> None:
    shop_a_day(floor, hq)
    floor.till().show_member("13899999999", None)
    forget(floor)
    search(floor)
    assert floor.ask(forget_member("m-1", "c-7", "headquarters")) == (), "the wish is known"
    for days, left in ((399, (1, 1, 1)), (401, (0, 0, 0))):
        floor.tick(TRACES, AT + timedelta(days=days))
        tables = ("members", "member_forgettings", "member_tombstones")
        assert tuple(db.execute(f"SELECT count(*) FROM {table}").fetchone()[0] for table in tables) == left  # noqa: S608


def test_only_who_was_not_seen_for_long_is_no_more_known(floor: Floor, hq: Headquarters) -> None:
    hq.publish(member(1))
    floor.till().show_member("77001", None)
    floor.ask(identified_again("m-1"), AT + timedelta(days=300))
    late = AT + timedelta(days=500)
    assert not TRACES.is_due(floor.db, late, replace(floor.shop, clock=lambda: "unsynced"))
    assert floor.tick(TRACES, late) == ()
    assert floor.db.execute("SELECT member_ref, times_shown FROM members").fetchall() == [("m-1", 2)]
    shorter = replace(floor.shop, members=Members(keep_seen_days=100))
    assert TRACES.is_due(floor.db, late, shorter)


def identified_again(ref: str) -> Decision:
    """As a till says it."""
    named = MemberIdentified(member_ref=ref, method="code", till="till-1", lane=None, order=None, known=True, verified=True)
    return lambda _moment, _shop, _db: (named,)


def test_a_wish_that_is_not_fulfilled_yet_is_kept_however_long(floor: Floor, hq: Headquarters, db: sqlite3.Connection) -> None:
    shop_a_day(floor, hq)
    floor.ask(forget_member("m-1", "store-1", "store"))
    floor.tick(TRACES, AT + timedelta(days=5_000))
    assert db.execute("SELECT ref FROM member_forgettings").fetchall() == [("m-1",)]


def test_nobody_cannot_be_forgotten(floor: Floor) -> None:
    with pytest.raises(Declined) as declined:
        floor.ask(forget_member("", "c-7", "headquarters"))
    assert declined.value.key == "nobody-to-forget"
    assert str(declined.value) == "the request names no member: send the member's reference"


def test_a_document_that_came_meanwhile_keeps_its_own_keys(floor: Floor, hq: Headquarters, db: sqlite3.Connection) -> None:
    hq.publish(member(1))
    forget(floor)
    hq.publish(member(3))
    hq.publish(member(4))
    search(floor)
    assert find_member(db, "m-4") is not None
    assert db.execute("SELECT count(*) FROM member_keys").fetchone() == (4,)
    assert db.execute("SELECT count(*) FROM member_leftovers").fetchone() == (0,)


ERASED = {
    "orders",
    "members",
    "members_at",
    "offers_shown",
    "member_codes_used",
    "member_movements",
    "member_spendings",
    "member_earnings",
    "face_consents",
    "face_templates",
    "face_pseudonyms",
}


def test_whoever_keeps_a_member_is_told_to_forget_one(db: sqlite3.Connection) -> None:
    tables = [name for (name,) in db.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
    keep = {name for name in tables if any("member_ref" in row[1] for row in db.execute(f"PRAGMA table_info({name})"))}
    assert keep == ERASED, "edge/shop/members/forget.py erases from these tables"


def test_an_event_names_a_member_by_one_field_that_the_search_knows() -> None:
    for event in EVENTS:
        naming = {field.name for field in msgspec.structs.fields(event) if "member" in field.name}
        assert naming <= {"member_ref"}, event.type
