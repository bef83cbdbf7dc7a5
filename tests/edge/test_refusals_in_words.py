"""A till that is refused hears why in English, by which key, and in the words of the store for whoever stands there."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, time, timedelta
from pathlib import Path
from typing import Literal, cast

import pytest

from drivers.contract import Device, Receipt
from drivers.reading import Report
from drivers.readings import OrderOpened
from edge.host.wall_clock import WallClock
from edge.intake import Intake
from edge.rules import rules
from edge.shop.registry import EVENTS, MIGRATIONS
from edge.shop.shop import Shop
from sync.entries import Limits, Stamp
from sync.events import Registry
from sync.journal import Journal
from sync.schema import JOURNAL_MIGRATIONS
from tests.edge.answered import AnsweredTill

DAY = timedelta(days=1)


def opened(id_: str) -> OrderOpened:
    report = Report(id=id_, digest=id_.encode())
    return OrderOpened(device="till-1", at=datetime.now(UTC), monotonic_ms=1, report=report, order="42")


@pytest.mark.parametrize(("language", "title"), [("zh", "订单 42 已经打开了。"), ("en", "Order 42 is open already.")])
async def test_a_till_hears_a_refusal_in_the_language_of_the_store(
    tmp_path: Path, language: Literal["zh", "en"], title: str
) -> None:
    shop = Shop(timezone="Asia/Shanghai", day_starts_at=time(4), currency="CNY", member_key=b"k" * 32, language=language)
    till = AnsweredTill()
    journal = Journal(
        tmp_path / "journal.db",
        limits=Limits(quota_bytes=1 << 30, ballast_bytes=1 << 20, keep_sent=DAY, keep_receipts=DAY),
        registry=Registry(EVENTS),
        migrations=(*JOURNAL_MIGRATIONS, *MIGRATIONS),
        stamp=Stamp(box="box-1", boot="boot-1", tz="Asia/Shanghai", clock=lambda: "synced"),
    )
    async with journal, asyncio.timeout(60):
        intake = Intake(journal=journal, rules=rules(shop, WallClock()), device=cast("Device", till))
        answering = asyncio.create_task(intake.answer(), name="answers")
        await intake.take(opened("a"))
        assert (await till.answers.get())[1] == Receipt(ok=True)
        await intake.take(opened("b"))
        await intake.take(opened("b"))
        problem = "order 42 of till-1 is open already: go on with it, or give the new order another number"
        refused = Receipt(ok=False, problem=problem, key="order-open", title=title)
        assert (await till.answers.get())[1] == refused
        assert (await till.answers.get())[1] == refused, "a repeat hears the same words"
        answering.cancel()
        await asyncio.wait([answering])
