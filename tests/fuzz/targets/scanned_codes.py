"""What a scanner typed, as any shopper may print it."""

from __future__ import annotations

from drivers.pos.codes import CodeRules, Typed, read_code
from drivers.pos.measure_rules import MeasureRule
from tests.fuzz.fed import AT

RULES = CodeRules(measures=(MeasureRule(prefix="21", item=(2, 7), value=(7, 12), kind="weight"),), unionpay=True)


def feed(data: bytes) -> None:
    """Every text is a reading."""
    read_code(Typed(text=data.decode("utf-8", "replace"), device="scanner-1", at=AT, monotonic_ms=1), RULES)
