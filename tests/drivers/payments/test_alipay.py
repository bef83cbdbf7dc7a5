"""Alipay over real HTTP with real RSA keys: the same promises as for every gateway, in its own language."""

from __future__ import annotations

import asyncio
import json
from base64 import b64encode
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa

from drivers.commands import Charged, Done, Refund, Refused, SettlePayment, Unknown
from drivers.contract import BadFrame, DeviceError, DeviceGone
from drivers.payments.alipay_answers import of_cancel, of_payment, of_refund
from drivers.payments.alipay_f2f import open_alipay
from drivers.payments.alipay_json import LONGEST_ANSWER, Told, Unsigned, decode, signed_text
from drivers.payments.alipay_settings import AlipaySettings
from drivers.payments.meaning import Meaning
from drivers.sim.alipay_books import AlipayBooks, AlipayTrade
from drivers.sim.alipay_gateway import AlipayGatewaySim, AlipaySpeech
from drivers.sim.gateway_moods import Mood
from drivers.sim.gateway_sim import GatewaySim
from tests.drivers.payments.conftest import WIRES, Merchant, listening_merchant

CODE = "284505190871234567"
OWN, ALIPAYS = (rsa.generate_private_key(65537, 2048) for _ in range(2))
PEM = serialization.Encoding.PEM
IN_TIME = "nothing was charged: the payment was not confirmed in time, and is taken back"
Opens = Callable[..., Any]


def gateway(books: AlipayBooks | None = None, **given: Any) -> AlipayGatewaySim:
    return GatewaySim(books=books or AlipayBooks(), speech=AlipaySpeech(own=ALIPAYS, merchant=OWN.public_key()), **given)


