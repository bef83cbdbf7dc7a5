"""How long a search over 50 000 products takes while 500 events a second are committed: the index against LIKE, in one run.

A search goes the whole way of the page's: a question to a reader's thread, the search, twenty products with the price of now.
"""

from __future__ import annotations

import asyncio
import random
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec

from config.schema import Settings
from edge.shop.catalogue.document import catalogue_adopter
from edge.shop.catalogue.products import on_sale, product_of
from edge.shop.catalogue.search import find_by_like
from edge.shop.registry import EVENTS, MIGRATIONS
from edge.shop.shop import Shop
from edge.web.search import Search
from sync.box_events import box_started
from sync.commits import carry_out
from sync.document_events import SYNC_EVENTS
from sync.entries import Limits, Stamp
from sync.events import Registry
from sync.journal import Journal
from sync.schema import JOURNAL_MIGRATIONS
from tests.bench.spread import spread

PRODUCTS = 50_000
ROUNDS = 3
EVENTS_A_SECOND = 500
SEARCHES = 600
BY_LIKE = 60
PAUSE_S = 0.005
FOUND = 20
P99_PROMISED_MS = 10.0
MIB = 1 << 20
LETTERS = (
    "可口可乐百事雪碧农夫山泉矿泉水牛奶酸奶面包饼干薯片巧克力苹果香蕉橙子西瓜葡萄草莓红富士青大小号盒装袋瓶箱原味香辣麻酱油醋"
    "盐糖茶咖啡豆浆燕麦洗发沐浴露牙膏纸巾毛巾重庆火锅底料阿胶长寿面银耳莲子羹鲜榨果汁有机蔬菜"
)

Find = Callable[[Any, str], list[str]]


def items(chance: random.Random) -> list[dict[str, Any]]:
    """Products with names of 4 to 14 characters; few of them sell much."""
    return [
        {
            "sku": f"S{number}",
            "names": {"zh": "".join(chance.choices(LETTERS, k=chance.randint(4, 12))) + chance.choice(["", "500ml", "2L"])},
            "codes": [f"69{number:011}"],
            "price_minor": 100 + number % 900,
            "unit": "piece",
            "sold_before": int(chance.paretovariate(1) * 10),
        }
        for number in range(PRODUCTS)
    ]


def queries(products: list[dict[str, Any]], initials: list[str], chance: random.Random) -> list[str]:
    """One to three characters, two to five initials, a part of a code, and what nobody sells."""
    asked = []
    for number in range(SEARCHES):
        text = (
            chance.choice(products)["names"]["zh"],
            chance.choice(initials),
            chance.choice(products)["codes"][0],
            chance.choice(["龘龘", "zzqxj", "百乐龘"]),
        )[(0, 0, 0, 0, 1, 1, 1, 1, 2, 3)[number % 10]]
        length = chance.randint(1, 3) if not text.isascii() else chance.randint(2, 5)
        begins = chance.randrange(max(1, len(text) - length + 1))
        asked.append(text[begins : begins + length])
    return asked


async def round_of(folder: Path, seed: int) -> tuple[list[float], list[float], float, float]:
    """Milliseconds of searches by the index and by LIKE, the seconds that the index took, and the events a second meanwhile."""
    chance = random.Random(seed)
    journal = Journal(
        folder / "journal.db",
        limits=Limits(quota_bytes=512 * MIB, ballast_bytes=MIB, keep_sent=timedelta(1), keep_receipts=timedelta(1)),
        registry=Registry([*EVENTS, *SYNC_EVENTS]),
        migrations=(*JOURNAL_MIGRATIONS, *MIGRATIONS),
        stamp=Stamp(box="b" * 32, boot="boot-1", tz="Asia/Shanghai", clock=lambda: "synced"),
    )
    products = items(chance)
    async with journal:
        await adopt(journal, products)
        search = Search(journal=journal)
        began = time.perf_counter()
        await search._renew()
        made_s = time.perf_counter() - began
        rows = await journal.query(lambda db: db.execute("SELECT initials FROM catalogue_items LIMIT 2000").fetchall())
        asked = queries(products, [row[0].split(" ")[0] for row in rows], chance)
        async with asyncio.TaskGroup() as group:
            selling = group.create_task(sell(journal), name="sales")
            before, began = await recorded(journal), time.perf_counter()
            took = await searched(journal, asked, lambda db, words: search.find(words, FOUND, db))
            by_like = await searched(journal, asked[:BY_LIKE], lambda db, words: find_by_like(db, words, FOUND))
            rate = (await recorded(journal) - before) / (time.perf_counter() - began)
            selling.cancel()
    return took, by_like, made_s, rate


async def adopt(journal: Journal, products: list[dict[str, Any]]) -> None:
    adopter = catalogue_adopter(Shop.from_settings(Settings(), b"k" * 32))
    parsed = adopter.parse(msgspec.json.encode({"currency": "CNY", "items": products}))
    for step in adopter.stage(parsed, 1):
        await carry_out(journal, step, datetime.now(UTC))
    await carry_out(journal, lambda db: [*adopter.adopt(parsed, 1, db)].clear(), datetime.now(UTC))


async def sell(journal: Journal) -> None:
    """So many events a second, committed as they come."""
    due = time.perf_counter()
    while True:
        await journal.submit(box_started(version="bench", at=datetime.now(UTC), monotonic_ms=0))
        due += 1 / EVENTS_A_SECOND
        await asyncio.sleep(max(0.0, due - time.perf_counter()))


async def recorded(journal: Journal) -> int:
    """How many events there are."""
    return (await journal.figures()).last_sequence


async def searched(journal: Journal, asked: list[str], find: Find) -> list[float]:
    """Milliseconds of each search, with what it answers."""
    took = []
    for words in asked:
        began = time.perf_counter()
        await journal.query(lambda db, words=words: answer(db, find(db, words)))  # type: ignore[misc]
        took.append((time.perf_counter() - began) * 1000)
        await asyncio.sleep(PAUSE_S)
    return took


def answer(db: Any, skus: list[str]) -> list[tuple[int, bool]]:
    """What the page tells of each product."""
    at = datetime.now(UTC)
    found = (product_of(db, sku, at) for sku in skus)
    return [(product.price_minor, on_sale(db, product)) for product in found if product is not None]


def main() -> int:
    p50, p99, like50, like99, made, rates = [], [], [], [], [], []
    for seed in range(ROUNDS):
        with tempfile.TemporaryDirectory(prefix="storebox-bench-") as folder:
            took, by_like, made_s, rate = asyncio.run(round_of(Path(folder), seed))
        p50.append(statistics.median(took))
        p99.append(statistics.quantiles(took, n=100)[98])
        like50.append(statistics.median(by_like))
        like99.append(max(by_like))
        made.append(made_s)
        rates.append(rate)
    print(f"a search over {PRODUCTS} products while {EVENTS_A_SECOND} events/s are recorded, {ROUNDS} rounds: min / median / max")
    print(f"  by the index: p50 {spread(p50)} ms   p99 {spread(p99)} ms   promised p99 < {P99_PROMISED_MS:g}")
    print(f"  by LIKE:      p50 {spread(like50)} ms   longest {spread(like99)} ms")
    print(f"  making the index took {spread(made)} s   {spread(rates)} events/s were recorded")
    return 0 if statistics.median(p99) < P99_PROMISED_MS else 1


if __name__ == "__main__":
    sys.exit(main())
