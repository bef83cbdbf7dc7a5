"""What a code means: goods by their numbers, a payment code as a secret, and nothing sold by a code that is false."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from drivers.counter_readings import PaymentCodeShown, Scanned
from drivers.one_attempt import NothingLeft, OneAttempt
from drivers.pos.codes import CodeRules, Typed, read_code
from drivers.pos.goods_codes import FALSE_CHECK_DIGIT
from drivers.pos.measure_rules import MeasureRule
from drivers.pos.scanner_settings import CodeSettings
from drivers.readings import Unreadable

ODOO = MeasureRule(prefix="21", item=(2, 7), value=(7, 12), kind="weight")
CHINA = MeasureRule(prefix="22", item=(2, 7), value=(7, 12), kind="price")
BRITAIN = MeasureRule(prefix="20", item=(2, 7), value=(8, 12), kind="price", verifier=True)
COUNTED = MeasureRule(prefix="23", item=(2, 7), value=(7, 12), kind="count")
RULES = CodeRules(measures=(ODOO, CHINA, BRITAIN, COUNTED))
AT = datetime(2026, 11, 21, tzinfo=UTC)
WECHAT = "134567890123456789"
ALIPAY = "284505190871234567"


def typed(text: str) -> Typed:
    return Typed(text=text, device="scanner-1", at=AT, monotonic_ms=1)


def goods(text: str, rules: CodeRules = RULES) -> Scanned:
    reading = read_code(typed(text), rules)
    assert isinstance(reading, Scanned)
    return reading


@pytest.mark.parametrize(
    ("text", "gtin", "symbology"),
    [
        ("6901028075831", "06901028075831", ""),
        ("]E06901028075831", "06901028075831", "E0"),
        ("]E496385074", "00000096385074", "E4"),
        ("96385074", "00000096385074", ""),
        ("036000291452", "00036000291452", ""),
        ("04252614", "00042100005264", ""),
        ("]E001234558", "00012345000058", "E0"),
        ("16901028075838", "16901028075838", ""),
        ("https://id.gs1.org/01/06901028075831", "06901028075831", ""),
        ("HTTPS://s.cn/some/path/01/06901028075831/10/A%2FB?17=261231", "06901028075831", ""),
    ],
)
def test_a_trade_number_has_fourteen_digits_however_it_is_written(text: str, gtin: str, symbology: str) -> None:
    reading = goods(text)
    assert (reading.gtin, reading.symbology, reading.problem) == (gtin, symbology, "")


@pytest.mark.parametrize("text", ["6901028075832", "]E06901028075832", "96385075", "0106901028075832", "]C10106901028075832"])
def test_a_false_check_digit_sells_nothing(text: str) -> None:
    reading = goods(text)
    assert (reading.gtin, reading.item) == (None, None)
    assert reading.problem == FALSE_CHECK_DIGIT


def test_a_gs1_symbol_says_lot_expiry_serial_and_weight() -> None:
    reading = goods("]C1010690102807583117261231310300275010LOT9\x1d21S-1\x1d3012")
    assert (reading.gtin, reading.grams, reading.lot, reading.expires) == ("06901028075831", 2750, "LOT9", "2026-12-31")
    assert (reading.serial, reading.count) == ("S-1", 12)


def test_a_digital_link_says_the_same() -> None:
    reading = goods("https://id.gs1.org/01/06901028075831/10/A%2FB/21/7?17=261231&3103=000500")
    assert (reading.gtin, reading.lot, reading.serial, reading.expires) == ("06901028075831", "A/B", "7", "2026-12-31")
    assert reading.grams == 500


def test_a_weight_finer_than_a_gram_is_none_to_sell_by() -> None:
    assert goods("]C101069010280758313105000001").grams is None


def test_a_box_is_known_by_its_sscc() -> None:
    assert goods("]C100376123450000001235").sscc == "376123450000001235"
    assert goods("00376123450000001230").problem == FALSE_CHECK_DIGIT


@pytest.mark.parametrize(
    ("text", "item", "grams", "amount_minor", "count"),
    [
        ("2100001027506", "2100001000004", 2750, None, None),
        ("2200012012508", "2200012000009", None, 1250, None),
        ("2012345928752", "2012345000005", None, 2875, None),
        ("2300001000127", "2300001000002", None, None, 12),
    ],
)
def test_a_label_of_a_scale_says_what_the_rule_says(
    text: str, item: str, grams: int | None, amount_minor: int | None, count: int | None
) -> None:
    from biip.checksums import gs1_standard_check_digit

    text = text[:12] + str(gs1_standard_check_digit(text[:12]))
    reading = goods(text)
    assert (reading.grams, reading.amount_minor, reading.count, reading.gtin) == (grams, amount_minor, count, None)
    assert reading.item is not None
    assert reading.item[:12] == item[:12]


def test_the_label_that_was_priced_wrongly_elsewhere() -> None:
    reading = goods("2100001027506")
    assert (reading.item, reading.grams) == ("2100001000004", 2750)


def test_a_damaged_price_is_not_believed() -> None:
    from biip.checksums import gs1_standard_check_digit

    damaged = "201234582875"
    reading = goods(damaged + str(gs1_standard_check_digit(damaged)))
    assert reading.amount_minor is None
    assert reading.problem == "the price on the label is damaged (its verifier digit is false): weigh it again"


def test_without_a_rule_a_label_is_a_number_like_any_other() -> None:
    assert goods("2100001027506", CodeRules()).gtin == "02100001027506"


@pytest.mark.parametrize(
    ("rule", "problem"),
    [
        (
            {"prefix": "21", "item": (2, 2), "value": (7, 12), "kind": "weight"},
            "item = [2, 2] holds no digit; write from and up to",
        ),
        (
            {"prefix": "21", "item": (2, 8), "value": (7, 12), "kind": "weight"},
            "item and value share a digit; look at the label again",
        ),
        (
            {"prefix": "21", "item": (2, 7), "value": (7, 12), "kind": "weight", "verifier": True},
            "a verifier digit stands before a price of 4 or 5 digits only",
        ),
    ],
)
def test_a_rule_that_cannot_be_is_a_mistake(rule: dict[str, object], problem: str) -> None:
    with pytest.raises(ValidationError) as mistake:
        MeasureRule.model_validate(rule)
    assert problem in str(mistake.value)


def test_two_rules_for_the_same_labels_are_a_mistake() -> None:
    wider = MeasureRule(prefix="2", item=(1, 7), value=(7, 12), kind="price")
    with pytest.raises(ValidationError, match="prefix 21 and prefix 2 mean the same labels; keep one of them"):
        CodeSettings(measure=(ODOO, wider))


@pytest.mark.parametrize(
    ("text", "wallet"),
    [
        (WECHAT, "wechat"),
        ("]C0" + WECHAT, "wechat"),
        ("]Q1" + WECHAT, "wechat"),
        (ALIPAY, "alipay"),
        ("2" + "5" * 15, "alipay"),
        ("fp0123456789abcdef0123", "alipay"),
    ],
)
def test_a_payment_code_is_a_secret_that_is_given_out_once(text: str, wallet: str) -> None:
    reading = read_code(typed(text), CodeRules())
    assert isinstance(reading, PaymentCodeShown)
    assert (reading.wallet, reading.length) == (wallet, len(text.removeprefix("]C0").removeprefix("]Q1")))
    assert text[-10:] not in repr(reading)
    assert reading.code.take().endswith(text[-10:])
    with pytest.raises(NothingLeft, match="was used or is older than a minute: ask the shopper to show a new one"):
        reading.code.take()


def test_a_unionpay_code_is_one_where_the_shop_says_so() -> None:
    code = "6212345678901234567"
    assert isinstance(read_code(typed(code), CodeRules(unionpay=True)), PaymentCodeShown)
    assert isinstance(read_code(typed(code), CodeRules()), Scanned)


def test_a_number_that_is_both_is_what_the_lane_waits_for() -> None:
    from biip.checksums import gs1_standard_check_digit

    both = "12345678901234567"
    both += str(gs1_standard_check_digit(both))
    assert isinstance(read_code(typed(both), CodeRules(expects="payment")), PaymentCodeShown)
    assert isinstance(read_code(typed(both), CodeRules(expects="goods")), Scanned)
    assert isinstance(read_code(typed("]C100" + both), CodeRules()), Scanned)


def test_a_label_beginning_like_a_wallet_is_goods_by_its_length() -> None:
    rule = MeasureRule(prefix="28", item=(2, 7), value=(7, 12), kind="weight")
    assert goods("2800001027505", CodeRules(measures=(rule,))).item is not None


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("9" * 4096, "a code of more than 512 characters: does the scanner end each code with Enter (CR)?"),
        ("69\x00", "unreadable characters: a wrong baud rate or parity, or another keyboard layout than the scanner's?"),
        ("69\ufffd", "unreadable characters: a wrong baud rate or parity, or another keyboard layout than the scanner's?"),
    ],
)
def test_what_cannot_be_read_is_told_and_not_kept(text: str, problem: str) -> None:
    reading = read_code(typed(text), RULES)
    assert isinstance(reading, Unreadable)
    assert (reading.problem, reading.payload, reading.report) == (problem, b"", None)


def test_any_other_text_is_only_a_code() -> None:
    reading = goods("M-0042-7731")
    assert (reading.gtin, reading.item, reading.sscc, reading.problem) == (None, None, None, "")
    assert "7731" not in repr(reading)


def test_a_secret_grows_old_and_can_be_forgotten() -> None:
    now = [0.0]
    old = OneAttempt(WECHAT, clock=lambda: now[0])
    assert repr(old) == "OneAttempt(…)"
    now[0] = 60.1
    with pytest.raises(NothingLeft):
        old.take()
    forgotten = OneAttempt(WECHAT)
    forgotten.forget()
    with pytest.raises(NothingLeft):
        forgotten.take()


@given(
    st.text(max_size=60)
    | st.from_regex(r"(\]C1)?(01|00|10|17|310)[0-9]{0,20}.{0,5}")
    | st.from_regex(r"https://[a-z/0-9?=%&.]{0,40}")
)
def test_whatever_is_scanned_is_a_reading(text: str) -> None:
    reading = read_code(typed(text), RULES)
    assert isinstance(reading, Scanned | PaymentCodeShown | Unreadable)
