"""What the devices sent, what the journal holds, what the cloud has: counted from the devices' own words and two databases."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from edge.demo.stage import Stage

SOME = 5

Events = dict[int, tuple[str, str, dict[str, object]]]
"""Id, type and data by sequence."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DeviceCount:
    """Distinct reports that a device sent, those the box acknowledged, and those that the journal knows."""

    device: str
    sent: int
    acked: int
    journaled: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Reckoning:
    """All figures. ``checkout_ms``: from opened to paid, on average, None before the first that is paid.

    ``differences`` says in words where the figures do not agree; empty when they do.
    """

    devices: tuple[DeviceCount, ...]
    journal_events: int
    cloud_events: int
    taken_minor: int
    journal_minor: int
    cloud_minor: int
    checkout_ms: int | None
    differences: tuple[str, ...]


def reckon(shop: Stage, taken_minor: int) -> Reckoning:
    """Compare; the box and the cloud must have been stopped. ``taken_minor`` is what the tills say that they took."""
    journal = _rows(shop.journal, "SELECT sequence, id, type, data FROM events ORDER BY sequence")
    cloud = _rows(shop.sink, "SELECT sequence, id, type, json FROM events ORDER BY sequence")
    in_journal: Events = {row[0]: (row[1], row[2], json.loads(row[3])) for row in journal}
    in_cloud: Events = {row[0]: (row[1], row[2], json.loads(row[3])["data"]) for row in cloud}
    devices = tuple(_devices(shop))
    found = Reckoning(
        devices=devices,
        journal_events=len(journal),
        cloud_events=len(cloud),
        taken_minor=taken_minor,
        journal_minor=_paid(in_journal),
        cloud_minor=_paid(in_cloud),
        checkout_ms=_checkout_ms(in_journal),
        differences=(),
    )
    told = [*_device_differences(devices), *_event_differences(in_journal, in_cloud), *_money_differences(found)]
    return replace(found, differences=tuple(told))


def _rows(database: Path, ask: str) -> list[Any]:
    with closing(sqlite3.connect(f"file:{database}?mode=ro", uri=True)) as db:
        return db.execute(ask).fetchall()


def _devices(shop: Stage) -> Iterator[DeviceCount]:
    receipts: dict[str, set[str]] = {}
    for device, id_ in _rows(shop.journal, "SELECT device, id FROM receipts WHERE refusal IS NULL"):
        receipts.setdefault(str(device), set()).add(str(id_))
    for name, simulator in shop.simulators.items():
        sent = {told["id"] for told in simulator.all("sent") if "id" in told}
        if sent:
            acked = {told["id"] for told in simulator.all("acked")}
            yield DeviceCount(device=name, sent=len(sent), acked=len(acked), journaled=len(sent & receipts.get(name, set())))


def _device_differences(devices: tuple[DeviceCount, ...]) -> Iterator[str]:
    for each in devices:
        if not each.sent == each.acked == each.journaled:
            yield f"{each.device} sent {each.sent} reports, was acknowledged {each.acked}, the journal knows {each.journaled}"


def _event_differences(journal: Events, cloud: Events) -> Iterator[str]:
    gaps = [number for number in range(1, max(journal, default=0) + 1) if number not in journal]
    if gaps:
        yield f"the journal has no event {_some(gaps)}"
    for where, rest in (("cloud", journal.keys() - cloud.keys()), ("journal", cloud.keys() - journal.keys())):
        if rest:
            yield f"the {where} has no event {_some(sorted(rest))}"
    other = [number for number in journal.keys() & cloud.keys() if journal[number] != cloud[number]]
    if other:
        yield f"journal and cloud tell event {_some(sorted(other))} differently"


def _money_differences(found: Reckoning) -> Iterator[str]:
    if not found.taken_minor == found.journal_minor == found.cloud_minor:
        yield (
            f"the tills took {found.taken_minor}, the journal has {found.journal_minor}, the cloud {found.cloud_minor}"
            " (minor units)"
        )


def _paid(events: Events) -> int:
    """What the goods of all paid orders cost, as the box worked it out line by line."""
    return sum(int(str(data["total_minor"])) for _, type_, data in events.values() if type_ == "storebox.order.paid")


def _checkout_ms(events: Events) -> int | None:
    """How long shoppers took from the first scan to the money, on average, by the journal's own ``took_ms``."""
    paid = (data.get("took_ms") for _, type_, data in events.values() if type_ == "storebox.order.paid")
    took_ms = [took for took in paid if isinstance(took, int)]
    return round(sum(took_ms) / len(took_ms)) if took_ms else None


def _some(numbers: list[int]) -> str:
    more = f" and {len(numbers) - SOME} more" if len(numbers) > SOME else ""
    return ", ".join(map(str, numbers[:SOME])) + more
