"""A whole shop under kill -9: real broker, serial lines, box and cloud; nothing acknowledged is lost, nothing comes twice."""

from __future__ import annotations

import asyncio
import re
import sqlite3
from collections.abc import Callable
from contextlib import closing as closing_database
from pathlib import Path
from random import Random

import pytest

from edge.demo.play import drained
from edge.demo.reckoning import Reckoning, reckon
from edge.demo.shopping import Lane, browse
from edge.demo.stage import Stage, stage

pytestmark = pytest.mark.usefixtures("forked_shop")


async def shop_under_kills(folder: Path, random: Random, victims: list[str]) -> tuple[Reckoning, Reckoning]:
    """Serve shoppers in two lanes while one victim after the other is killed and started again; then count.

    The second count is the control: of the same shop with an event and some money missing.
    """
    async with stage(folder) as shop:
        closing = asyncio.Event()
        lanes = [Lane(shop=shop, till=f"till-{n}", scale=f"scale-{n}", random=Random(random.random())) for n in (1, 2)]
        async with asyncio.TaskGroup() as group:
            for lane in lanes:
                group.create_task(lane.serve(closing), name=lane.till)
            group.create_task(browse(shop, random, closing), name="shelf")
            for victim in victims:
                await asyncio.sleep(random.uniform(0.3, 2.5))  # at a moment that nothing announces
                await kill_and_start(shop, victim)
            closing.set()
        await drained(shop)
        await shop.box.stop()
        await shop.cloud.stop()
        taken_minor = sum(lane.taken_minor for lane in lanes)
        found = reckon(shop, taken_minor)
        with closing_database(sqlite3.connect(shop.sink)) as db, db:
            db.execute("DELETE FROM events WHERE sequence = 1")
        return found, reckon(shop, taken_minor + 100)


async def kill_and_start(shop: Stage, victim: str) -> None:
    child = {"box": shop.box, "cloud": shop.cloud, "broker": shop.broker}[victim]
    await child.kill()
    await child.start()
    if victim == "box":
        await shop.box_answers()
    if victim == "cloud":
        await shop.cloud_answers()


def report(found: Reckoning, kills: int) -> None:
    sent = sum(device.sent for device in found.devices)
    acked = sum(device.acked for device in found.devices)
    print(f"kills {kills}, reports sent {sent}, acknowledged {acked}, lost {len(found.differences)}")


@pytest.mark.timeout(300)
async def test_a_box_killed_again_and_again_loses_nothing(tmp_path: Path, record_property: Callable[[str, int], None]) -> None:
    found, control = await shop_under_kills(tmp_path / "shop", Random(7), ["box"] * 4)
    report(found, 4)
    assert control.differences[0] == "the cloud has no event 1"
    assert re.fullmatch(r"the tills took \d+, the journal has \d+, the cloud \d+ \(minor units\)", control.differences[1])
    assert found.differences == ()
    assert found.journal_events == found.cloud_events > 50
    assert found.checkout_ms is not None
    assert 0 < found.checkout_ms < 300_000
    record_property("kills", 4)


@pytest.mark.faults
@pytest.mark.timeout(1800)
async def test_fifty_kills_of_box_broker_and_cloud_lose_nothing(
    tmp_path: Path, record_property: Callable[[str, int], None]
) -> None:
    random = Random(11)
    victims = random.choices(["box", "broker", "cloud"], [3, 1, 1], k=50)
    found, control = await shop_under_kills(tmp_path / "shop", random, victims)
    assert len(control.differences) == 2
    report(found, len(victims))
    assert found.differences == ()
    assert found.journal_events == found.cloud_events > 500
    record_property("kills", len(victims))
