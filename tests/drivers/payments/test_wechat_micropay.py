"""Payment codes at a gateway that answers over real HTTP, in all its moods: nobody is charged twice, and nobody for nothing."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from pydantic import ValidationError

from drivers.commands import (
    Abort,
    Accepted,
    Charged,
    Done,
    PayByCode,
    Refund,
    Refused,
    SettlePayment,
    Tare,
    Unknown,
)
from drivers.contract import DeviceError, DeviceGone
from drivers.one_attempt import OneAttempt
from drivers.payments.gateway import NotSent
from drivers.payments.meaning import Meaning
from drivers.payments.wechat_answers import of_payment, of_refund
from drivers.payments.wechat_micropay import open_wechat
from drivers.payments.wechat_settings import WechatSettings
from drivers.payments.wechat_xml import Unsigned
from drivers.sim.gateway_moods import Mood
from drivers.sim.wechat_books import Trade, WechatBooks
from drivers.sim.wechat_gateway import wechat_gateway
from tests.drivers.payments.conftest import CODE, WIRES, Merchant, Opens

WELL = "nothing was charged: "
IN_TIME = "nothing was charged: the payment was not confirmed in time, and is taken back"


async def test_a_code_pays_at_once(open_merchant: Opens) -> None:
    async with wechat_gateway() as sim, open_merchant(sim, sub_mch_id="42", title="Corner & shop") as merchant:
        answer = await merchant.pay()
        assert answer == Charged(amount_minor=650, receipt=sim.books.trades["abcdef"].transaction, scheme="WeChat Pay")
        assert sim.books.charged() == {"abcdef": 650}
        (asked,) = [fields for call, fields in sim.heard if call == "pay"]
    assert (asked["auth_code"], asked["total_fee"], asked["out_trade_no"]) == (CODE, "650", "abcdef")
    assert (asked["body"], asked["sub_mch_id"], asked["spbill_create_ip"]) == ("Corner & shop", "42", "127.0.0.1")
    assert [seen.state for seen in merchant.heard][-1] == "ready"


async def test_a_shopper_confirms_on_the_phone(open_merchant: Opens) -> None:
    async with wechat_gateway(books=WechatBooks(confirms=2)) as sim, open_merchant(sim) as merchant:
        paying = asyncio.create_task(merchant.pay(), name="pay")
        await merchant.says("the shopper has to confirm the payment on the phone")
        assert isinstance(await paying, Charged)
        assert (sim.times("pay"), sim.times("query"), sim.times("reverse")) == (1, 3, 0)  # one asked whether the key is right


@pytest.mark.parametrize("state", ["PAYERROR", "REVOKED", "CLOSED"])
async def test_a_shopper_who_does_not_confirm_is_not_charged(open_merchant: Opens, state: str) -> None:
    books = WechatBooks(confirms=1, ends=state)  # type: ignore[arg-type]
    async with wechat_gateway(books=books) as sim, open_merchant(sim) as merchant:
        assert await merchant.pay() == Refused(reason=f"nothing was charged: {state}")


async def test_a_payment_that_is_not_confirmed_in_time_is_taken_back(open_merchant: Opens) -> None:
    async with wechat_gateway(books=WechatBooks(confirms=99, recalls=1)) as sim, open_merchant(sim, confirm_ms=300) as merchant:
        assert await merchant.pay() == Refused(reason=IN_TIME)
        assert (sim.times("pay"), sim.times("reverse"), sim.books.charged()) == (1, 2, {})
        assert sim.books.trades["abcdef"].state == "REVOKED"


async def test_paid_says_nothing_while_a_reversal_is_on_its_way(open_merchant: Opens) -> None:
    books = WechatBooks(confirms=2, reverses_after=5)
    async with wechat_gateway(books=books, moods={"reverse": "cut"}, moods_last=1) as sim:
        async with open_merchant(sim, confirm_ms=0) as merchant:
            assert await merchant.pay() == Refused(reason=IN_TIME)
        assert (sim.times("reverse"), sim.books.charged()) == (2, {})


async def test_a_reversal_that_nobody_answers_leaves_the_payment_to_a_person(open_merchant: Opens) -> None:
    books = WechatBooks(confirms=2)
    async with wechat_gateway(books=books, moods={"reverse": "deaf"}) as sim, open_merchant(sim, confirm_ms=0) as merchant:
        assert isinstance(await merchant.pay(deadline_ms=500), Unknown)


@pytest.mark.parametrize(("answer", "charged"), [("REVERSE_EXPIRE", True), ("SYSTEMERROR", False)])
async def test_a_reversal_that_the_gateway_does_not_do_leaves_the_payment_charged(
    open_merchant: Opens, answer: str, charged: bool
) -> None:
    books = WechatBooks(confirms=2, reverse_refuses=answer)
    async with wechat_gateway(books=books) as sim, open_merchant(sim, confirm_ms=0) as merchant:
        assert isinstance(await merchant.pay(deadline_ms=500), Charged if charged else Unknown)


async def test_the_gateway_is_given_time_before_a_payment_is_taken_back(open_merchant: Opens) -> None:
    async with wechat_gateway(books=WechatBooks(confirms=99)) as sim:
        async with open_merchant(sim, confirm_ms=100, reverse_after_ms=500) as merchant:
            loop = asyncio.get_running_loop()
            began = loop.time()
            assert isinstance(await merchant.pay(), Refused)
            assert loop.time() - began >= 0.5
        assert sim.times("reverse") == 1


@pytest.mark.parametrize("code", ["AUTHCODEEXPIRE", "NOTENOUGH", "AUTH_CODE_INVALID", "PARAM_ERROR"])
async def test_a_refusal_is_certain_and_asks_no_further(open_merchant: Opens, code: str) -> None:
    async with wechat_gateway(books=WechatBooks(refuses=code)) as sim, open_merchant(sim) as merchant:
        assert await merchant.pay() == Refused(reason=f"nothing was charged: {code}: test: {code}")
        assert sim.times("query") == 1


async def test_an_error_that_nobody_knows_is_asked_about(open_merchant: Opens) -> None:
    async with wechat_gateway(books=WechatBooks(refuses="BRAND_NEW")) as sim, open_merchant(sim) as merchant:
        answer = await merchant.pay()
    assert isinstance(answer, Refused)
    assert answer.reason.startswith("nothing was charged: the gateway did not take the payment (")


@pytest.mark.parametrize("code", ["SYSTEMERROR", "BANKERROR"])
async def test_a_payment_that_the_gateway_is_not_through_with_may_still_be_charged(open_merchant: Opens, code: str) -> None:
    async with wechat_gateway(books=WechatBooks(refuses=code)) as sim, open_merchant(sim) as merchant:
        paying = asyncio.create_task(merchant.pay(), name="paying")
        async with asyncio.timeout(60):
            await sim.heard_of("query", 3)
        sim.books.trades["abcdef"] = Trade(fee=650, state="SUCCESS", transaction="42000")
        assert await paying == Charged(amount_minor=650, receipt="42000", scheme="WeChat Pay")


@pytest.mark.parametrize(
    "mood", ["mute", "cut", "server-error", "nonsense", "wrong-signature", "no-signature", "other-amount", "system-error"]
)
async def test_an_answer_that_got_lost_after_the_charge_is_asked_for(open_merchant: Opens, mood: Mood) -> None:
    async with wechat_gateway(moods={"pay": mood}) as sim, open_merchant(sim, answer_ms=1_000) as merchant:
        answer = await merchant.pay()
        assert answer == Charged(amount_minor=650, receipt=sim.books.trades["abcdef"].transaction, scheme="WeChat Pay")
        assert (sim.times("pay"), sim.books.charged()) == (1, {"abcdef": 650})


async def test_a_gateway_that_cannot_be_checked_is_not_left_while_a_shopper_pays(open_merchant: Opens) -> None:
    async with wechat_gateway(books=WechatBooks(confirms=99)) as sim, open_merchant(sim) as merchant:
        sim.moods = {"query": "cut"}
        paying = asyncio.create_task(merchant.pay(), name="paying")
        async with asyncio.timeout(60):
            await sim.heard_of("query", sim.times("query") + 1)
            merchant.driver._pace = replace(merchant.driver._pace, check_every_s=0.05)
            merchant.driver._news.set()
            await sim.heard_of("query", sim.times("query") + 5)
        assert not merchant.failure.done()
        sim.moods, sim.books.confirms = {}, 1
        assert isinstance(await paying, Charged)


async def test_a_gateway_that_goes_while_nobody_pays_is_gone(open_merchant: Opens) -> None:
    async with wechat_gateway() as sim, open_merchant(sim) as merchant:
        merchant.driver._pace = replace(merchant.driver._pace, check_every_s=0)
        sim.moods = {"query": "cut"}
        merchant.driver._news.set()
        async with asyncio.timeout(60):
            assert isinstance(await merchant.failure, DeviceGone)


async def test_a_payment_that_never_arrived_is_certain_in_the_end(open_merchant: Opens) -> None:
    async with wechat_gateway(moods={"pay": "deaf"}) as sim, open_merchant(sim, confirm_ms=300) as merchant:
        assert await merchant.pay() == Refused(reason="nothing was charged: the gateway never heard of the payment")
        assert (sim.times("pay"), sim.times("reverse")) == (1, 1)


async def test_queries_that_get_lost_are_asked_again(open_merchant: Opens) -> None:
    async with wechat_gateway(moods={"pay": "cut"}) as sim, open_merchant(sim) as merchant:
        sim.moods["query"], sim.moods_last = "cut", 3
        assert isinstance(await merchant.pay(), Charged)


@pytest.mark.parametrize("mood", ["cut", "system-error", "no-signature"])
async def test_what_nobody_can_tell_is_called_so_and_names_the_number(open_merchant: Opens, mood: Mood) -> None:
    async with wechat_gateway(moods={"pay": "cut"}) as sim, open_merchant(sim, confirm_ms=300) as merchant:
        sim.moods |= {"query": mood, "reverse": mood}
        answer = await merchant.pay(deadline_ms=600)
        assert isinstance(answer, Unknown)
        assert answer.reason.startswith("nobody can tell what became of payment abcdef (")
        assert answer.reason.endswith(
            "): look for this number at the merchant platform of WeChat Pay before the shopper pays again"
        )
        failure = await merchant.failure
        assert str(failure) == "WeChat Pay did not say what became of a payment: it is asked anew"


async def test_a_number_that_was_paid_before_is_not_charged_again(open_merchant: Opens) -> None:
    async with wechat_gateway() as sim, open_merchant(sim) as merchant:
        assert isinstance(await merchant.pay(), Charged)
        assert isinstance(await merchant.pay(code="104567890123456789"), Charged)
        assert sim.books.charged() == {"abcdef": 650}


async def test_a_shop_without_a_line_refuses_at_once_and_the_gateway_is_gone(
    open_merchant: Opens, merchant_settings: Callable[..., WechatSettings]
) -> None:
    async with wechat_gateway() as sim:
        async with open_merchant(sim) as merchant:
            await sim.__aexit__()
            answer = await merchant.pay()
            assert isinstance(answer, Refused)
            assert answer.reason.startswith(f"nothing was charged: the gateway 127.0.0.1:{sim.port} cannot be reached (")
            assert answer.reason.endswith("): is the internet there?")
            again = await merchant.pay()
            assert isinstance(again, Refused)
            assert again.reason == f"nothing was done: {await merchant.failure}"
            assert isinstance(await merchant.failure, NotSent)
        with pytest.raises(NotSent):
            await open_wechat("wechat-1", merchant_settings(sim), WIRES).__aenter__()
    closed = await merchant.pay()
    assert closed == Refused(reason="nothing was done: wechat-1 is not connected")


async def test_a_code_is_used_once_and_is_in_no_text(open_merchant: Opens, caplog: pytest.LogCaptureFixture) -> None:
    async with wechat_gateway(moods={"pay": "mute"}) as sim, open_merchant(sim, answer_ms=1_000) as merchant:
        command = PayByCode(amount_minor=650, payment="abcdef", code=OneAttempt(CODE))
        assert CODE not in repr(command)
        first = await merchant.driver.perform(command)
        second = await merchant.driver.perform(command)
        assert second == Refused(
            reason="nothing was charged: this payment code was used or is older than a minute: ask the shopper to show a new one"
        )
        assert sim.times("pay") == 1
    assert CODE not in f"{first}{second}{merchant.heard}{caplog.text}{vars(merchant.driver)}"


async def test_one_payment_is_made_once_at_a_time_and_many_side_by_side(open_merchant: Opens) -> None:
    async with wechat_gateway(books=WechatBooks(confirms=99)) as sim, open_merchant(sim, confirm_ms=60_000) as merchant:
        paying = asyncio.create_task(merchant.pay("aaaaaa"), name="pay")
        await merchant.says("the shopper has to confirm the payment on the phone")
        again = await merchant.pay("aaaaaa")
        assert again == Refused(reason="payment aaaaaa is being made: wait for what becomes of it")
        sim.books.confirms = None
        assert isinstance(await merchant.pay("bbbbbb", code="104567890123456789"), Charged)
        assert await merchant.driver.perform(Abort(payment="aaaaaa")) == Accepted(detail="payment aaaaaa is being taken back")
        assert await paying == Refused(reason=IN_TIME)
        assert sim.books.charged() == {"bbbbbb": 650}
        stopped = await merchant.driver.perform(Abort(payment="aaaaaa"))
        assert stopped == Done(detail="nothing is being paid under this number")


async def settled(merchant: Merchant, payment: str = "abcdef", amount_minor: int = 650, deadline_ms: int = 60_000) -> object:
    command = SettlePayment(amount_minor=amount_minor, payment=payment, deadline_ms=deadline_ms)
    return await merchant.driver.perform(command)


async def test_after_a_crash_a_payment_that_was_charged_is_found(open_merchant: Opens) -> None:
    async with wechat_gateway() as sim:
        async with open_merchant(sim) as merchant:
            await merchant.pay()
        async with open_merchant(sim) as merchant:
            assert isinstance(await settled(merchant), Charged)
            assert sim.times("pay") == 1


async def test_after_a_crash_a_reversal_that_was_on_its_way_is_seen(open_merchant: Opens) -> None:
    async with wechat_gateway(books=WechatBooks(reverses_after=1)) as sim:
        async with open_merchant(sim) as merchant:
            await merchant.pay()
            sim.books.reverse({"out_trade_no": "abcdef"})
        async with open_merchant(sim) as merchant:
            assert await settled(merchant) == Done(detail="nothing was charged: REVOKED")
        assert (sim.times("reverse"), sim.books.charged()) == (0, {})


async def test_after_a_crash_a_gateway_that_falls_silent_is_no_payment_and_nothing_is_taken_back(open_merchant: Opens) -> None:
    async with wechat_gateway() as sim, open_merchant(sim, ask_every_ms=30_000) as merchant:
        await merchant.pay()
        asking = asyncio.create_task(settled(merchant, deadline_ms=1_500), name="settle")
        await merchant.says("the gateway is asked once more whether the payment stands")
        sim.moods = {"query": "cut"}
        assert isinstance(await asking, Unknown)
        assert (sim.times("reverse"), sim.books.charged()) == (0, {"abcdef": 650})


async def test_after_a_crash_a_payment_that_was_not_charged_is_closed(open_merchant: Opens) -> None:
    async with wechat_gateway(books=WechatBooks(confirms=99)) as sim, open_merchant(sim) as merchant:
        paying = asyncio.create_task(merchant.pay(), name="pay")
        await sim.heard_of("pay")
        paying.cancel()
        await asyncio.wait([paying])
        assert await settled(merchant) == Done(detail=IN_TIME)
        never = await settled(merchant, "never-sent")
        assert never == Done(detail="nothing was charged: the gateway never heard of the payment")
        assert sim.books.trades["abcdef"].state == "REVOKED"


async def given_back(merchant: Merchant, amount_minor: int, refund: str = "r-1", deadline_ms: int = 60_000) -> object:
    command = Refund(amount_minor=amount_minor, payment="abcdef", paid_minor=650, refund=refund, deadline_ms=deadline_ms)
    return await merchant.driver.perform(command)


@pytest.mark.parametrize("mood", ["well", "cut", "mute", "server-error", "system-error", "wrong-signature"])
async def test_the_same_refund_gives_back_once_however_it_is_answered(open_merchant: Opens, mood: Mood) -> None:
    async with wechat_gateway() as sim, open_merchant(sim, answer_ms=1_000) as merchant:
        await merchant.pay()
        sim.moods, sim.moods_last = {"refund": mood}, 1
        for _ in range(2):
            assert isinstance(given := await given_back(merchant, 200), Charged)
            assert given.amount_minor == 200
        assert isinstance(await given_back(merchant, 450, "r-2"), Charged)
        assert sim.books.charged() == {"abcdef": 0}


def test_what_is_not_signed_ends_nothing() -> None:
    busy = Unsigned(words="系统繁忙")
    assert of_payment(busy, "abcdef", 650) == of_refund(busy, "r-1") == Meaning(what="waits", words=busy.words)


async def test_a_refund_that_is_not_given_says_why(open_merchant: Opens) -> None:
    async with wechat_gateway() as sim, open_merchant(sim) as merchant:
        await merchant.pay()
        by_hand = "): give it back by hand"
        assert await given_back(merchant, 651) == Refused(
            reason=f"WeChat Pay gives nothing back (INVALID_REQUEST: test: INVALID_REQUEST{by_hand}"
        )
        sim.books.refund_refuses = "NOTENOUGH"
        assert await given_back(merchant, 1) == Refused(
            reason=f"WeChat Pay gives nothing back (NOTENOUGH: test: NOTENOUGH{by_hand}"
        )
        nameless = await merchant.driver.perform(Refund(amount_minor=1))
        assert nameless == Refused(reason="a refund to a wallet names the payment that it is of, and has a number of its own")


async def test_a_refund_that_nobody_can_tell_of_is_called_so(open_merchant: Opens) -> None:
    async with wechat_gateway() as sim, open_merchant(sim) as merchant:
        await merchant.pay()
        sim.moods = {"refund": "cut"}
        answer = await given_back(merchant, 650, deadline_ms=500)
    assert isinstance(answer, Unknown)
    assert answer.reason.startswith("nobody can tell whether refund r-1 of payment abcdef was given (")
    assert answer.reason.endswith("): look for its number at the merchant platform of WeChat Pay")


@pytest.mark.parametrize("amount", [0, -1, 10**10 + 1])
async def test_an_amount_that_is_none_is_refused(open_merchant: Opens, amount: int) -> None:
    async with wechat_gateway() as sim, open_merchant(sim) as merchant:
        refused = Refused(reason=f"{amount} cannot be paid by code: the amount is from 1 to 10000000000")
        assert await merchant.pay(amount_minor=amount) == refused
        assert await settled(merchant, amount_minor=amount) == refused
        tare = await merchant.driver.perform(Tare())
    assert tare == Refused(reason="a payment gateway cannot tare; it can: pay-by-code, settle-payment, refund, abort")


async def test_a_merchant_that_the_gateway_does_not_know_is_told(merchant_settings: Callable[..., WechatSettings]) -> None:
    async with wechat_gateway() as sim:
        with pytest.raises(
            DeviceError, match=r"WeChat Pay does not know this merchant: .*; are appid, mch_id and key_file right"
        ):
            await open_wechat("wechat-1", merchant_settings(sim, mch_id="7"), WIRES).__aenter__()


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"short", "holds no API key: 32 letters and digits, set at the merchant platform"),
        (b"\xff" * 32, "cannot be read"),
        (None, "cannot be read .*: write the merchant's API key into it"),
    ],
)
async def test_a_key_that_cannot_be_used_is_told(
    merchant_settings: Callable[..., WechatSettings], tmp_path: Path, content: bytes | None, told: str
) -> None:
    async with wechat_gateway() as sim:
        settings = merchant_settings(sim)
        (tmp_path / "key").unlink() if content is None else (tmp_path / "key").write_bytes(content)
        with pytest.raises(DeviceGone, match=f"key_file .* of wechat-1 {told}"):
            await open_wechat("wechat-1", settings, WIRES).__aenter__()


async def test_a_certificate_that_cannot_be_used_is_told(
    merchant_settings: Callable[..., WechatSettings], tmp_path: Path
) -> None:
    async with wechat_gateway() as sim:
        files = {"certificate_file": tmp_path / "chain", "certificate_key_file": tmp_path / "none"}
        with pytest.raises(DeviceGone, match=r"certificate_file .* cannot be used .*: download the merchant's certificate anew"):
            await open_wechat("wechat-1", merchant_settings(sim, **files), WIRES).__aenter__()


@pytest.mark.parametrize(
    ("url", "told"),
    [
        ("http://api.mch.weixin.qq.com", "plain http would show payment codes to everyone on the way; write https://"),
        ("https://api.mch.weixin.qq.com/pay", "write the address of the gateway without a path"),
    ],
)
def test_codes_go_over_tls_only(url: str, told: str) -> None:
    with pytest.raises(ValidationError, match=told):
        WechatSettings(url=url, appid="wx1", mch_id="1", key_file=Path("/key"))
