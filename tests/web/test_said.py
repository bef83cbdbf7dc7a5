"""How readings are said: a moving pan, an overload and silence look different, and none of them is 0 kg."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any, get_args
from zoneinfo import ZoneInfo

import pytest

from drivers.counter_readings import (
    DrawerMoved,
    OrderReported,
    PaymentCodeShown,
    PrinterSeen,
    ReceiptTapped,
    Scanned,
    TerminalSeen,
)
from drivers.one_attempt import OneAttempt
from drivers.reading import Report
from drivers.readings import (
    AnyReading,
    Candidate,
    ItemChosen,
    ItemRemoved,
    MemberShown,
    OrderOpened,
    OrderPaid,
    OrderRefunded,
    OrderVoided,
    Presence,
    ShelfLevel,
    ShelfMoved,
    Unreadable,
    Weight,
)
from drivers.room_readings import (
    CameraSeen,
    LabelSeen,
    MirrorTouched,
    MirrorUsed,
    PropertySeen,
    ShadeTried,
    Tag,
    TagsSeen,
)
from edge.status import DeviceState, DeviceStatus, SyncStatus
from edge.web.quantities import clock_time, day, kilograms, money, size
from edge.web.said import say_reading
from edge.web.said_room import say_properties
from edge.web.shown import show_device, show_overall, show_sync
from edge.web.words import load_words

EN, ZH = load_words()["en"], load_words()["zh"]
AT = datetime(2026, 11, 21, 16, 30, 5, tzinfo=UTC)
BASE: dict[str, Any] = {"device": "d", "at": AT, "monotonic_ms": 1}
REPORTED: dict[str, Any] = BASE | {"report": Report(id="r", digest=b"")}
MOVED: dict[str, Any] = REPORTED | {"slot": "a1", "before_g": 1000, "after_g": 340}
PICTURE: dict[str, Any] = {"width_px": 1280, "height_px": 720, "fps": 14.94, "frames": 9, "skipped": 0}
COLA = Candidate(sku="cola", qty=2, permille=900)
TEA = Candidate(sku="tea", qty=1, permille=100)

SAID: list[tuple[AnyReading, str, str, str]] = [
    (Weight(**BASE, grams=1234, state="stable"), "1.234 kg", "good", "Stable"),
    (Weight(**BASE, grams=0, state="stable"), "0.000 kg", "good", "Stable"),
    (Weight(**BASE, grams=-5, state="stable"), "−0.005 kg", "good", "Stable"),
    (Weight(**BASE, grams=568, state="moving"), "0.568 kg", "moving", "Moving"),
    (Weight(**BASE, grams=None, state="moving"), "— kg", "moving", "Moving"),
    (Weight(**BASE, grams=None, state="over"), "—", "warn", "Overloaded"),
    (Weight(**BASE, grams=None, state="under"), "—", "warn", "Below zero"),
    (ShelfLevel(**BASE, slot="a1", grams=3300), "3.300 kg Slot a1", "good", "On the shelf"),
    (ShelfMoved(**MOVED, kind="pick", delta_g=-660, candidates=(COLA,)), "−0.660 kg Slot a1 · 2 × cola", "good", "Taken"),
    (
        ShelfMoved(**MOVED, kind="put", delta_g=660, candidates=(COLA, TEA)),
        "+0.660 kg Slot a1 · 2 × cola / 1 × tea",
        "good",
        "Put back",
    ),
    (ShelfMoved(**MOVED, kind="adjust", delta_g=3), "+0.003 kg Slot a1", "good", "Adjusted"),
    (Presence(**BASE, state="sleeping"), "Asleep", "calm", "Reports in"),
    (Unreadable(**BASE, problem="not JSON"), "—", "warn", "Unreadable message"),
    (OrderOpened(**REPORTED, order="7"), "7", "good", "Order opened"),
    (ItemChosen(**REPORTED, order="7", code="690", qty=2), "2 × 690 Order 7", "good", "Item"),
    (ItemChosen(**REPORTED, order="7", code="690"), "690 Order 7", "moving", "Waiting for a weight"),
    (ItemRemoved(**REPORTED, order="7", line=2), "Line 2 Order 7", "good", "Item taken off"),
    (OrderPaid(**REPORTED, order="7", amount_minor=2350, tender="cash"), "¥23.50 Order 7", "good", "Paid"),
    (OrderVoided(**REPORTED, order="7", reason="changed mind"), "7 changed mind", "calm", "Order voided"),
    (OrderRefunded(**REPORTED, order="7", reason="broken"), "7 broken", "calm", "Refunded"),
    (MemberShown(**REPORTED, order="7", code="M-SECRET"), "Member Order 7", "calm", "Member code shown"),
    (MemberShown(**REPORTED, order=None, code="M-SECRET"), "Member", "calm", "Member code shown"),
    (Scanned(**BASE, code="6901234567892", gtin="06901234567892"), "06901234567892", "good", "Scanned"),
    (Scanned(**BASE, code="x", item="4011", grams=568), "4011 0.568 kg", "good", "Scanned"),
    (Scanned(**BASE, code="x", item="4011", amount_minor=1250), "4011 ¥12.50", "good", "Scanned"),
    (Scanned(**BASE, code="x", sscc="106141411234567897", count=3), "106141411234567897 3 ×", "good", "Scanned"),
    (Scanned(**BASE, code="M-SECRET"), "Code", "good", "Scanned"),
    (Scanned(**BASE, code="690", problem="check digit 2 expected"), "— check digit 2 expected", "warn", "Not a valid code"),
    (
        PaymentCodeShown(**BASE, wallet="wechat", length=18, code=OneAttempt("134567890123456789")),
        "WeChat Pay",
        "calm",
        "Payment code shown",
    ),
    (PrinterSeen(**BASE, paper="ok", cover_open=False, offline=False), "Ready", "good", "Paper in"),
    (PrinterSeen(**BASE, paper="near-end", cover_open=False, offline=False), "Ready", "warn", "Paper nearly used up"),
    (PrinterSeen(**BASE, paper="out", cover_open=True, offline=True), "—", "bad", "No paper"),
    (PrinterSeen(**BASE, paper="ok", cover_open=True, offline=True), "—", "bad", "Cover open"),
    (PrinterSeen(**BASE, paper="ok", cover_open=False, offline=True), "—", "bad", "Switched offline"),
    (PrinterSeen(**BASE, paper="ok", cover_open=False, offline=False, failure="Cutter jammed"), "—", "bad", "Cutter jammed"),
    (DrawerMoved(**BASE, open=True, asked=True), "Open", "calm", "Opened by the box"),
    (DrawerMoved(**BASE, open=False, asked=False), "Shut", "calm", "Moved by hand"),
    (TerminalSeen(**BASE, state="ready"), "Ready", "good", "Reports in"),
    (TerminalSeen(**BASE, state="busy", words="Insert card"), "Busy", "moving", "Insert card"),
    (TerminalSeen(**BASE, state="not-registered"), "Not registered", "warn", "Reports in"),
    (ReceiptTapped(**REPORTED, till="till-1", number="0042", total_minor=2350), "¥23.50 Receipt 0042", "good", "Receipt"),
    (ReceiptTapped(**REPORTED, till="till-1", unparsed="a picture"), "— a picture", "warn", "Receipt not read"),
    (
        OrderReported(**REPORTED, order="7", business_day="2026-11-21", lines=(), amount_minor=2350, tender="cash"),
        "¥23.50 Order 7",
        "good",
        "Paid",
    ),
    (TagsSeen(**BASE, tags=(Tag(epc="3034"), Tag(epc="3035"))), "2", "good", "Tags in view"),
    (LabelSeen(**BASE, label="0A1B", alias="Milk", pending=True), "Milk", "moving", "Waits for the label"),
    (LabelSeen(**BASE, label="0A1B", alias="", pending=False), "0A1B", "good", "Shown"),
    (PropertySeen(**BASE, property="temperature", value="21.5", unit="°C"), "21.5 °C temperature", "good", "Reported"),
    (PropertySeen(**BASE, property="light", value="off", target="on"), "off light", "moving", "Going to on"),
    (CameraSeen(**BASE, picture="live", **PICTURE), "14.9 fps 1280 × 720", "good", "Live"),
    (CameraSeen(**BASE, picture="frozen", **PICTURE), "— 1280 × 720", "bad", "Frozen"),
    (CameraSeen(**BASE, picture="black", **PICTURE), "— 1280 × 720", "warn", "Black"),
    (MirrorUsed(**REPORTED, session="s7", kind="began"), "In use", "calm", "Visit"),
    (MirrorUsed(**REPORTED, session="s7", kind="ended"), "Free", "calm", "Visit"),
    (MirrorUsed(**REPORTED, session="", kind="left"), "Left", "calm", "Visit"),
    (ShadeTried(**REPORTED, session="s7", sku="lip-04", shown_ms=8_400, intensity_percent=70), "lip-04", "calm", "Shade tried"),
    (MirrorTouched(**BASE, session="s7", x_permille=500, y_permille=500), "Touched", "calm", "Visit"),
]


@pytest.mark.parametrize(("reading", "text", "look", "word"), SAID)
def test_each_reading_has_its_look(reading: AnyReading, text: str, look: str, word: str) -> None:
    said = say_reading(reading, EN, "CNY")
    assert " ".join(part for part in (said.value, said.unit, said.where) if part) == text
    assert (said.look, said.word) == (look, word)


def test_every_reading_is_said() -> None:
    assert {type(reading) for reading, *_ in SAID} == set(get_args(AnyReading))


@pytest.mark.parametrize("reading", [reading for reading, *_ in SAID], ids=lambda reading: type(reading).__name__)
def test_each_reading_is_said_in_chinese_too(reading: AnyReading) -> None:
    assert say_reading(reading, ZH, "CNY").word


def test_no_secret_is_said() -> None:
    said = str([say_reading(reading, words, "CNY") for reading, *_ in SAID for words in (EN, ZH)])
    assert "SECRET" not in said
    assert "134567890123456789" not in said


@pytest.mark.parametrize("state", [state for state in get_args(DeviceState) if state != "up"])
def test_a_device_that_does_not_speak_shows_no_value(state: DeviceState) -> None:
    weight = Weight(**BASE, grams=1234, state="stable")
    status = DeviceStatus(device="scale-1", kind="scale", driver="x", state=state, since=AT, reading=weight, problem="why")
    shown = show_device(status, EN, "CNY")
    assert (shown.value, shown.unit) == ("—", "")
    assert shown.look != "good"
    assert shown.at == AT
    assert shown.problem == "why"


def test_a_device_that_is_up_and_has_said_nothing_shows_no_value() -> None:
    shown = show_device(DeviceStatus(device="d", kind="toaster", driver="x", state="up", since=AT), EN, "CNY")
    assert (shown.value, shown.word, shown.icon, shown.kind_word, shown.at) == ("—", "Connected", "device", "toaster", None)


@pytest.mark.parametrize(
    ("state", "look"), [("off", "calm"), ("idle", "good"), ("sending", "moving"), ("waiting", "warn"), ("stopped", "bad")]
)
def test_the_sync_has_its_looks(state: Any, look: str) -> None:
    assert show_sync(SyncStatus(state=state), EN).look == look


def test_the_line_at_the_top_counts_what_needs_attention() -> None:
    assert show_overall(["good", "calm", "moving"], EN).word == "All is well"
    assert show_overall(["good", "warn"], EN).word == "1 thing needs attention"
    overall = show_overall(["bad", "warn", "good"], EN)
    assert (overall.word, overall.look) == ("2 things need attention", "bad")


@pytest.mark.parametrize(
    ("amount", "currency", "text"),
    [
        (2350, "CNY", "¥23.50"),
        (5, "CNY", "¥0.05"),
        (-5, "EUR", "−€0.05"),
        (1234567, "USD", "$12,345.67"),
        (500, "JPY", "¥500"),
        (1234, "KWD", "1.234 KWD"),
        (100, "SEK", "1.00 SEK"),
    ],
)
def test_money_has_the_digits_of_its_currency(amount: int, currency: str, text: str) -> None:
    assert money(amount, currency) == text


@pytest.mark.parametrize(("grams", "text"), [(0, "0.000"), (5, "0.005"), (-1234, "−1.234"), (15000, "15.000")])
def test_kilograms_have_three_decimals(grams: int, text: str) -> None:
    assert kilograms(grams) == text


@pytest.mark.parametrize(
    ("count_bytes", "text"), [(0, "0 B"), (1023, "1023 B"), (1536, "1.5 KiB"), (4 * 2**30, "4.0 GiB"), (2**41, "2.0 TiB")]
)
def test_sizes_have_a_unit(count_bytes: int, text: str) -> None:
    assert size(count_bytes) == text


def test_times_are_the_shops() -> None:
    zone = ZoneInfo("Asia/Shanghai")
    assert clock_time(AT, zone) == "00:30:05"
    assert day(AT, zone) == "2026-11-22"


def test_a_device_with_properties_shows_them_all() -> None:
    state, volume, title = (
        PropertySeen(**BASE, property=name, value=value, unit=unit, target=target)
        for name, value, unit, target in (("state", "play", "", None), ("volume", "40", "%", "55"), ("title", "", "", None))
    )
    said = say_properties((state, volume, title), EN)
    assert (said.value, said.where) == ("play", "state · volume 40 %")
    assert (said.look, said.word) == ("moving", "Going to 55")
    assert say_properties((title,), EN).value == "—"
