"""Messages of headquarters: delivered once, read and answered by those whom they concern, escalated once when nobody does."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import msgspec
import pytest

from edge.shop.declined import Declined
from edge.shop.staff.document import adopt_staff, parse_staff
from edge.shop.staff.events import MessageDelivered, MessageEscalated, MessageRead
from edge.shop.staff.inbox import inbox
from edge.shop.staff.messages import ESCALATION, adopt_messages, parse_messages, read_message, reply_to
from sync.adopters import DocumentRefused

if TYPE_CHECKING:
    from tests.shop.conftest import Floor

AT = datetime(2026, 3, 1, 10, 0, tzinfo=UTC)
STAFF = {
    "salt": "c3Nzc3Nzc3Nzc3Nzc3Nzcw==",
    "staff": [
        {"id": "g-1", "names": {"zh": "李", "en": "Li"}, "roles": ["guide"]},
        {"id": "l-1", "names": {"zh": "王", "en": "Wang"}, "roles": ["lead"]},
    ],
}


def message(id_: str, **changes: Any) -> dict[str, Any]:
    return {"id": id_, "titles": {"zh": "新品到店", "en": "New goods"}, "texts": {"zh": "请陈列", "en": "Put them up"}, **changes}


def adopt(floor: Floor, *messages: dict[str, Any]) -> list[Any]:
    return adopt_messages(parse_messages(msgspec.json.encode({"messages": messages})), 1, floor.db)


@pytest.fixture
def staffed(floor: Floor) -> Floor:
    adopt_staff(parse_staff(msgspec.json.encode(STAFF)), 1, floor.db)
    return floor


def titles(floor: Floor, staff: str, at: datetime = AT) -> list[str]:
    return [letter.message for letter in inbox(floor.db, staff, at)]


def test_what_is_new_is_delivered_once(staffed: Floor) -> None:
    assert adopt(staffed, message("m-1")) == [MessageDelivered(message="m-1")]
    assert adopt(staffed, message("m-1"), message("m-2")) == [MessageDelivered(message="m-2")]
    assert adopt(staffed) == []
    assert titles(staffed, "g-1") == []


def test_a_message_reaches_those_whom_it_concerns(staffed: Floor) -> None:
    adopt(staffed, message("all"), message("guides", to=["guide"]), message("wang", to=["l-1"]))
    assert titles(staffed, "g-1") == ["all", "guides"]
    assert titles(staffed, "l-1") == ["all", "wang"]
    assert titles(staffed, "technician") == ["all"]


def test_the_urgent_come_first_and_the_read_last(staffed: Floor) -> None:
    adopt(staffed, message("a"), message("b", urgent=True), message("c"))
    assert titles(staffed, "g-1") == ["b", "a", "c"]
    assert staffed.ask(read_message("b", "g-1")) == (MessageRead(message="b", staff="g-1"),)
    assert staffed.ask(read_message("b", "g-1")) == ()
    assert titles(staffed, "g-1") == ["a", "c", "b"]


def test_an_expired_message_is_shown_to_nobody(staffed: Floor) -> None:
    adopt(staffed, message("m", expires_at="2026-03-01T18:00:00+08:00"))
    assert titles(staffed, "g-1", AT - timedelta(seconds=1)) == ["m"]
    assert titles(staffed, "g-1", AT) == []


def test_an_answer_is_sent_without_what_may_be_a_telephone_number(staffed: Floor) -> None:
    adopt(staffed, message("m", wants_reply=True))
    (replied,) = staffed.ask(reply_to("m", "g-1", " call 13800138000 "))
    assert replied.text == "call <11 digits>"  # type: ignore[attr-defined]
    (letter,) = inbox(staffed.db, "g-1", AT)
    assert (letter.read, letter.reply) == (True, "call <11 digits>")


def test_what_nobody_reads_in_time_also_concerns_the_lead_and_is_told_once(staffed: Floor) -> None:
    adopt(staffed, message("m", to=["guide"], escalate_at="2026-03-01T10:00:00Z"))
    assert staffed.tick(ESCALATION, AT - timedelta(seconds=1)) == ()
    assert titles(staffed, "l-1") == []
    assert staffed.tick(ESCALATION, AT) == (MessageEscalated(message="m", to="lead"),)
    assert staffed.tick(ESCALATION, AT + timedelta(days=1)) == ()
    assert titles(staffed, "l-1") == ["m"]
    adopt(staffed, message("m", to=["guide"], escalate_at="2026-03-01T10:00:00Z"))
    assert staffed.tick(ESCALATION, AT) == (), "a newer document does not begin again"


def test_what_was_read_in_time_is_not_escalated(staffed: Floor) -> None:
    adopt(staffed, message("m", escalate_at="2026-03-01T10:00:00Z"))
    staffed.ask(read_message("m", "g-1"))
    assert staffed.tick(ESCALATION, AT) == ()


def test_what_is_for_others_is_neither_read_nor_answered(staffed: Floor) -> None:
    adopt(staffed, message("wang", to=["l-1"], escalate_at="2026-03-01T10:00:00Z"))
    for decision in (read_message("wang", "g-1"), reply_to("wang", "technician", "yes")):
        with pytest.raises(Declined) as declined:
            staffed.ask(decision)
        assert declined.value.key == "message-of-others"
        assert str(declined.value) == "this message is for others: it stays unread until one of them has opened it"
    assert staffed.tick(ESCALATION, AT) == (MessageEscalated(message="wang", to="lead"),), "nobody whom it concerns has read it"


def test_what_was_escalated_to_somebody_is_theirs_to_read(staffed: Floor) -> None:
    adopt(staffed, message("m", to=["guide"], escalate_at="2026-03-01T10:00:00Z"))
    staffed.tick(ESCALATION, AT)
    assert staffed.ask(read_message("m", "l-1")) == (MessageRead(message="m", staff="l-1"),)


def test_a_thousand_messages_that_were_read_or_expired_are_looked_through_once(staffed: Floor) -> None:
    late = {"escalate_at": "2026-03-01T10:00:00Z"}
    adopt(
        staffed, *(message(f"m-{n}", **late, **({"expires_at": "2026-03-01T09:00:00Z"} if n % 2 else {})) for n in range(1_000))
    )
    for number in range(0, 1_000, 2):
        staffed.db.execute("INSERT INTO messages_read (message, staff) VALUES (?, 'g-1')", (f"m-{number}",))
    assert ESCALATION.is_due(staffed.db, AT, staffed.shop)
    assert staffed.tick(ESCALATION, AT) == ()
    plan = staffed.db.execute("SELECT count(*) FROM messages WHERE escalated = 0 AND escalate_at IS NOT NULL").fetchone()
    assert plan == (0,), "nothing is left in the index that is asked every second"


def test_a_message_that_was_taken_back_is_neither_read_nor_answered(staffed: Floor) -> None:
    for decision in (read_message("m", "g-1"), reply_to("m", "g-1", "yes")):
        with pytest.raises(Declined, match="headquarters has taken this message back"):
            staffed.ask(decision)


@pytest.mark.parametrize("text", ["", "  ", "x" * 501])
def test_an_answer_says_something_and_not_a_book(staffed: Floor, text: str) -> None:
    adopt(staffed, message("m"))
    with pytest.raises(Declined, match="an answer has 1 to 500 characters"):
        staffed.ask(reply_to("m", "g-1", text))


@pytest.mark.parametrize(
    ("messages", "problem"),
    [
        ([message("m", kind="poem")], r"the messages cannot be read: .*`\$\.messages\[0\]\.kind`"),
        ([message("m", expires_at="2026-03-01T18:00:00")], r"the messages cannot be read: .*timezone"),
        ([message("m"), message("m")], r"the message m at `\$\.messages\[1\]` stands at `\$\.messages\[0\]`"),
    ],
)
def test_messages_with_a_mistake_are_refused_with_its_place(messages: list[dict[str, Any]], problem: str) -> None:
    with pytest.raises(DocumentRefused, match=problem):
        parse_messages(msgspec.json.encode({"messages": messages}))
