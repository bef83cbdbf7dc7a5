"""Members and coupons as headquarters sends them, for lanes on a real page."""

from __future__ import annotations

import hmac
from hashlib import sha256
from typing import TYPE_CHECKING, Any

import msgspec

from edge.shop.members.cache import members_adopter
from edge.shop.promotions.coupon_document import coupon_adopter

if TYPE_CHECKING:
    from tests.web.conftest import Shop

PHONE = "13800138000"
SALT = b"salt of year 2026"


def hashed(kind: str, text: str) -> bytes:
    """As docs/members.md says."""
    return hmac.digest(SALT, sha256(f"storebox member {kind}\0{text}".encode()).digest(), "sha256")[:16]


async def members(shop: Shop, **head: Any) -> None:
    """One member, with 1200 points and ¥50; 100 points are worth ¥1."""
    member = {"ref": "m-0001", "phone": hashed("phone", f"86{PHONE}"), "code": hashed("code", "77001"), "tier": "gold"}
    body = {
        "salts": [SALT],
        "points": {
            "rate": {"points": 1, "per_minor": 100},
            "unit": 100,
            "unit_minor": 100,
            "offline_cap": {"per_order": 600, "per_day": 900},
        },
        "balance": {"offline_cap": {"per_order": 1_000, "per_day": 3_000}},
        "join": {"qr": "https://join.example.com/?s={store}&g={guide}&t={till}&k={token}"},
        "members": [{**member, "points": 1_200, "balance_minor": 5_000}],
        **head,
    }
    await adopt(shop, members_adopter(shop.view.desk.shop()), body)


async def coupons(shop: Shop, code: str) -> None:
    """One class, ¥2 off, with one bearer code."""
    body = {
        "currency": "CNY",
        "keys": [],
        "classes": [
            {
                "id": "two-off",
                "names": {"zh": "立减 2 元", "en": "Two off"},
                "benefit": {"kind": "full-reduction", "tiers": [{"spend_minor": 100, "off_minor": 200}]},
            }
        ],
        "salt": "s",
        "codes": [{"class": "two-off", "sha256": sha256(f"s{code}".encode()).hexdigest()}],
    }
    await adopt(shop, coupon_adopter(shop.view.desk.shop()), body)


async def adopt(shop: Shop, adopter: Any, body: dict[str, Any]) -> None:
    """As the desk of documents does."""
    parsed = adopter.parse(msgspec.json.encode(body))

    def change(_moment: Any, _shop: Any, db: Any) -> Any:
        for step in adopter.stage(parsed, 1) if adopter.stage is not None else ():
            step(db)
        return adopter.adopt(parsed, 1, db)

    await shop.view.desk.decide(change, place="test", asked="test")
