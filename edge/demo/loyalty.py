"""Headquarters' side of the simulated day: who is a member, what coupons were handed out, and what both are worth.

It signs and hashes as docs/members.md and docs/coupons.md say, and reckons for itself; the box must come to the same.
"""

from __future__ import annotations

import hmac
import json
from base64 import b64encode, urlsafe_b64encode
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from itertools import count
from pathlib import Path
from random import Random

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from edge.shop.promotions.coupon_code import SignedCoupon, key_id, write_code

MEMBERS = 60
STEP_S = 60
STEP = timedelta(seconds=STEP_S)
DIGITS = 8
SPENT_MINOR, OFF_MINOR = 5_000, 1_000
"""The coupons: so much off so much."""

POINTS, WORTH_MINOR = 200, 200
"""What is spent at once, and what it is worth."""

EARNED_PER_MINOR = 100
CLASS = "welcome"
SALT = b"the salt of the simulated day..."
SECRET = b"the secret of the simulated chain"


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    """Somebody whom headquarters knows."""

    ref: str
    code: str

    def one_time_code(self, at: datetime) -> str:
        """What the member's phone shows at ``at`` (RFC 6238 with SHA-256)."""
        secret = hmac.digest(SECRET, b"storebox member code key\0" + self.ref.encode(), "sha256")
        mac = hmac.digest(secret, (int(at.timestamp()) // STEP_S).to_bytes(8, "big"), "sha256")
        number = int.from_bytes(mac[mac[-1] % 16 :][:4], "big") % 2**31
        return f"{self.code}.{number % 10**DIGITS:0{DIGITS}}"


@dataclass(slots=True, kw_only=True)
class Loyalty:
    """The members of the day, and an endless roll of coupons. ``random`` makes the key: the same day has the same coupons."""

    random: Random
    members: tuple[Member, ...] = field(
        default_factory=lambda: tuple(Member(ref=f"m-{n}", code=f"77{n:06}") for n in range(1, MEMBERS + 1))
    )
    _numbers: Iterator[int] = field(default_factory=lambda: count(1))
    _key: Ed25519PrivateKey = field(init=False)

    def __post_init__(self) -> None:
        self._key = Ed25519PrivateKey.from_private_bytes(self.random.randbytes(32))

    def coupon(self) -> str:
        """The next coupon, as its QR code has it."""
        coupon = SignedCoupon(
            kid=key_id(self._x()),
            number=f"{next(self._numbers):016x}",
            class_=CLASS,
            not_before=datetime(2026, 1, 1, tzinfo=UTC),
        )
        return write_code(coupon, self._key)

    def documents(self, folder: Path) -> dict[str, Path]:
        """The bodies of ``members`` and ``coupons`` as files in ``folder``."""
        bodies = {"members": self._members(), "coupons": self._coupons()}
        paths = {kind: folder / f"{kind}.json" for kind in bodies}
        for kind, path in paths.items():
            path.write_text(json.dumps(bodies[kind], ensure_ascii=False), encoding="utf-8")
        return paths

    def _members(self) -> dict[str, object]:
        rows = [
            {"ref": each.ref, "code": _hashed("code", each.code), "code_key": 1, "points": 1_000_000, "balance_minor": 0}
            for each in self.members
        ]
        return {
            "salts": [b64encode(SALT).decode()],
            "keys": [{"id": 1, "secret": b64encode(SECRET).decode(), "step_s": STEP_S, "digits": DIGITS}],
            "points": {
                "rate": {"points": 1, "per_minor": EARNED_PER_MINOR},
                "unit": POINTS,
                "unit_minor": WORTH_MINOR,
                "offline_cap": {"per_order": POINTS, "per_day": 1_000_000},
            },
            "members": rows,
        }

    def _coupons(self) -> dict[str, object]:
        benefit = {"kind": "full-reduction", "tiers": [{"spend_minor": SPENT_MINOR, "off_minor": OFF_MINOR}]}
        names = {"zh": "满50减10", "en": "10 off 50"}
        rule = {"id": CLASS, "names": names, "benefit": benefit, "minimum_minor": SPENT_MINOR, "reusable_after_refund": True}
        return {"currency": "CNY", "keys": [{"x": self._x(), "classes": [CLASS]}], "classes": [rule]}

    def _x(self) -> str:
        return urlsafe_b64encode(self._key.public_key().public_bytes_raw()).decode().rstrip("=")


def later(ahead: timedelta, took: timedelta) -> timedelta:
    """How far ahead of its clock a phone makes the next code, when one made ``ahead`` was refused ``took`` after it was shown.

    A code lasts a step either way. On a fast clock that is less than the way to a busy box takes, of which nobody knows but that
    it was no longer than ``took``: so the codes of all that time are shown in turn.
    """
    return ahead + 2 * STEP if ahead + STEP < took else timedelta()


def _hashed(kind: str, text: str) -> str:
    concealed = sha256(f"storebox member {kind}\0{text}".encode()).digest()
    return b64encode(hmac.digest(SALT, concealed, "sha256")[:16]).decode()
