"""What runs in a process of its own because it will be killed: the reference cloud, and a box that sells and uploads."""

from __future__ import annotations

import asyncio
from itertools import count
from pathlib import Path

from sync.cloud.server import serve
from sync.cloud_client import CloudClient
from sync.uploader import Uploader
from tests.sync.cloud.small_shop import Sold, entry, open_shop, quick, running

AT_ONCE = 500


def serve_until_killed(host: str, port: int, sink_url: str) -> None:
    """Print the address, and serve."""
    asyncio.run(serve(host, port, sink_url, ready=lambda address: print(address, flush=True)))


def sell_until_killed(folder: Path, url: str, first: int, early: bool) -> None:
    """Record numbers from ``first`` on, AT_ONCE at a time; print the last of them when recorded, or before (``early``)."""
    asyncio.run(_sell(folder, url, first, early))


async def _sell(folder: Path, url: str, first: int, early: bool) -> None:
    async with (
        open_shop(folder) as shop,
        CloudClient(url) as client,
        running(Uploader(shop.journal, client, shop.claim, batch_events=50, linger_ms=0, backoff=quick()).run()),
    ):
        for start in count(first, AT_ONCE):
            numbers = range(start, start + AT_ONCE)
            if early:
                print(numbers[-1], flush=True)
            told = [await shop.journal.submit(entry(Sold(number=number))) for number in numbers]
            await asyncio.gather(*told)
            if not early:
                print(numbers[-1], flush=True)
