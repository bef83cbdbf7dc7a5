"""A floor with promotions and coupons: documents are adopted as the desk does, keys are real."""

from __future__ import annotations

import sqlite3
from base64 import urlsafe_b64encode
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from hashlib import sha256
from typing import TYPE_CHECKING, Any

import msgspec
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from edge.shop.declined import Declined
from edge.shop.moment import Moment
from edge.shop.orders.order import sold_lines
from edge.shop.promotions.applying import applied_reductions, apply_bargain
from edge.shop.promotions.bargain import Bargain, bargain_for
from edge.shop.promotions.coupon_code import SignedCoupon, key_id, write_code
from edge.shop.promotions.coupon_document import coupon_adopter
from edge.shop.promotions.coupons import present_coupon
from edge.shop.promotions.document import promotion_adopter
from edge.web.declining import in_words
from edge.web.words import load_words

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from edge.shop.part import Decision
    from sync.events import Event
    from tests.shop.conftest import Floor

AT = datetime(2026, 3, 1, 10, 0, tzinfo=UTC)  # a Sunday, 18:00 in Shanghai
MILK = "6901234567892"
TEN_OFF: dict[str, Any] = {"kind": "full-reduction", "tiers": [{"spend_minor": 0, "off_minor": 100}]}


def named(zh: str, en: str) -> dict[str, str]:
    return {"zh": zh, "en": en}


@dataclass
class Signer:
    """Headquarters or a partner, with a key of its own."""

    key: Ed25519PrivateKey = field(default_factory=Ed25519PrivateKey.generate)

    @property
    def x(self) -> str:
        return urlsafe_b64encode(self.key.public_key().public_bytes_raw()).decode().rstrip("=")

    def code(self, class_: str = "welcome", number: int = 1, **told: Any) -> str:
        """A signed coupon."""
        coupon = SignedCoupon(
            kid=key_id(self.x),
            number=f"{number:016x}",
            class_=class_,
            not_before=datetime(2026, 1, 1, tzinfo=UTC),
            expires=datetime(2026, 12, 31, tzinfo=UTC),
        )
        return write_code(replace(coupon, **told), self.key)

    def coupon(self, class_: str = "welcome", number: int = 1) -> str:
        """The name of that coupon."""
        return f"{class_}-{key_id(self.x)}{number:016x}"


@dataclass
class Counter:
    """Where coupons are shown and orders are paid, on a floor."""

    floor: Floor
    signer: Signer = field(default_factory=Signer)
    version: int = 0

    def promote(self, *promotions: dict[str, Any], **more: Any) -> None:
        """Adopt a document of promotions."""
        adopter = promotion_adopter(self.floor.shop)
        body = {"currency": "CNY", "promotions": promotions} | more
        self.version += 1
        assert tuple(adopter.adopt(adopter.parse(msgspec.json.encode(body)), self.version, self.floor.db)) == ()

    def issue(self, *classes: dict[str, Any], codes: Iterable[tuple[str, str]] = (), **more: Any) -> None:
        """Adopt a document of coupons; ``codes`` are pairs of a class and a plain code."""
        adopter = coupon_adopter(self.floor.shop)
        listed = [{"class": class_, "sha256": sha256(f"salt{code}".encode()).hexdigest()} for class_, code in codes]
        body = {
            "currency": "CNY",
            "keys": [{"x": self.signer.x, "classes": [each["id"] for each in classes]}],
            "classes": classes,
            "salt": "salt",
            "codes": listed,
        } | more
        self.version += 1
        assert tuple(adopter.adopt(adopter.parse(msgspec.json.encode(body)), self.version, self.floor.db)) == ()

    def buy(self, pieces: int, till: str = "till-1", order: str = "17") -> None:
        """Put milk at 6.50 on an order."""
        self.floor.till(till).choose(MILK, pieces, order)

    def show(self, code: str, till: str = "till-1", order: str = "17", **told: Any) -> tuple[Event, ...]:
        """Show a coupon."""
        at = told.pop("at", AT)
        return self.floor.ask(present_coupon(till, order, code, **told), at)

    def bargain(self, till: str = "till-1", order: str = "17", at: datetime = AT) -> Bargain:
        """What holds now."""
        return bargain_for(self.floor.db, till, order, Moment(at=at, monotonic_ms=0), self.floor.shop)

    def strike(self, till: str = "till-1", order: str = "17", *, taken: bool = False) -> tuple[Event, ...]:
        """Write the bargain down, as a payment does."""

        def decide(moment: Moment, shop: Any, db: Any) -> Iterable[Event]:
            return apply_bargain(db, till, order, moment, shop, taken=taken)

        return self.floor.ask(decide, AT)

    def pay(self, till: str = "till-1", order: str = "17") -> tuple[Event, ...]:
        """Pay what is due at a till."""
        (total,) = self.floor.db.execute(
            "SELECT total_minor FROM orders WHERE till = ? AND order_id = ?", (till, order)
        ).fetchone()
        return self.floor.till(till).pay(total - self.bargain(till, order).reduced_minor, order)

    def ask(self, decision: Decision, at: datetime = AT) -> tuple[Event, ...]:
        return self.floor.ask(decision, at)


def declined(say: Callable[[], object]) -> tuple[str, str]:
    """The key and the text with which ``say`` is declined."""
    with pytest.raises(Declined) as refused:
        say()
    for words in load_words().values():
        assert f"declined.{refused.value.key}" in words.strings
        assert "{" not in in_words(refused.value, words), "a screen can say it, with every fact in its place"
    return refused.value.key, str(refused.value)


def net_of_lines(db: sqlite3.Connection, till: str, order: str) -> dict[int, int]:
    """What each sold line of a paid order cost in the end, by what was written down of its reductions."""
    off = Bargain(reductions=applied_reductions(db, till, order)).off_lines()
    return {sold.line: sold.amount_minor - off.get(sold.line, 0) for sold in sold_lines(db, till, order)}


def welcome(**more: Any) -> dict[str, Any]:
    """The rules of a coupon that takes 1.00 off."""
    return {"id": "welcome", "names": named("新人券", "Welcome"), "benefit": TEN_OFF} | more


@pytest.fixture
def counter(floor: Floor) -> Counter:
    return Counter(floor)
