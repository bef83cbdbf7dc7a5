"""A coupon that proves itself with no internet: some 100 signed bytes, as capitals in a QR code.

SBC1:AEBOC3...                            RFC 4648 base32 without padding: what a QR code stores most tightly

0   1  version, 1
1   4  key: the first bytes of the SHA-256 of the 32 bytes of the public key
5   8  number of the coupon, which its class gives once
13  4  valid from, seconds since 1970 UTC, big-endian
17  4  valid until, likewise; 0: without end
21  1  length n of the class
22  n  class, ASCII
+   1  length m of the store
+   m  store that it is good in, ASCII; m = 0: as its class says
+  64  Ed25519 (RFC 8032) of "storebox coupon 1", a zero byte, and all bytes above

CouponCodeError       it is no code of ours, or was read badly
  ForgedCode          the signature does not hold
"""

from __future__ import annotations

import binascii
import struct
from base64 import b32decode, b32encode, urlsafe_b64decode
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

PREFIX = "SBC1:"
SIGNED_AS = b"storebox coupon 1\0"
HEAD = struct.Struct(">B4s8sIIB")
SIGNATURE_BYTES = 64
KEY_BYTES = 32
MOST_CHARS = 400


class CouponCodeError(ValueError):
    """The text is no coupon code; the text of the error says why."""


class ForgedCode(CouponCodeError):
    """Nobody who may has signed it."""


class BadKey(ValueError):
    """The text is no Ed25519 public key."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SignedCoupon:
    """What a code says. ``kid`` is 8 hexadecimal digits, ``number`` 16; ``store`` is empty for all that the class allows."""

    kid: str
    number: str
    class_: str
    not_before: datetime
    expires: datetime | None = None
    store: str = ""

    @property
    def coupon(self) -> str:
        """Under this name it is redeemed and revoked. It holds the key: a partner cannot use up the numbers of another."""
        return f"{self.class_}-{self.kid}{self.number}"


def read_code(text: str) -> tuple[SignedCoupon, bytes, bytes]:
    """The coupon in ``text`` with the bytes that were signed and the signature. Raises CouponCodeError."""
    if len(text) > MOST_CHARS:
        raise CouponCodeError("it is too long to be a coupon")
    body = text.strip().upper()
    if not body.startswith(PREFIX):
        raise CouponCodeError(f"it does not begin with {PREFIX}")
    body = body.removeprefix(PREFIX)
    try:
        packed = b32decode(body + "=" * (-len(body) % 8))
    except (binascii.Error, ValueError) as error:
        raise CouponCodeError("it is no base32") from error
    if len(packed) < HEAD.size + 1 + SIGNATURE_BYTES:
        raise CouponCodeError(f"its {len(packed)} bytes are too few")
    if b32encode(packed).decode().rstrip("=") != body:
        raise CouponCodeError("it is written in another way than it is made")
    told, signature = packed[:-SIGNATURE_BYTES], packed[-SIGNATURE_BYTES:]
    return _coupon(told), told, signature


def _coupon(told: bytes) -> SignedCoupon:
    version, kid, number, not_before, expires, length = HEAD.unpack_from(told)
    if version != 1:
        raise CouponCodeError(f"its version is {version}, this box knows 1")
    rest = told[HEAD.size :]
    class_, rest = rest[:length], rest[length:]
    if len(class_) < length or not rest or len(rest) != 1 + rest[0]:
        raise CouponCodeError("its lengths do not add up")
    store = rest[1:]
    if not class_ or not (class_ + store).isascii() or not (class_ + store).decode("ascii").isprintable():
        raise CouponCodeError("its class or store is no name")
    return SignedCoupon(
        kid=kid.hex(),
        number=number.hex(),
        class_=class_.decode("ascii"),
        not_before=datetime.fromtimestamp(not_before, UTC),
        expires=datetime.fromtimestamp(expires, UTC) if expires else None,
        store=store.decode("ascii"),
    )


def check_signature(told: bytes, signature: bytes, x: str) -> None:
    """Raise ForgedCode unless the key of ``x`` signed ``told``."""
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

    try:
        Ed25519PublicKey.from_public_bytes(_key_bytes(x)).verify(signature, SIGNED_AS + told)
    except (InvalidSignature, ValueError) as error:
        raise ForgedCode("its signature does not hold") from error


def write_code(coupon: SignedCoupon, key: Ed25519PrivateKey) -> str:
    """The code of ``coupon`` as headquarters or a partner makes it; its ``kid`` must be that of ``key``."""
    class_, store = coupon.class_.encode("ascii"), coupon.store.encode("ascii")
    expires = 0 if coupon.expires is None else int(coupon.expires.timestamp())
    head = HEAD.pack(
        1, bytes.fromhex(coupon.kid), bytes.fromhex(coupon.number), int(coupon.not_before.timestamp()), expires, len(class_)
    )
    told = head + class_ + bytes([len(store)]) + store
    return PREFIX + b32encode(told + key.sign(SIGNED_AS + told)).decode().rstrip("=")


def key_id(x: str) -> str:
    """The 8 hexadecimal digits by which codes name the key ``x``. Raises BadKey."""
    return sha256(_key_bytes(x)).hexdigest()[:8]


def _key_bytes(x: str) -> bytes:
    try:
        found = urlsafe_b64decode(x + "=" * (-len(x) % 4))
    except (binascii.Error, ValueError) as error:
        raise BadKey("it is no Ed25519 public key: give the 43 characters of its x") from error
    if len(found) != KEY_BYTES:
        raise BadKey("it is no Ed25519 public key: give the 43 characters of its x")
    return found
