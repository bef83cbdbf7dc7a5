"""A till hears a new price over a real broker at its moment, reports it back, and so proves it."""

from __future__ import annotations

import json
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from joserfc.jwk import OKPKey

from drivers.sim.till import TillSim
from sync.signatures import public_text
from tests.edge import test_price_changes as prices

if TYPE_CHECKING:
    from tests.conftest import Mosquitto

RunBox = Callable[..., AbstractAsyncContextManager[Any]]
SETTINGS = """
[cloud]
signing_key_file = "{key}"
[mqtt]
host = "{broker.host}"
port = {broker.port}
password_file = "{password}"
[device.till-1]
driver = "till/mqtt"
"""


async def test_a_till_proves_a_price_that_came_over_the_broker(run_box: RunBox, mosquitto: Mosquitto, tmp_path: Path) -> None:
    key: OKPKey = prices.KEY
    (tmp_path / "key").write_text(public_text(key))
    settings = SETTINGS.format(key=tmp_path / "key", broker=mosquitto, password=mosquitto.password_file("storebox"))
    address, password = (mosquitto.host, mosquitto.port), mosquitto.password("till-1")
    async with (
        TillSim(address, box=mosquitto.box, device="till-1", password=password) as till,
        run_box(settings) as box,
    ):
        await box.device("till-1", "up")
        await prices.adopt(box, "catalogue", prices.GOODS)
        await prices.adopt(box, "planogram", {"tills": ["till-1"]})
        effective_at = (datetime.now(UTC) + timedelta(seconds=1)).isoformat(timespec="milliseconds")
        change = {"sku": "4011", "price_minor": 698, "effective_at": effective_at}
        await prices.adopt(box, "prices", {"currency": "CNY", "changes": [change]})
        told = (await box.until("/api/prices/changes", prices.settled(698)))[0]
        heard = json.loads(till.mqtt.properties["price"])
        taken = [event["data"] for event in await box.ask("/api/events?limit=100") if event["type"] == "storebox.price.taken"]
    assert heard == {"sku": "4011", "price_minor": 698, "currency": "CNY", "unit": "kg", "version": 1}
    assert [(place["kind"], place["device"], place["state"]) for place in told["places"]] == [("till", "till-1", "confirmed")]
    assert [each["device"] for each in taken] == ["till-1"]
