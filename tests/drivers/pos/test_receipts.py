"""Receipts as python-escpos writes them, read back: text, Chinese, pictures, QR codes, cuts, and every way to split the bytes."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from PIL import Image

from drivers.counter_readings import ReceiptTapped, TappedLine
from drivers.pos.escpos_text import EscposText, Step
from drivers.pos.receipt_reading import NO_TOTAL, PICTURE, TOO_LONG, Reader, Stamp
from drivers.pos.receipt_roll import Roll
from drivers.pos.receipt_template import Template, compiled, minor, template
from drivers.pos.tap_copies import Copy

STAMP = Stamp(device="tap-1", till="till-3", at=datetime(2026, 11, 21, tzinfo=UTC), monotonic_ms=1)
ZH = template("zh", 2, {})
CHINESE = """    示例超市
单号: 20261121-0042
日期: 2026-11-21 15:30:07
--------------------------------
6901028075831 纯牛奶 250ml   2   6.50   13.00
红富士苹果   1.234kg  12.98   16.02
数量合计: 3
合计: 29.02
微信支付  29.02
谢谢惠顾
"""
ENGLISH = """CORNER SHOP
Receipt No: A-1042
21/11/2026 15:30
Whole milk   2   6.50   13.00
Gala apples  1.234 kg  12.98   16.02
Subtotal               29.02
Total savings           1.00
TOTAL                 $28.02
VISA                   28.02
"""


def paper(draw: Callable[[Any], None]) -> bytes:
    from escpos.printer import Dummy  # type: ignore[import-untyped]

    till = Dummy()
    draw(till)
    return bytes(till.output)


def raw(text: str, encoding: str = "gb18030") -> Callable[[Any], None]:
    def draw(till: Any) -> None:
        till._raw(b"\x1b@" + text.encode(encoding))
        till.cut()

    return draw


def read(data: bytes, *, by: Template = ZH, encoding: str = "gb18030", pieces: int = 1 << 30) -> list[ReceiptTapped]:
    reader = Reader(template=by, encoding=encoding)
    copies = [Copy(line=0, data=data[at : at + pieces]) for at in range(0, len(data), pieces)]
    return reader.receipts([*copies, Copy(line=0, ended=True)], STAMP)


def test_a_chinese_receipt_is_read() -> None:
    (receipt,) = read(paper(raw(CHINESE)))
    assert (receipt.number, receipt.business_day, receipt.total_minor, receipt.tender) == (
        "20261121-0042",
        "2026-11-21",
        2_902,
        "wechat",
    )
    assert receipt.lines == (
        TappedLine(code="6901028075831", name="纯牛奶 250ml", qty=2, amount_minor=1_300),
        TappedLine(name="红富士苹果", grams=1_234, amount_minor=1_602),
    )
    assert (receipt.till, receipt.unparsed) == ("till-3", "")


def test_an_english_receipt_is_read() -> None:
    (receipt,) = read(paper(raw(ENGLISH, "cp437")), by=template("en", 2, {}), encoding="cp437")
    assert (receipt.number, receipt.business_day, receipt.total_minor, receipt.tender) == ("A-1042", "2026-11-21", 2_802, "card")
    assert [(line.name, line.qty, line.grams, line.amount_minor) for line in receipt.lines] == [
        ("Whole milk", 2, None, 1_300),
        ("Gala apples", None, 1_234, 1_602),
    ]


def test_text_with_every_decoration_is_read_as_its_letters() -> None:
    def draw(till: Any) -> None:
        till.set(align="center", bold=True, double_height=True, double_width=True, underline=1)
        till.text("CORNER SHOP\n")
        till.set(align="left", bold=False, font="b", invert=True)
        till.text("Receipt No: 7\n21.11.2026\n")
        till.barcode("4006381333931", "EAN13", function_type="A")
        till.barcode("{B012ABCDabcd", "CODE128", function_type="B")
        till.qr("https://a.example/r/7", native=True, size=6)
        till.set(bold=True)
        till.text("TO")
        till.set(bold=False)
        till.text("TAL   5.00\n")
        till.cashdraw(2)
        till.cut(mode="PART")

    for pieces in (1, 2, 7, 1 << 30):
        (receipt,) = read(paper(draw), by=template("en", 2, {}), encoding="cp437", pieces=pieces)
        assert (receipt.number, receipt.business_day, receipt.total_minor) == ("7", "2026-11-21", 500)


@pytest.mark.parametrize("how", ["bitImageRaster", "graphics", "bitImageColumn"])
def test_a_receipt_that_is_a_picture_is_not_read(how: str) -> None:
    def draw(till: Any) -> None:
        till.image(Image.new("1", (64, 48)), impl=how)
        till.cut()

    for pieces in (1, 5, 1 << 30):
        (receipt,) = read(paper(draw), pieces=pieces)
        assert receipt.unparsed == PICTURE
        assert (receipt.total_minor, receipt.lines) == (None, ())


def test_a_logo_and_a_drawn_qr_code_do_not_hide_the_text() -> None:
    def draw(till: Any) -> None:
        till.image(Image.new("1", (64, 24)))
        till._raw(CHINESE.encode("gb18030"))
        till.qr("https://a.example/r/7", native=False)
        till.cut()

    (receipt,) = read(paper(draw))
    assert receipt.total_minor == 2_902


@pytest.mark.parametrize("pieces", [1, 2, 3, 11, 64])
def test_however_the_bytes_are_split_the_receipts_are_the_same(pieces: int) -> None:
    data = paper(raw(CHINESE)) + paper(raw(CHINESE.replace("0042", "0043")))
    assert [receipt.report for receipt in read(data, pieces=pieces)] == [receipt.report for receipt in read(data)]


def test_a_reset_ends_only_a_receipt_that_has_its_total() -> None:
    head, tail = CHINESE.split("数量合计")
    reset_in_the_middle = head.encode("gb18030") + b"\x1b@" + ("数量合计" + tail).encode("gb18030")
    receipts = read(b"\x1b@" + reset_in_the_middle + b"\x1b@" + CHINESE.replace("0042", "0043").encode("gb18030"))
    assert [(receipt.number, len(receipt.lines)) for receipt in receipts] == [("20261121-0042", 2), ("20261121-0043", 2)]


def test_a_paper_without_a_total_or_too_long_is_told() -> None:
    (kitchen,) = read(paper(raw("厨房 3号桌\n牛肉面 x2\n")))
    assert kitchen.unparsed == NO_TOTAL
    (endless,) = read(paper(raw("长" * 40_000 + "\n合计: 1.00\n")))
    assert endless.unparsed == TOO_LONG
    assert read(b"\x1b@\n\n\n\x1dV\x00") == [], "an empty paper is none"


def test_without_number_or_day_the_text_names_the_receipt() -> None:
    nameless = CHINESE.replace("单号: 20261121-0042\n", "")
    (one,), (again,), (other,) = (read(paper(raw(text))) for text in (nameless, nameless, nameless + "再来\n"))
    assert one.report == again.report
    assert one.report.id != other.report.id
    assert len(one.report.id) == 64


def test_two_papers_that_could_not_be_read_are_two() -> None:
    one, other = read(paper(raw("菜单\n")) * 2)
    assert one.report.id != other.report.id


@pytest.mark.parametrize(
    ("printed", "decimals", "expected"),
    [
        ("1,234.50", 2, 123_450),
        ("1.234,50", 2, 123_450),
        ("1,234", 2, 123_400),
        ("12", 2, 1_200),
        ("-3.5", 2, -350),
        ("1234", 0, 1_234),
        ("1.234", 3, 1_234),
        (".", 2, None),
        ("9" * 20, 2, None),
    ],
)
def test_amounts(printed: str, decimals: int, expected: int | None) -> None:
    assert minor(printed, decimals) == expected


def test_a_pattern_of_the_shop_replaces_the_templates() -> None:
    own = template("en", 2, {"number": r"Beleg\s*:\s*([0-9]+)", "total": r"SUMME\s+EUR\s+(-?[0-9.,]+)"})
    (receipt,) = read(paper(raw("Beleg: 77\n21.11.2026\nSUMME EUR 1.234,50\n")), by=own)
    assert (receipt.number, receipt.business_day, receipt.total_minor) == ("77", "2026-11-21", 123_450)
    assert compiled("tender", "^(BAR)").groups == 1


def test_a_day_that_is_none_is_left_out() -> None:
    assert ZH.day_of("2026-13-45 2026-02-30") is None
    assert ZH.day_of("2026-13-45 2026年2月8日") == "2026-02-08"


@given(st.binary(max_size=300), st.integers(1, 40))
@example(b"\n\n", 1)
def test_any_bytes_are_read_and_the_pieces_do_not_matter(data: bytes, pieces: int) -> None:
    whole, parts = EscposText(), EscposText()
    steps = [step for at in range(0, len(data), pieces) for step in parts.steps(data[at : at + pieces])]

    def told(found: list[Step]) -> list[str]:
        marks = [step.mark for step in found]  # line ends that come together are one
        return [mark for mark, before in zip(marks, [None, *marks], strict=False) if mark and not mark == before == "line"]

    assert told(whole.steps(data)) == told(steps)
    roll = Roll(encoding="gb18030", has_total=ZH.has_total)
    for torn in roll.feed(data):
        ZH.lines_of(torn.text)
    roll.end()
