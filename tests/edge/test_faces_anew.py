"""Another model of faces reads no template of before: it waits for the day that was said, and then everybody is told."""

from __future__ import annotations

import asyncio
import hashlib
import sqlite3
from datetime import UTC, date, datetime
from typing import Any

import pytest

from edge.shop.faces.events import FaceDeleted
from edge.shop.models.anew import Anew, enrol_anew
from edge.shop.models.document import wanted_models
from edge.shop.shop import Shop
from edge.shop_desk import ShopDesk
from edge.told_models import ALARM
from models.face_binding import VECTORS, face_binding
from models.manifest import models_of, shipped_models
from tests.edge.facing import keep_enrolled, shop_with
from tests.edge.model_headquarters import SHOP, WORKS, Headquarters, running, until

WHOM = "the 2 members whose faces are kept here have to enrol anew"
OTHER = b"another model of faces"


@pytest.fixture
async def enrolled(headquarters: Headquarters) -> list[str]:
    """Two members whose templates are of neither model."""
    return await learnt(headquarters, "13800138000", "13800138001")


async def learnt(headquarters: Headquarters, *phones: str) -> list[str]:
    """Members whose templates are of neither model."""
    desk = ShopDesk(journal=headquarters.counter.journal, shop=lambda: SHOP, now=lambda: datetime.now(UTC))
    return [await keep_enrolled(desk, SHOP, phone, lambda _template, _member: b"sealed") for phone in phones]


def left(db: sqlite3.Connection) -> Anew | None:
    """Who must enrol anew because of the last document."""
    wanted = wanted_models(db)
    return None if wanted is None else enrol_anew(wanted, db)


async def nobody_is_left(headquarters: Headquarters) -> None:
    """Who must enrol anew."""
    journal, seen = headquarters.counter.journal, -1
    async with asyncio.timeout(60):
        while await journal.query(left):
            seen = await journal.watch(seen)


async def says(headquarters: Headquarters, **more: Any) -> None:
    file = {"name": "vectors-2.onnx", "bytes": len(OTHER), "sha256": hashlib.sha256(OTHER).hexdigest()}
    model = {"task": "face-vector", "licence": "none", "fetch": "always", "files": [file]}
    await headquarters.tell(3, {VECTORS: model}, **more)


async def stays_as_it_was(headquarters: Headquarters) -> str:
    """What the alarm says."""
    await headquarters.counter.shown(lambda board: ALARM in board.alarms)
    assert face_binding(models_of(headquarters.folder)) == face_binding(shipped_models())
    assert await headquarters.counter.events(FaceDeleted) == []
    assert headquarters.faces.renewed == 0
    return headquarters.counter.board.alarms[ALARM]


@pytest.mark.usefixtures("enrolled")
async def test_without_a_day_it_is_not_used(headquarters: Headquarters) -> None:
    async with running(headquarters.told(fetch=WORKS)):
        await says(headquarters)
        assert await stays_as_it_was(headquarters) == (
            f"headquarters' models (version 3) are not used: with their model of faces {WHOM}, and it is not said from when;"
            " headquarters says so with enrol_anew_from in the models document"
        )


@pytest.mark.usefixtures("enrolled")
async def test_until_the_day_it_waits_and_people_are_told(headquarters: Headquarters) -> None:
    async with running(headquarters.told(fetch=WORKS)):
        await says(headquarters, enrol_anew_from="2999-01-01")
        assert await stays_as_it_was(headquarters) == (
            f"headquarters' models (version 3) are used from 2999-01-01 on: then {WHOM}; till then nothing changes"
        )
    anew = await headquarters.counter.journal.query(left)
    assert anew is not None
    assert (anew.members, anew.day) == (2, date(2999, 1, 1))


@pytest.mark.usefixtures("enrolled")
async def test_nothing_is_erased_by_a_clock_that_may_be_wrong(headquarters: Headquarters) -> None:
    shop = Shop.from_settings(shop_with(), b"k" * 32, clock=lambda: "unsynced")
    async with running(headquarters.told(fetch=WORKS, shop=shop)):
        await says(headquarters, enrol_anew_from="2026-01-01")
        assert "are used from 2026-01-01 on" in await stays_as_it_was(headquarters)


async def test_from_the_day_on_it_is_used_and_those_members_are_told_of_one_by_one(
    headquarters: Headquarters,
    enrolled: list[str],
) -> None:
    async with running(headquarters.told(fetch=WORKS)):
        await says(headquarters, enrol_anew_from="2026-01-01")
        await until(lambda: headquarters.faces.renewed)
        await nobody_is_left(headquarters)
        enrolled += await learnt(headquarters, "13800138002")  # by the process that was not started anew yet
        await nobody_is_left(headquarters)
    deleted = await headquarters.counter.events(FaceDeleted)
    assert [(each["member_ref"], each["reason"]) for each in deleted] == [(ref, "model") for ref in enrolled]
    left = "SELECT count(*) FROM face_consents"
    assert (await headquarters.counter.journal.query(lambda db: db.execute(left).fetchone())) == (0,)
    assert ALARM not in headquarters.counter.board.alarms


async def test_where_nobody_is_enrolled_it_is_used_at_once(headquarters: Headquarters) -> None:
    async with running(headquarters.told(fetch=WORKS)):
        await says(headquarters)
        await until(lambda: headquarters.faces.renewed)


@pytest.mark.usefixtures("enrolled")
async def test_a_document_about_other_models_waits_for_nothing(headquarters: Headquarters) -> None:
    async with running(headquarters.told(fetch=WORKS)):
        await headquarters.say(1, "first")
        await until(lambda: headquarters.renewed)
    assert await headquarters.counter.events(FaceDeleted) == []
