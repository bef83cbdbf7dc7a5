"""Between the scan and the payment a code is in memory, for one call: nobody else gets it, and it goes by itself."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, time

import pytest

from config.schema import Lane
from drivers.counter_readings import PaymentCodeShown
from drivers.one_attempt import NothingLeft, OneAttempt
from edge.lanes import codes
from edge.lanes.codes import ShownCodes
from edge.shop.shop import Shop

CODE = "134567890123456789"
SHOP = Shop(
    timezone="Asia/Shanghai",
    day_starts_at=time(4),
    currency="CNY",
    member_key=b"k" * 32,
    lanes={"sco-1": Lane(scanner="scanner-1", wechat="wechat-1"), "sco-2": Lane(scanner="scanner-2"), "3": Lane(till="till-3")},
)


def shown(scanner: str = "scanner-1", at_ms: int = 7) -> PaymentCodeShown:
    return PaymentCodeShown(
        device=scanner, at=datetime.now(UTC), monotonic_ms=at_ms, wallet="wechat", length=18, code=OneAttempt(CODE)
    )


async def test_a_code_is_taken_out_of_its_reading_and_given_once() -> None:
    kept = ShownCodes(shop=lambda: SHOP)
    reading = shown()
    kept.keep(reading)
    with pytest.raises(NothingLeft):
        reading.code.take()
    assert CODE not in repr(kept)
    code = kept.take("scanner-1", 7)
    assert code is not None
    assert code.take() == CODE
    assert kept.take("scanner-1", 7) is None


async def test_a_code_that_nobody_wants_stays_where_it_is_forgotten() -> None:
    kept = ShownCodes(shop=lambda: SHOP)
    for scanner in ("scanner-2", "scanner-9"):
        reading = shown(scanner)
        kept.keep(reading)
        assert reading.code.take() == CODE
    used = shown()
    used.code.forget()
    kept.keep(used)
    assert kept.take("scanner-1", 7) is None


async def test_a_newer_code_replaces_the_one_before() -> None:
    kept = ShownCodes(shop=lambda: SHOP)
    kept.keep(shown(at_ms=7))
    kept.keep(shown(at_ms=8))
    assert kept.take("scanner-1", 7) is None
    assert kept.take("scanner-1", None) is None
    assert kept.take("scanner-1", 8) is not None


async def test_a_code_is_gone_after_its_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(codes, "LIFETIME_S", 0.01)
    kept = ShownCodes(shop=lambda: SHOP)
    kept.keep(shown())
    later = asyncio.Event()
    asyncio.get_running_loop().call_later(0.02, later.set)
    await later.wait()
    assert kept.take("scanner-1", 7) is None
