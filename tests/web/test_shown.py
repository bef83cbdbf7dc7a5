"""What the cards of the page hold: of one cause one alarm, and of what was refused the reason."""

from __future__ import annotations

from zoneinfo import ZoneInfo

import msgspec
import pytest

from edge.shop.declined import RequestDeclined
from edge.shop.orders.closing_events import OrderVoided
from edge.web.kept import show_events
from edge.web.shown import AlarmShown, show_alarms
from edge.web.words import Language, load_words
from sync.document_events import DocumentNotAdopted
from sync.events import Envelope, Event
from sync.outbox import Kept

ENGLISH = load_words()["en"]
DECLINED = RequestDeclined(
    place="till-1",
    asked="OrderPaid",
    key="order-paid",
    reason="order t1-7 of till-1 is paid already: if the money was really taken twice, give 650 back",
)


def detail_of(event: Event, language: Language) -> str:
    """The small print of ``event``'s line."""
    envelope = Envelope(
        id="1",
        box="b",
        sequence=1,
        type=event.type,
        event_class=event.event_class,
        time="2026-03-01T00:00:00.000Z",
        boot="b",
        monotonic_ms=1,
        clock="synced",
        subject=event.subject(),
        tz=None,
        business_day=None,
        data=msgspec.Raw(msgspec.json.encode(event)),
    )
    kept = Kept(envelope=envelope, state="queued", problem="")
    (line,) = show_events([kept], load_words()[language], "CNY", ZoneInfo("UTC")).events
    return line.detail


def test_a_cause_that_stops_several_parts_is_one_alarm_under_the_first_of_their_names():
    shown = show_alarms({"journal": "the disk is full", "broker": "no broker", "insight": "the disk is full"}, ENGLISH)
    assert shown.alarms == (AlarmShown(name="broker", text="no broker"), AlarmShown(name="insight", text="the disk is full"))


def test_without_alarms_there_is_none():
    assert show_alarms({}, ENGLISH).alarms == ()


def test_what_the_shop_refused_is_shown_with_its_reason():
    assert detail_of(DECLINED, "en") == f"till-1 · {DECLINED.reason}"
    assert detail_of(DECLINED, "zh") == "till-1 · till-1 的订单 t1-7 已经付过款：如果真的收了两次钱，请退回 650"


def test_a_document_that_was_refused_is_shown_with_its_reason():
    event = DocumentNotAdopted(kind="prices", version=2, reason="it is signed by nobody that this box knows")
    assert detail_of(event, "en") == "prices · it is signed by nobody that this box knows"


@pytest.mark.parametrize("language", ["zh", "en"])
def test_what_a_till_gave_as_its_reason_is_not_shown(language: Language):
    event = OrderVoided(
        till="till-1",
        order="t1-7",
        business_day="2026-03-01",
        total_minor=650,
        currency="CNY",
        reason="shopper called 13800000000",
    )
    assert "138" not in detail_of(event, language)
