"""The signed code of a coupon: its bytes as they are described, and everything that is no such code."""

from __future__ import annotations

import re
from base64 import b32decode, b32encode
from datetime import UTC, datetime
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st

from edge.shop.promotions.coupon_code import (
    BadKey,
    CouponCodeError,
    ForgedCode,
    SignedCoupon,
    check_signature,
    key_id,
    read_code,
    write_code,
)
from tests.shop.promotions.conftest import Signer

SEED = bytes(range(32))
KEY = Ed25519PrivateKey.from_private_bytes(SEED)
SIGNER = Signer(KEY)
EXAMPLE = re.compile(r"^(public x|code|name) +(\S+)$", re.MULTILINE)


def test_the_bytes_are_as_described() -> None:
    """Made by hand from the table in ``coupon_code.py``."""
    told = (
        b"\x01"
        + bytes.fromhex(key_id(SIGNER.x))
        + (7).to_bytes(8, "big")
        + (1_767_225_600).to_bytes(4, "big")  # 2026-01-01T00:00:00Z
        + bytes(4)
        + b"\x07welcome"
        + b"\x03s-1"
    )
    signature = KEY.sign(b"storebox coupon 1\0" + told)
    code = "SBC1:" + b32encode(told + signature).decode().rstrip("=")
    coupon = SignedCoupon(
        kid=key_id(SIGNER.x),
        number="0000000000000007",
        class_="welcome",
        not_before=datetime(2026, 1, 1, tzinfo=UTC),
        store="s-1",
    )
    assert write_code(coupon, KEY) == code
    assert read_code(code.lower() + "\n") == (coupon, told, signature)
    check_signature(told, signature, SIGNER.x)
    assert coupon.coupon == f"welcome-{key_id(SIGNER.x)}0000000000000007"


def test_every_bit_counts() -> None:
    code = SIGNER.code()
    packed = b32decode(code.removeprefix("SBC1:") + "=" * (-len(code.removeprefix("SBC1:")) % 8))
    for place in range(len(packed) * 8):
        changed = bytearray(packed)
        changed[place // 8] ^= 1 << place % 8
        with pytest.raises(CouponCodeError):
            believe(again(bytes(changed)))


def believe(code: str) -> None:
    _, told, signature = read_code(code)
    check_signature(told, signature, SIGNER.x)


def again(packed: bytes) -> str:
    return "SBC1:" + b32encode(packed).decode().rstrip("=")


def with_version(version: int) -> str:
    body = SIGNER.code().removeprefix("SBC1:")
    return again(bytes([version]) + b32decode(body + "=" * (-len(body) % 8))[1:])


@pytest.mark.parametrize(
    ("code", "text"),
    [
        ("SBC1:" + "A" * 400, "it is too long to be a coupon"),
        ("6901234567892", "it does not begin with SBC1:"),
        ("SBC1:A", "it is no base32"),
        ("SBC1:AAAA", "its 2 bytes are too few"),
        (SIGNER.code()[:-1] + chr(ord(SIGNER.code()[-1]) + 1), "it is written in another way than it is made"),
        (with_version(2), "its version is 2, this box knows 1"),
        (again(b"\x01" + bytes(20) + b"\xff" + bytes(80)), "its lengths do not add up"),
        (again(b"\x01" + bytes(20) + b"\x00\x00" + bytes(64)), "its class or store is no name"),
    ],
)
def test_what_is_no_code_says_why(code: str, text: str) -> None:
    with pytest.raises(CouponCodeError) as refused:
        read_code(code)
    assert str(refused.value) == text


def test_a_strangers_signature_does_not_hold() -> None:
    _, told, signature = read_code(Signer().code())
    with pytest.raises(ForgedCode, match=r"^its signature does not hold$"):
        check_signature(told, signature, SIGNER.x)


@pytest.mark.parametrize("x", ["", "AAAA", "=" * 43, "é" * 43])
def test_what_is_no_key_says_so(x: str) -> None:
    with pytest.raises(BadKey, match=r"^it is no Ed25519 public key: give the 43 characters of its x$"):
        key_id(x)


@given(st.text(max_size=450) | st.binary(max_size=250).map(again))
def test_any_text_is_a_coupon_or_says_why_not(text: str) -> None:
    try:
        coupon, told, signature = read_code(text)
    except CouponCodeError:
        return
    assert again(told + signature) == text.strip().upper()
    assert coupon.class_


def test_the_example_of_the_document_holds() -> None:
    told = dict(EXAMPLE.findall((Path(__file__).parents[3] / "docs" / "coupons.md").read_text("utf-8")))
    coupon, signed, signature = read_code(told["code"])
    check_signature(signed, signature, told["public x"])
    assert told["public x"] == SIGNER.x
    assert (coupon.coupon, coupon.expires) == (told["name"], datetime(2027, 1, 1, tzinfo=UTC))
