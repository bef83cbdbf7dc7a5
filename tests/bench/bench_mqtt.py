"""How fast a message of a device becomes durable and is acknowledged, beside paho clients that keep nothing.

``make bench WHAT=mqtt``, or ``python tests/bench/bench_mqtt.py [ROUNDS] [FOLDER]``. The ways run in turn, round after round:

    paho          paho as most programs run it: on its own thread, each message acknowledged at once
    at once       paho on the event loop, with a socket that spares it the system calls, each message acknowledged at once
    no journal    the box's own connection, which cuts the messages from the stream itself, each acknowledged at once
    journal       the same connection, then the journal: event and receipt, COMMIT, PUBACK
    till          all that the box does: decoded, shown, decided by the shop, COMMIT, the box's own ack, PUBACK
    one by one    as journal, but the next message is taken only when the last is committed
"""

from __future__ import annotations

import asyncio
import statistics
import sys
import tempfile
from datetime import timedelta
from pathlib import Path

from edge.shop.registry import EVENTS, MIGRATIONS
from sync.entries import Limits, Stamp
from sync.events import Registry
from sync.journal import Journal
from sync.schema import JOURNAL_MIGRATIONS
from tests.bench.fdatasync import fdatasync_p50_ms
from tests.bench.mqtt_backlog import Backlog
from tests.bench.mqtt_till import through_the_till
from tests.bench.mqtt_ways import (
    Bench,
    Told,
    Way,
    at_once,
    no_journal,
    one_by_one,
    paho_alone,
    through_the_journal,
)
from tests.conftest import Mosquitto

MESSAGES = 6000
ONE_BY_ONE = 600
PROMISED_SHARE = 0.8
WAYS: dict[str, tuple[Way, int]] = {
    "paho": (paho_alone, MESSAGES),
    "at once": (at_once, MESSAGES),
    "no journal": (no_journal, MESSAGES),
    "journal": (through_the_journal, MESSAGES),
    "till": (through_the_till, MESSAGES),
    "one by one": (one_by_one, ONE_BY_ONE),
}


def journal_in(folder: Path) -> Journal:
    """A journal with the shop's tables."""
    keep = timedelta(days=30)
    return Journal(
        folder / "journal.db",
        limits=Limits(quota_bytes=8 << 30, ballast_bytes=1 << 20, keep_sent=keep, keep_receipts=keep),
        registry=Registry([*EVENTS, Told]),
        migrations=[*JOURNAL_MIGRATIONS, *MIGRATIONS],
        stamp=Stamp(box="box-1", boot="boot-1", tz="Asia/Shanghai", clock=lambda: "synced"),
    )


async def measured(rounds: int, folder: Path) -> tuple[dict[str, list[float]], list[float]]:
    """Messages a second by way, and fdatasync's p50 in ms, of each round."""
    rates: dict[str, list[float]] = {name: [] for name in WAYS}
    flushes = []
    mosquitto = Mosquitto(folder / "mosquitto")
    mosquitto.start()
    try:
        async with journal_in(folder) as journal:
            bench = Bench(backlog=Backlog(mosquitto), journal=journal)
            for _ in range(rounds):
                flushes.append(fdatasync_p50_ms(folder))
                for name, (way, count) in WAYS.items():
                    await bench.backlog.fill(count)
                    rates[name].append(await way(bench, count))
    finally:
        mosquitto.kill()
    return rates, flushes


def share(rates: dict[str, list[float]], name: str, of: str) -> float:
    """The median over the rounds."""
    return statistics.median(one / other for one, other in zip(rates[name], rates[of], strict=True))


def main(rounds: int = 5, folder: Path | None = None) -> int:
    """Print what was measured; 1 when the journal holds a device back more than promised."""
    with tempfile.TemporaryDirectory(dir=folder, prefix="storebox-bench-") as where:
        rates, flushes = asyncio.run(measured(rounds, Path(where)))
    print(f"{'MQTT QoS 1, messages/s':24}{'min':>8} {'median':>8} {'max':>8}   of paho   of at once")
    for name, values in rates.items():
        shares = f"{share(rates, name, 'paho'):9.2f} {share(rates, name, 'at once'):12.2f}"
        print(f"{name:24}{min(values):>8.0f} {statistics.median(values):>8.0f} {max(values):>8.0f} {shares}")
    print(f"{'fdatasync p50, ms':24}{min(flushes):>8.3f} {statistics.median(flushes):>8.3f} {max(flushes):>8.3f}")
    print(f"journal: {share(rates, 'journal', 'one by one'):.1f} x one by one; promised at least {PROMISED_SHARE} of at once")
    return 0 if share(rates, "journal", "at once") >= PROMISED_SHARE else 1


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]) if len(sys.argv) > 1 else 5, Path(sys.argv[2]) if len(sys.argv) > 2 else None))
