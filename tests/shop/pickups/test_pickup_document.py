"""The list of pickup orders is adopted as a whole, or refused with the place of the mistake; nothing personal comes with it."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from edge.shop.pickups.codes import code_hash
from edge.shop.pickups.document import parse_pickups
from sync.adopters import DocumentRefused

HASH = code_hash("P-1", "1234")


def order(**more: Any) -> dict[str, Any]:
    return {"order": "P-1", "items": [{"sku": "milk", "qty": 1}], "code_hash": HASH} | more


@pytest.mark.parametrize(
    ("body", "problem"),
    [
        (b"", "the pickup orders cannot be read: Input data was truncated"),
        (
            [order(code_hash="1234")],
            "the pickup orders cannot be read: Expected `str` matching regex '^[0-9a-f]{64}\\\\Z' - at `$.orders[0].code_hash`",
        ),
        (
            [order(due_at="2026-03-01T10:00:00")],
            "the pickup orders cannot be read: Expected `datetime` with a timezone component - at `$.orders[0].due_at`",
        ),
        ([order(), order()], "P-1 at `$.orders[1].order` stands at `$.orders[0].order` already"),
        (
            [order(order="4111111111111111")],
            "`$.orders[0].order` may be a card number, and it is printed: give the order another name",
        ),
        ([order(items=[{"sku": "milk"}])], "milk at `$.orders[0].items[0]` needs either qty or grams"),
        (
            [order(items=[{"sku": "milk", "qty": 1}, {"sku": "milk", "qty": 2}])],
            "milk at `$.orders[0].items[1]` stands at `$.orders[0].items[0]` already",
        ),
    ],
)
def test_a_mistake_is_refused_with_its_place(body: Any, problem: str) -> None:
    with pytest.raises(DocumentRefused) as refused:
        parse_pickups(body if isinstance(body, bytes) else msgspec.json.encode({"orders": body}))
    assert str(refused.value) == problem


def test_a_hash_is_what_headquarters_computes() -> None:
    """From PBKDF2-HMAC-SHA256 of another program: printf 482913 | openssl kdf … -kdfopt salt:storebox-pickup:P-1001."""
    assert code_hash("P-1001", " 482 913 ") == "86ce7185c89f7431f713d3cc4f7c0338b21ec55a0cc19089ea48fc079a2bc9b0"
    assert code_hash("P-1002", "7k4m") == code_hash("P-1002", "7K4M")
