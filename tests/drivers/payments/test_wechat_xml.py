"""The language of WeChat Pay: a published signature, and nothing but its own XML is believed."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.contract import BadFrame
from drivers.payments.wechat_xml import LONGEST_ANSWER, Told, Unsigned, decode, encode, signature
from drivers.sim import wechat_words

KEY = "192006250b4c09247ec02edce69f6a2d"
PUBLISHED = {
    "appid": "wxd930ea5d5a258f4f",
    "mch_id": "10000100",
    "device_info": "1000",
    "body": "test",
    "nonce_str": "ibuaiVcKdpRxkhJA",
}


def test_the_published_example_is_signed_as_published() -> None:
    right = "6A9AE1657590FD6257D693A078E1C3E4BB6BA4DC30B23E0EE2496E54170DACD6"
    assert signature(PUBLISHED, KEY) == right
    assert signature({**PUBLISHED, "sign": "x", "attach": ""}, KEY) == right


@given(
    st.dictionaries(
        st.from_regex(r"[a-z][a-z0-9_]{0,12}", fullmatch=True), st.text("abc<>&'\" 付款码0123]", min_size=1), max_size=9
    )
)
def test_the_gateway_reads_what_is_written(fields: dict[str, str]) -> None:
    fields = {name: text for name, text in fields.items() if name not in {"sign", "sign_type", "xml"}}
    told = wechat_words.fields_of(encode(fields, KEY).decode())
    assert told.pop("sign") == wechat_words.signature({**fields, "sign_type": "HMAC-SHA256"}, KEY)
    assert told == {**fields, "sign_type": "HMAC-SHA256"}


def answer(fields: dict[str, str], key: str = KEY) -> bytes:
    return wechat_words.xml_of({**fields, "sign": wechat_words.signature(fields, key)}).encode()


def test_an_answer_says_what_was_done_or_why_not() -> None:
    done = {"return_code": "SUCCESS", "result_code": "SUCCESS", "total_fee": "650"}
    told = decode(answer(done), KEY)
    assert isinstance(told, Told)
    assert (told.code, told.words, told.fields["total_fee"]) == ("", "", "650")
    said = {"return_code": "SUCCESS", "result_code": "FAIL", "err_code": "NOTENOUGH", "err_code_des": "余额不足"}
    refused = decode(answer(said), KEY)
    assert isinstance(refused, Told)
    assert (refused.code, refused.words) == ("NOTENOUGH", "NOTENOUGH: 余额不足")
    nameless = decode(answer({"return_code": "SUCCESS"}), KEY)
    assert isinstance(nameless, Told)
    assert (nameless.code, nameless.words) == ("FAIL", "FAIL")


def test_an_answer_without_a_signature_only_says_that_it_did_not_understand() -> None:
    assert decode(b"<xml><return_code>FAIL</return_code><return_msg><![CDATA[nope]]></return_msg></xml>", KEY) == Unsigned(
        words="nope"
    )
    assert decode(b"<xml></xml>", KEY) == Unsigned(words="it does not say why")


@pytest.mark.parametrize("sign", ["", "<sign>6A9AE165</sign>", "<sign>付</sign>"])
def test_an_answer_that_somebody_else_signed_is_not_believed(sign: str) -> None:
    body = f"<xml><return_code>SUCCESS</return_code><result_code>SUCCESS</result_code>{sign}</xml>"
    with pytest.raises(BadFrame, match="not signed with the merchant's key: is key_file that of this merchant"):
        decode(body.encode(), KEY)


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"<html><body>502</body></html>",
        b"<xml><return_code>SUCC",
        b"<xml><a><b>1</b></a></xml>",
        b"<xml><a>1</a><a>2</a></xml>",
        b"<xml a='1'></xml>",
        b'<!DOCTYPE xml [<!ENTITY a "1">]><xml><return_code>&a;</return_code></xml>',
        b"<xml>" + b"".join(b"<a%d>1</a%d>" % (at, at) for at in range(201)) + b"</xml>",
        b"\xff\xfe<xml></xml>",
    ],
)
def test_what_is_no_xml_of_the_gateway_is_told(body: bytes) -> None:
    with pytest.raises(BadFrame, match="answers what is no XML of WeChat Pay"):
        decode(body, KEY)


def test_an_endless_answer_is_told() -> None:
    with pytest.raises(BadFrame, match="does not end"):
        decode(b" " * (LONGEST_ANSWER + 1), KEY)
