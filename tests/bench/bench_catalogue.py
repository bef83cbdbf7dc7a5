"""How long an order waits for its commit while a large catalogue is adopted, against the same box at rest, in one run.

The catalogue goes through the real desk: signed, parsed, staged in slices between the commits, adopted by one flip.
"""

from __future__ import annotations

import asyncio
import statistics
import sys
import tempfile
import time
from collections.abc import Awaitable
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from io import BytesIO
from pathlib import Path

import msgspec
from joserfc.jwk import OKPKey

from config.schema import Settings
from edge.shop.catalogue.document import catalogue_adopter
from edge.shop.registry import EVENTS, MIGRATIONS
from edge.shop.shop import Shop
from sync.box_events import box_started
from sync.cloud.signing import Terms, sign_manifest
from sync.document_desk import Adopted, DocumentDesk
from sync.document_events import SYNC_EVENTS
from sync.documents import Manifest
from sync.entries import Limits, Stamp
from sync.events import Registry
from sync.identity import Trust
from sync.journal import Journal
from sync.schema import JOURNAL_MIGRATIONS
from sync.signatures import public_text
from tests.bench.fdatasync import fdatasync_p50_ms
from tests.bench.spread import spread

PRODUCTS = 50_000
ROUNDS = 5
EVERY_S = 0.005
P99_PROMISED_MS = 50.0
MIB = 1 << 20


async def round_of(folder: Path) -> tuple[list[float], list[float], float]:
    """Milliseconds of lone events at rest and during the adoption, and the seconds that the adoption took."""
    key, shop = OKPKey.generate_key("Ed25519", private=True), Shop.from_settings(Settings(), b"k" * 32)
    journal = Journal(
        folder / "journal.db",
        limits=Limits(quota_bytes=512 * MIB, ballast_bytes=MIB, keep_sent=timedelta(1), keep_receipts=timedelta(1)),
        registry=Registry([*EVENTS, *SYNC_EVENTS]),
        migrations=(*JOURNAL_MIGRATIONS, *MIGRATIONS),
        stamp=Stamp(box="b" * 32, boot="boot-1", tz="Asia/Shanghai", clock=lambda: "synced"),
    )
    body = ndjson()

    async def fetched(manifest: Manifest) -> BytesIO:
        assert manifest.size == len(body)
        return BytesIO(body)

    async with journal:
        desk = DocumentDesk(
            journal,
            [catalogue_adopter(shop)],
            box="b" * 32,
            trust=lambda: Trust(signing_key=public_text(key), store=None),
            clock=lambda: "synced",
            fetch=fetched,
        )
        rest = await commits_while(journal, asyncio.sleep(1.0))
        began = time.perf_counter()
        first = await commits_while(journal, adopted(desk, signed(key, 1, body)))
        took_s = time.perf_counter() - began
        replacing = await commits_while(journal, adopted(desk, signed(key, 2, body)))
    return rest, first + replacing, took_s


def ndjson() -> bytes:
    """A catalogue as headquarters publishes a large one: its body without the items, then an item a line."""
    same = {"price_minor": 100, "unit": "piece"}
    items = (
        {"sku": f"S{number}", "names": {"zh": f"商品 {number}"}, "codes": [f"69{number:011}"], **same}
        for number in range(PRODUCTS)
    )
    return b"\n".join(map(msgspec.json.encode, [{"currency": "CNY"}, *items]))


def signed(key: OKPKey, version: int, body: bytes) -> str:
    """The manifest of ``body``."""
    terms = Terms(kind="catalogue", version=version, issued_at=datetime.now(UTC))
    manifest = Manifest(sha256=sha256(body).hexdigest(), size=len(body), url="bodies/1", rows="items")
    return sign_manifest(key, terms, manifest)


async def adopted(desk: DocumentDesk, jws: str) -> None:
    assert isinstance(await desk.adopt(jws), Adopted)


async def commits_while(journal: Journal, work: Awaitable[None]) -> list[float]:
    """Milliseconds of lone events, one after the other, until ``work`` is done."""
    took = []
    task = asyncio.ensure_future(work)
    while not task.done():
        began = time.perf_counter()
        await journal.record(box_started(version="bench", at=datetime.now(UTC), monotonic_ms=0))
        took.append((time.perf_counter() - began) * 1000)
        await asyncio.sleep(EVERY_S)
    await task
    return took


def main() -> int:
    rest, busy, worst, seconds, syncs = [], [], [], [], []
    for _ in range(ROUNDS):
        with tempfile.TemporaryDirectory(prefix="storebox-bench-") as folder:
            at_rest, during, took_s = asyncio.run(round_of(Path(folder)))
            syncs.append(fdatasync_p50_ms(Path(folder)))
        rest.append(statistics.quantiles(at_rest, n=100)[98])
        busy.append(statistics.quantiles(during, n=100)[98])
        worst.append(max(during))
        seconds.append(took_s)
    print(f"a lone order's commit while {PRODUCTS} products are adopted and replaced, {ROUNDS} rounds: min / median / max")
    print(f"  p99 at rest {spread(rest)} ms   p99 during {spread(busy)} ms   longest {spread(worst)} ms   promised p99 < 50")
    print(f"  adopting took {spread(seconds)} s   fdatasync p50 {spread(syncs)} ms")
    return 0 if statistics.median(busy) < P99_PROMISED_MS else 1


if __name__ == "__main__":
    sys.exit(main())