@pytest.fixture
def settings(tmp_path: Path) -> Callable[..., AlipaySettings]:
    """The settings of a merchant at a gateway, in a hurry."""

    def of(sim: AlipayGatewaySim, **given: Any) -> AlipaySettings:
        private = OWN.private_bytes(PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
        (tmp_path / "own").write_bytes(private)
        (tmp_path / "alipay").write_bytes(sim.speech.public_key)
        said = {"app_id": sim.speech.app_id, "url": sim.url, "key_file": tmp_path / "own", "alipay_key_file": tmp_path / "alipay"}
        hurry = {"answer_ms": 5_000, "ask_every_ms": 100, "confirm_ms": 60_000}
        return AlipaySettings.model_validate({**said, **hurry, **given})

    return of


@pytest.fixture
def opens(settings: Callable[..., AlipaySettings]) -> Opens:
    """A merchant that is open, by the settings given."""

    def opened(sim: AlipayGatewaySim, **given: Any) -> AbstractAsyncContextManager[Merchant]:
        asked = settings(sim, **given)
        return listening_merchant(lambda: open_alipay("alipay-1", asked, WIRES))

    return opened


async def test_a_code_pays_at_once(opens: Opens) -> None:
    async with gateway() as sim, opens(sim, title="便利店 & co") as merchant:
        answer = await merchant.pay(code=CODE)
        assert answer == Charged(amount_minor=650, receipt=sim.books.trades["abcdef"].trade_no, scheme="Alipay")
        (asked,) = [fields for call, fields in sim.heard if call == "pay"]
    assert (asked["auth_code"], asked["total_amount"], asked["scene"]) == (CODE, "6.50", "bar_code")
    assert (asked["subject"], asked["product_code"]) == ("便利店 & co", "FACE_TO_FACE_PAYMENT")


async def test_a_face_is_another_scene(opens: Opens) -> None:
    async with gateway() as sim, opens(sim) as merchant:
        refused = await merchant.pay(code="fp0123456789abcdef")
        assert sim.heard[-1][1]["scene"] == "security_code"
    assert isinstance(refused, Refused)


async def test_a_shopper_confirms_on_the_phone(opens: Opens) -> None:
    async with gateway(books=AlipayBooks(confirms=2)) as sim, opens(sim) as merchant:
        assert isinstance(await merchant.pay(code=CODE), Charged)
        assert (sim.times("pay"), sim.times("cancel")) == (1, 0)


async def test_a_shopper_who_does_not_confirm_is_not_charged(opens: Opens) -> None:
    async with gateway(books=AlipayBooks(confirms=1, ends="TRADE_CLOSED")) as sim, opens(sim) as merchant:
        assert await merchant.pay(code=CODE) == Refused(reason="nothing was charged: TRADE_CLOSED")
    async with gateway(books=AlipayBooks(confirms=99, retries=1)) as sim, opens(sim, confirm_ms=200) as merchant:
        assert await merchant.pay(code=CODE) == Refused(reason=IN_TIME)
        assert sim.books.charged() == {}


@pytest.mark.parametrize(
    ("told", "what"),
    [
        ({"code": "10000", "retry_flag": "N", "action": "refund"}, "refused"),
        ({"code": "10000", "retry_flag": "Y"}, "unclear"),
        ({"code": "10000"}, "unclear"),
        ({"code": "40004", "sub_code": "ACQ.SYSTEM_ERROR", "retry_flag": "Y"}, "unclear"),
        ({"code": "40004", "sub_code": "ACQ.TRADE_CANCEL_TIME_OUT"}, "stands"),
        ({"code": "40004", "sub_code": "ACQ.TRADE_CANCEL_TIME_OUT", "retry_flag": "Y"}, "unclear"),
    ],
)
def test_a_cancellation_is_done_or_not_done_or_asked_again(told: dict[str, str], what: str) -> None:
    assert of_cancel(Told(fields=told)).what == what


@pytest.mark.parametrize("sub_code", ["ACQ.PAYMENT_AUTH_CODE_INVALID", "ACQ.BUYER_BALANCE_NOT_ENOUGH"])
async def test_a_refusal_is_certain_and_asks_no_further(opens: Opens, sub_code: str) -> None:
    async with gateway(books=AlipayBooks(refuses=sub_code)) as sim, opens(sim) as merchant:
        assert await merchant.pay(code=CODE) == Refused(reason=f"nothing was charged: {sub_code}: test: {sub_code}")
        assert sim.times("query") == 1


@pytest.mark.parametrize(
    "mood", ["mute", "cut", "server-error", "nonsense", "wrong-signature", "no-signature", "other-amount", "system-error"]
)
async def test_an_answer_that_got_lost_after_the_charge_is_asked_for(opens: Opens, mood: Mood) -> None:
    async with gateway(moods={"pay": mood}) as sim, opens(sim, answer_ms=1_000) as merchant:
        assert isinstance(await merchant.pay(code=CODE), Charged)
        assert (sim.times("pay"), sim.books.charged()) == (1, {"abcdef": 650})


async def test_a_payment_that_the_gateway_is_not_through_with_may_still_be_charged(opens: Opens) -> None:
    async with gateway(books=AlipayBooks(refuses="aop.ACQ.SYSTEM_ERROR")) as sim, opens(sim) as merchant:
        paying = asyncio.create_task(merchant.pay(code=CODE), name="paying")
        async with asyncio.timeout(60):
            await sim.heard_of("query", 3)
        sim.books.trades["abcdef"] = AlipayTrade(fee=650, state="TRADE_SUCCESS", trade_no="20261121")
        assert await paying == Charged(amount_minor=650, receipt="20261121", scheme="Alipay")


async def test_a_payment_that_never_arrived_is_certain_in_the_end(opens: Opens) -> None:
    async with gateway(moods={"pay": "deaf"}) as sim, opens(sim, confirm_ms=200) as merchant:
        answer = await merchant.pay(code=CODE)
        assert answer == Refused(reason="nothing was charged: the gateway never heard of the payment")


async def test_what_nobody_can_tell_is_called_so(opens: Opens) -> None:
    async with gateway(moods={"pay": "cut"}) as sim, opens(sim, confirm_ms=200) as merchant:
        sim.moods |= {"query": "cut", "cancel": "cut"}
        answer = await merchant.pay(code=CODE, deadline_ms=600)
    assert isinstance(answer, Unknown)
    assert answer.reason.endswith("look for this number at the merchant platform of Alipay before the shopper pays again")


async def test_after_a_crash_what_became_of_a_payment_is_asked(opens: Opens) -> None:
    async with gateway() as sim:
        async with opens(sim) as merchant:
            await merchant.pay(code=CODE)
        async with opens(sim) as merchant:
            found = await merchant.driver.perform(SettlePayment(amount_minor=650, payment="abcdef"))
            never = await merchant.driver.perform(SettlePayment(amount_minor=650, payment="other"))
    assert isinstance(found, Charged)
    assert never == Done(detail="nothing was charged: the gateway never heard of the payment")


@pytest.mark.parametrize("mood", ["well", "cut", "server-error", "system-error", "wrong-signature"])
async def test_the_same_refund_gives_back_once_however_it_is_answered(opens: Opens, mood: Mood) -> None:
    async with gateway() as sim, opens(sim) as merchant:
        await merchant.pay(code=CODE)
        sim.moods, sim.moods_last = {"refund": mood}, 1
        for refund, amount in (("r-1", 200), ("r-1", 200), ("r-2", 450)):
            command = Refund(amount_minor=amount, payment="abcdef", paid_minor=650, refund=refund)
            assert isinstance(given := await merchant.driver.perform(command), Charged)
            assert given.amount_minor == amount
        assert sim.books.charged() == {"abcdef": 0}


def test_what_is_not_signed_ends_nothing() -> None:
    busy = Unsigned(words="20000: isp.unknow-error")
    assert of_payment(busy, "abcdef", 650) == of_refund(busy, 650) == Meaning(what="waits", words=busy.words)


async def test_a_refund_that_the_gateway_is_not_through_with_is_not_left_to_a_person(opens: Opens) -> None:
    async with gateway() as sim, opens(sim) as merchant:
        await merchant.pay(code=CODE)
        sim.books.refund_refuses = "aop.ACQ.SYSTEM_ERROR"
        command = Refund(amount_minor=650, payment="abcdef", paid_minor=650, refund="r-1")
        giving = asyncio.create_task(merchant.driver.perform(command), name="refund")
        async with asyncio.timeout(60):
            await sim.heard_of("refund", 2)
        sim.books.refund_refuses = ""
        assert isinstance(await giving, Charged)
        assert sim.books.charged() == {"abcdef": 0}


async def test_a_refund_that_is_not_given_says_why(opens: Opens) -> None:
    async with gateway(books=AlipayBooks(refund_refuses="ACQ.SELLER_BALANCE_NOT_ENOUGH")) as sim, opens(sim) as merchant:
        await merchant.pay(code=CODE)
        told = "Alipay gives nothing back (ACQ.SELLER_BALANCE_NOT_ENOUGH: test: ACQ.SELLER_BALANCE_NOT_ENOUGH)"
        command = Refund(amount_minor=1, payment="abcdef", paid_minor=650, refund="r-1")
        assert await merchant.driver.perform(command) == Refused(reason=f"{told}: give it back by hand")
        sim.books.refund_refuses = "ACQ.BRAND_NEW"
        refused = await merchant.driver.perform(command)
        assert isinstance(refused, Refused)


async def test_a_merchant_that_alipay_does_not_know_is_told(settings: Callable[..., AlipaySettings]) -> None:
    async with gateway() as sim:
        with pytest.raises(DeviceError, match=r"Alipay does not know this merchant: .*; are app_id and key_file right\?"):
            await open_alipay("alipay-1", settings(sim, app_id="7"), WIRES).__aenter__()


@pytest.mark.parametrize(
    ("name", "content", "told"),
    [
        ("own", None, r"key_file of alipay-1, .*, cannot be used .*: it must be an RSA key as PEM"),
        ("alipay", b"no pem", r"alipay_key_file of alipay-1, .*, cannot be used .*: it must be an RSA key as PEM"),
    ],
)
async def test_a_key_that_cannot_be_used_is_told(
    settings: Callable[..., AlipaySettings], tmp_path: Path, name: str, content: bytes | None, told: str
) -> None:
    async with gateway() as sim:
        asked = settings(sim)
        (tmp_path / name).unlink() if content is None else (tmp_path / name).write_bytes(content)
        with pytest.raises(DeviceGone, match=told):
            await open_alipay("alipay-1", asked, WIRES).__aenter__()


async def test_keys_of_another_kind_are_told(settings: Callable[..., AlipaySettings], tmp_path: Path) -> None:
    async with gateway() as sim:
        asked = settings(sim)
        public = ec.generate_private_key(ec.SECP256R1()).public_key()
        (tmp_path / "alipay").write_bytes(public.public_bytes(PEM, serialization.PublicFormat.SubjectPublicKeyInfo))
        with pytest.raises(DeviceGone, match="the keys of alipay-1 are no RSA keys: make them with Alipay's key tool, RSA2"):
            await open_alipay("alipay-1", asked, WIRES).__aenter__()


def answer(told: str, key: rsa.RSAPrivateKey = ALIPAYS) -> bytes:
    sign = b64encode(key.sign(told.encode(), padding.PKCS1v15(), hashes.SHA256())).decode()
    return f'{{"alipay_trade_pay_response":{told},"sign":"{sign}"}}'.encode()


def test_an_answer_is_believed_by_the_very_text_that_was_signed() -> None:
    told = decode(answer('{"code":"10000","a":"\\u4ed8  }","b":{"c":1}}'), "alipay.trade.pay", ALIPAYS.public_key())
    assert isinstance(told, Told)
    assert (told.code, told.text("a"), told.text("b"), told.words) == ("10000", "付  }", "", "10000")


@pytest.mark.parametrize(
    "body",
    [
        answer('{"code":"10000"}', OWN),
        answer('{"code":"10000"}').replace(b"10000", b"10003"),
        b'{"alipay_trade_pay_response":{"code":"10000"},"sign":"!!"}',
        b'{"alipay_trade_pay_response":{"code":"10000"},"sign":"QUJD"}',
    ],
)
def test_an_answer_that_somebody_else_signed_is_not_believed(body: bytes) -> None:
    with pytest.raises(BadFrame, match="the answer is not signed by Alipay: is alipay_key_file its public key for this app"):
        decode(body, "alipay.trade.pay", ALIPAYS.public_key())


@pytest.mark.parametrize("code", ["10000", "10003"])
def test_nothing_is_paid_without_a_signature(code: str) -> None:
    with pytest.raises(BadFrame, match="the answer of the gateway is not signed: it is not believed"):
        decode(f'{{"alipay_trade_pay_response":{{"code":"{code}"}}}}'.encode(), "alipay.trade.pay", ALIPAYS.public_key())


def test_what_was_not_understood_is_told_without_a_signature() -> None:
    told = decode(b'{"error_response":{"code":"40002","sub_msg":"no"}}', "alipay.trade.pay", ALIPAYS.public_key())
    assert told == Unsigned(words="40002: no")
    assert decode(b'{"error_response":{}}', "alipay.trade.pay", ALIPAYS.public_key()) == Unsigned(words="it does not say why")


@pytest.mark.parametrize(
    "body", [b"", b"{}", b"[]", b"\xff", b'{"alipay_trade_pay_response":[]}', b'{"error_response":{"code":"1"}', b"[" * 50_000]
)
def test_what_is_no_answer_of_alipay_is_told(body: bytes) -> None:
    with pytest.raises(BadFrame, match="answers what is no JSON of Alipay"):
        decode(body, "alipay.trade.pay", ALIPAYS.public_key())


def test_an_endless_answer_is_told() -> None:
    with pytest.raises(BadFrame, match="does not end"):
        decode(b" " * (LONGEST_ANSWER + 1), "alipay.trade.pay", ALIPAYS.public_key())


def test_what_is_signed_is_sorted_and_says_something() -> None:
    said = {
        "method": "alipay.trade.pay",
        "app_id": "1",
        "sign": "x",
        "app_auth_token": "",
        "biz_content": json.dumps({"a": "付"}),
    }
    assert signed_text(said) == 'app_id=1&biz_content={"a": "\\u4ed8"}&method=alipay.trade.pay'
