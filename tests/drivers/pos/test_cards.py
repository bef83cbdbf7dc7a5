"""Card numbers and payment codes are cut, wherever they stand; goods, sums and numbers of receipts stay."""

from __future__ import annotations

import random
import re
from datetime import UTC, datetime

import pytest
import structlog
from hypothesis import given
from hypothesis import strategies as st

from drivers.pos.cards import cut_cards, cut_digits, passes_luhn
from drivers.pos.receipt_reading import Reader, Stamp
from drivers.pos.receipt_template import template
from drivers.pos.tap_copies import Copy

STAMP = Stamp(device="tap-1", till="till-3", at=datetime(2026, 11, 21, tzinfo=UTC), monotonic_ms=1)


@pytest.mark.parametrize(
    ("text", "cut"),
    [
        ("VISA 4111111111111111", "VISA 411111******1111"),
        ("VISA 4111 1111 1111 1111", "VISA 4111 11** **** 1111"),
        ("4111-1111-1111-1111 EUR 5", "4111-11**-****-1111 EUR 5"),
        ("4111.1111.1111.1111", "4111.11**.****.1111"),
        ("AMEX 3782 822463 10005", "AMEX 3782 82**** *0005"),
        ("6222021234567890128 卡号", "622202*********0128 卡号"),
        ("卡号４１１１１１１１１１１１１１１１", "卡号４１１１１１******１１１１"),
        ("4111111111111111=28122010000000000000", "411111******1111=281220**********0000"),
        ("41111111111111112812", "411111**********2812"),
        ("CARD 4111 1111\n     1111 1111 OK", "CARD 4111 11**\n     **** 1111 OK"),
        ("付款码 134567890123456789", "付款码 ******************"),
        ("auth code: 28763443825664394", "auth code: *****************"),
    ],
)
def test_what_must_go(text: str, cut: str) -> None:
    assert cut_cards(text) == cut


@pytest.mark.parametrize(
    "text",
    [
        "6901028075831 纯牛奶 2 6.50 13.00",
        "单号: 20261121153012345",
        "单号: 2026112115301200045678",
        "4111 **** **** 1111",
        "2026-11-21 15:30:07",
        "电话 400-123-4567  021-55556666",
        "1 2 3 4 5 6 7 8 9",
        "付款码支付 13.00",
        "4111111111111112",
    ],
)
def test_what_may_stay(text: str) -> None:
    assert cut_cards(text) == text


def test_a_whole_number() -> None:
    assert cut_digits("4929101234561237") == "492910******1237"
    assert cut_digits("123456789012") == "*" * 12


@given(st.text(alphabet="0123456789 -.\n４付款码ab", max_size=60))
def test_the_text_keeps_its_length_and_lines(text: str) -> None:
    cut = cut_cards(text)
    assert len(cut) == len(text)
    assert [len(line) for line in cut.split("\n")] == [len(line) for line in text.split("\n")]
    assert all(new in {old, "*"} for new, old in zip(cut, text, strict=True))


def card(luck: random.Random) -> str:
    digits = luck.choice("345689") + "".join(luck.choices("0123456789", k=luck.randint(12, 18) - 1))
    return next(digits + last for last in "0123456789" if passes_luhn(digits + last))


def written(number: str, luck: random.Random) -> bytes:
    """The number as tills write it: in a run, in groups, in bold in the middle, in full-width digits."""
    match luck.randrange(4):
        case 0:
            return number.encode()
        case 1:
            return " ".join(number[at : at + 4] for at in range(0, len(number), 4)).encode()
        case 2:
            return number[:6].encode() + b"\x1bE\x01" + number[6:].encode() + b"\x1bE\x00"
        case _:
            return "".join(chr(ord("０") + int(digit)) for digit in number).encode("gb18030")


@pytest.mark.parametrize("count_receipts", [500, pytest.param(10_000, marks=pytest.mark.faults)])
def test_no_card_number_of_a_receipt_comes_through_however_it_is_split(count_receipts: int) -> None:
    luck = random.Random(20261121)
    reader = Reader(template=template("zh", 2, {}), encoding="gb18030")
    numbers, copies = [], []
    for count in range(count_receipts):
        number = card(luck)
        numbers.append(number)
        data = b"\x1b@" + f"单号: {count}\n2026-11-21\n牛奶 ".encode("gb18030") + written(number, luck)
        data += "  2  6.50  13.00\n合计: 13.00\n会员 ".encode("gb18030") + written(number, luck) + b"\n\x1dV\x00"
        split = luck.randint(1, len(data) - 1)
        copies += [Copy(line=0, data=data[:split]), Copy(line=0, data=data[split:])]
    with structlog.testing.capture_logs() as logs:
        receipts = reader.receipts(copies, STAMP)
    assert len(receipts) == count_receipts
    told = repr([(receipt, receipt.lines, receipt.report) for receipt in receipts]) + repr(logs)
    plain = told.translate({ord("０") + digit: str(digit) for digit in range(10)})
    runs = set(re.findall(r"[0-9]{13,19}", re.sub(r"(?<=[0-9])[ -](?=[0-9])", "", plain)))
    assert not runs & set(numbers)
    assert sum(receipt.total_minor == 1_300 for receipt in receipts) == count_receipts
