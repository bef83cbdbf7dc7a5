"""How many events of orders a shop decides and makes durable, with 50 000 products and 200 000 members on the box.

Each order is what a till says: opened, three items, a member, paid; with a promotion to be found for it, points that are earned,
stock that goes down. Every step is decided in the journal's transaction and awaited after COMMIT, 256 tills side by side.
"""

from __future__ import annotations

import asyncio
import statistics
import sys
import tempfile
import time
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from functools import partial
from hashlib import sha256
from io import BytesIO
from pathlib import Path
from random import Random
from typing import Any

import msgspec

from config.schema import Settings
from drivers.reading import Report
from drivers.readings import AnyReading, ItemChosen, MemberShown, OrderOpened, OrderPaid
from edge.shop.decide import entry_for
from edge.shop.registry import EVENTS, MIGRATIONS, adopters
from edge.shop.shop import Shop
from sync.commits import carry_out
from sync.entries import Entry, Limits, Recorded, Stamp
from sync.events import Event, EventClass, Registry
from sync.journal import Journal
from sync.schema import JOURNAL_MIGRATIONS
from tests.bench.bench_members import ndjson
from tests.bench.fdatasync import fdatasync_p50_ms
from tests.bench.spread import spread

PRODUCTS, MEMBERS = 50_000, 200_000
TILLS, ORDERS_OF_A_TILL, ROUNDS = 256, 8, 5
EVENTS_PROMISED = 3_000.0
P99_PROMISED_MS = 5.0
MIB = 1 << 20
PROMOTIONS = {
    "currency": "CNY",
    "promotions": [
        {
            "id": f"off-{number}",
            "names": {"zh": "满减", "en": "Off"},
            "benefit": {"kind": "full-reduction", "tiers": [{"spend_minor": 1_000 * number, "off_minor": 100 * number}]},
            "group": "off",
        }
        for number in range(1, 6)
    ],
}


def catalogue() -> bytes:
    """Goods with Chinese names, as a supermarket has them."""
    items = [
        {"sku": f"S{n}", "names": {"zh": f"商品{n}", "en": f"Goods {n}"}, "price_minor": 100 + n % 5_000, "unit": "piece"}
        for n in range(PRODUCTS)
    ]
    return msgspec.json.encode({"currency": "CNY", "items": items})


async def furnish(journal: Journal, shop: Shop) -> None:
    """Adopt everything, laid out slice by slice as the desk does."""
    by_kind = {adopter.kind: adopter for adopter in adopters(shop)}
    members = by_kind["members"]
    assert members.parse_lines is not None
    for adopter, parsed in (
        (by_kind["catalogue"], by_kind["catalogue"].parse(catalogue())),
        (members, members.parse_lines(BytesIO(ndjson()))),
        (by_kind["promotions"], by_kind["promotions"].parse(msgspec.json.encode(PROMOTIONS))),
    ):
        for step in adopter.stage(parsed, 1):
            await carry_out(journal, step, datetime.now(UTC))
        entry = Entry(
            decide=partial(adopter.adopt, parsed, 1), event_class=EventClass.ORDER, at=datetime.now(UTC), monotonic_ms=1
        )
        assert isinstance(await journal.record(entry), Recorded)


def order(till: str, number: int, chance: Random) -> Iterable[AnyReading]:
    """One order as its till tells it."""
    name, steps = f"{till}-{number}", 0

    def stamp() -> dict[str, Any]:
        nonlocal steps
        steps += 1
        id_ = f"{name}-{steps}"
        report = Report(id=id_, digest=sha256(id_.encode()).digest())
        return {"device": till, "at": datetime.now(UTC), "monotonic_ms": time.monotonic_ns() // 1_000_000, "report": report}

    yield OrderOpened(**stamp(), order=name)
    total = 0
    for _ in range(3):
        sku, qty = chance.randrange(PRODUCTS), chance.randint(1, 3)
        total += (100 + sku % 5_000) * qty
        yield ItemChosen(**stamp(), order=name, code=f"S{sku}", qty=qty)
    yield MemberShown(**stamp(), order=name, code=f"M{chance.randrange(MEMBERS):010}")
    off = max((100 * n for n in range(1, 6) if total >= 1_000 * n), default=0)
    yield OrderPaid(**stamp(), order=name, amount_minor=total - off, tender="cash")


async def sell(journal: Journal, shop: Shop, till: str, first: int, cpu_ms: list[float]) -> int:
    """The orders of one till, each step awaited; how many events they made."""
    chance, made = Random(f"{till}{first}"), 0
    for number in range(first, first + ORDERS_OF_A_TILL):
        for reading in order(till, number, chance):
            outcome = await journal.record(timed(entry_for(reading, shop), cpu_ms))
            assert isinstance(outcome, Recorded), outcome
            made += len(outcome.rows)
    return made


def timed(entry: Entry, cpu_ms: list[float]) -> Entry:
    """``entry`` with the CPU of its decision noted, what follows from it included."""
    decide = entry.decide

    def decided(db: Any) -> Iterable[Event]:
        began = time.thread_time_ns()
        yield from decide(db)
        cpu_ms.append((time.thread_time_ns() - began) / 1e6)

    return msgspec.structs.replace(entry, decide=decided)


async def measure(folder: Path) -> tuple[list[float], list[float]]:
    """Events a second of each round, and the CPU of every decision in milliseconds."""
    shop = Shop.from_settings(Settings(), b"k" * 32)
    journal = Journal(
        folder / "journal.db",
        limits=Limits(quota_bytes=4096 * MIB, ballast_bytes=MIB, keep_sent=timedelta(1), keep_receipts=timedelta(1)),
        registry=Registry(EVENTS),
        migrations=(*JOURNAL_MIGRATIONS, *MIGRATIONS),
        stamp=Stamp(box="b" * 32, boot="boot-1", tz="Asia/Shanghai", clock=lambda: "synced"),
    )
    rates, cpu_ms = [], list[float]()
    async with journal:
        await furnish(journal, shop)
        for round_ in range(ROUNDS):
            first = round_ * ORDERS_OF_A_TILL
            began = time.perf_counter()
            made = await asyncio.gather(*(sell(journal, shop, f"till-{n}", first, cpu_ms) for n in range(TILLS)))
            rates.append(sum(made) / (time.perf_counter() - began))
    return rates, cpu_ms


def main() -> int:
    """Print the figures; 1 when a promise is broken."""
    with tempfile.TemporaryDirectory() as folder:
        print(f"fdatasync p50 {fdatasync_p50_ms(Path(folder)):.2f} ms")
        rates, cpu_ms = asyncio.run(measure(Path(folder)))
    p99 = statistics.quantiles(cpu_ms, n=100)[98]
    print(f"durable events a second, decided: {spread(rates)} (promised {EVENTS_PROMISED:.0f})")
    print(f"CPU of a decision, ms: p50 {statistics.median(cpu_ms):.2f}, p99 {p99:.2f} (promised < {P99_PROMISED_MS:.0f})")
    return int(statistics.median(rates) < EVENTS_PROMISED or p99 > P99_PROMISED_MS)


if __name__ == "__main__":
    sys.exit(main())
