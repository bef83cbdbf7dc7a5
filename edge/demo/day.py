"""``storebox sim day``: a whole day in a shop, as fast as its clock is told to run, with an outage and two restarts.

Everything is real but the time of day: broker, cloud, box and devices are processes, bytes go over serial lines and MQTT. The
shop opens at 8 and closes at 22 o'clock; the line to the cloud is cut from 11 to 15; the box is killed at half past twelve and
stopped and started again at 17. In the evening the cloud's totals must be the shop's own, to the last fen.
"""

from __future__ import annotations

import argparse
import asyncio
import shutil
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from random import Random
from zoneinfo import ZoneInfo

from rich.console import Console

from edge.demo.books import Books, cloud_books
from edge.demo.loyalty import Loyalty
from edge.demo.play import drained
from edge.demo.regulars import Regulars
from edge.demo.shopping import PATIENCE_S, Goods, Lane, stocked
from edge.demo.stage import Stage, StageBroken, stage, until
from edge.host.wall_clock import WallClock
from edge.supervisor import only

DAY = "2026-11-21"
OPENS, CLOSES = 8, 22
OUTAGE = (11.0, 15.0)
KILLED, RESTARTED = 12.5, 17.0
BEFORE_S = 40.0
"""Real seconds before opening in which everything is set up."""

SETTLED_S = 120.0
WEIGHED_SHARE = 8
"""One in so many goods is weighed: a pan takes real seconds to settle."""


@dataclass(slots=True, kw_only=True)
class Day:
    """One simulated day; ``hour`` is an hour of the shop's wall clock, as 12.5 for half past twelve."""

    shop: Stage
    clock: WallClock
    random: Random
    console: Console
    loyalty: Loyalty
    books: Books = field(default_factory=Books)

    async def play(self, orders: int, visits: int) -> None:
        """Everything that happens until the shop closes."""
        goods = stocked()
        often = tuple(each for each in goods if not each.by_weight) * WEIGHED_SHARE + tuple(
            each for each in goods if each.by_weight
        )
        lanes = [self._lane(n, often) for n in (1, 2)]
        shares = [orders // 2, orders - orders // 2]
        async with asyncio.TaskGroup() as group:
            for lane, share in zip(lanes, shares, strict=True):
                group.create_task(self._serve(lane, share), name=lane.till)
            for shelf, slot, share in self._slots(visits):
                group.create_task(self._hands(shelf, slot, share), name=f"{shelf}/{slot}")
            group.create_task(self._trouble(), name="trouble")
        for lane in lanes:
            self.books.paid += lane.paid
            self.books.voided += lane.voided
            self.books.members += lane.members
            self.books.money += lane.by_tender
            if lane.regulars is not None:
                self.books.add(lane.regulars.books)

    def _lane(self, number: int, goods: tuple[Goods, ...]) -> Lane:
        till, random = f"till-{number}", Random(number)  # noqa: S311
        regulars = Regulars(shop=self.shop, till=till, loyalty=self.loyalty, random=random, now=self.clock.now)
        return Lane(shop=self.shop, till=till, scale=f"scale-{number}", random=random, goods=goods, regulars=regulars)

    async def until_hour(self, hour: float) -> None:
        """Wait until the shop's clock shows ``hour``."""
        left = (_at(hour) - self.clock.now()).total_seconds() / self.clock.speed
        if left > 0:
            await asyncio.sleep(left)

    async def _serve(self, lane: Lane, orders: int) -> None:
        for hour in self._hours(orders):
            await self.until_hour(hour)
            await lane.shopper()

    def _slots(self, visits: int) -> list[tuple[str, str, int]]:
        """Every slot with its share of the visits."""
        places = [
            (name, slot) for name, plugged in self.shop.settings.device.items() for slot in getattr(plugged.settings, "slots", {})
        ]
        return [(*place, visits // len(places) + (n < visits % len(places))) for n, place in enumerate(places)]

    async def _hands(self, shelf: str, slot: str, visits: int) -> None:
        """Take a piece or two; every third puts one back. Each waits until the shelf has settled and told of the one before."""
        goods, simulator, lying = self.shop.settings.device[shelf].settings.slots[slot], self.shop.simulators[shelf], 100
        for n, hour in enumerate(self._hours(visits)):
            await self.until_hour(hour)
            back, pieces = n % 3 == 2, 1 if n % 3 == 2 else self.random.randint(1, 2)
            if lying < 4:
                back, pieces = True, 60
            lying += pieces if back else -pieces
            told = self._told(shelf, slot)
            await simulator.order(f"{'put' if back else 'pick'} {slot} {pieces * goods.unit_grams}")
            await simulator.shows(lambda told=told: self._told(shelf, slot) > told, deadline_s=PATIENCE_S)  # type: ignore[misc]
            (self.books.put if back else self.books.picked)[goods.sku] += pieces

    def _told(self, shelf: str, slot: str) -> int:
        """How many moves of the slot the shelf has told of; it repeats each until it is acknowledged."""
        return len({told["id"] for told in self.shop.simulators[shelf].all("sent") if told.get("slot") == slot})

    def _hours(self, count: int) -> list[float]:
        return sorted(self.random.uniform(OPENS, CLOSES - 0.5) for _ in range(count))

    async def _trouble(self) -> None:
        await self.until_hour(OUTAGE[0])
        self.console.print("11:00  the line to the cloud is cut; the shop goes on")
        await self.shop.cloud.kill()
        await self.until_hour(KILLED)
        self.console.print("12:30  the box is killed with SIGKILL")
        await self.shop.box.kill()
        await self.shop.box.start()
        await self.shop.box_answers()
        await self.until_hour(OUTAGE[1])
        self.console.print("15:00  the line is mended")
        await self.shop.cloud.start()
        await self.shop.cloud_answers()
        await self.until_hour(RESTARTED)
        self.console.print("17:00  the box is stopped and started again")
        await self.shop.box.stop()
        await self.shop.box.start()
        await self.shop.box_answers()
        await self.until_hour(CLOSES)

    async def counted(self) -> None:
        """Wait until the box's own report of the day says what the shop says. Raises StageBroken."""

        async def agrees() -> bool:
            told = await self.shop.ask(f"/api/insight/funnel?first={DAY}&last={DAY}")
            row = told["rows"][0] if told else {}
            told_of = (row.get("orders"), row.get("revenue_minor"), row.get("refunded_minor"))
            return told_of == (self.books.paid, self.books.taken_minor, sum(self.books.given_back.values()))

        try:
            async with asyncio.timeout(SETTLED_S):
                await until(agrees)
        except TimeoutError as error:
            told = await self.shop.ask(f"/api/insight/funnel?first={DAY}&last={DAY}")
            raise StageBroken(f"the box's report of the day says {told}, the shop {self.books}") from error


def main(arguments: Sequence[str]) -> int:
    """Play the day; 0 when the shop, the box's report and the cloud agree."""
    parser = argparse.ArgumentParser(prog="storebox sim day", description=(__doc__ or "").split("\n\n", maxsplit=1)[0])
    parser.add_argument("--speed", type=float, default=200.0, help="how many times as fast as real time (200)")
    parser.add_argument("--orders", type=int, default=300, help="shoppers at the tills (300)")
    parser.add_argument("--visits", type=int, default=2_000, help="hands at the shelves (2000)")
    parser.add_argument("--seed", type=int, default=1, help="another seed is another day (1)")
    asked = parser.parse_args(arguments)
    folder, console = Path(tempfile.mkdtemp(prefix="storebox-day-")), Console(soft_wrap=True)
    try:
        differences = asyncio.run(play_day(folder, asked, console))
    except ExceptionGroup as failed:
        if not isinstance(broken := only(failed), StageBroken):
            raise
        console.print(f"the day could not be played: {broken}\nlogs: {folder}", markup=False)
        return 1
    if differences:
        console.print("\n".join([*differences, f"logs: {folder}"]), markup=False)
        return 1
    shutil.rmtree(folder)
    return 0


async def play_day(folder: Path, asked: argparse.Namespace, console: Console) -> list[str]:
    """Where shop and cloud differ, in words. Raises StageBroken."""
    start = _at(OPENS) - timedelta(seconds=BEFORE_S * asked.speed)
    words = f"{start.isoformat()},{asked.speed},{time.monotonic_ns() // 1_000_000}"
    console.print(f"a day of {asked.orders} orders and {asked.visits} hands at the shelves, {asked.speed:g} times as fast …")
    async with stage(folder, "day.toml", words) as shop:
        random = Random(asked.seed)  # noqa: S311
        loyalty = Loyalty(random=random)
        for kind, body in loyalty.documents(folder).items():
            await shop.publish(kind, body)
        day = Day(shop=shop, clock=WallClock.read(words), random=random, console=console, loyalty=loyalty)
        await day.play(asked.orders, asked.visits)
        console.print("22:00  the shop is closed; waiting for the last acknowledgements and for the cloud …")
        await drained(shop)
        await day.counted()
        await shop.box.stop()
        await shop.cloud.stop()
        cloud = cloud_books(shop.sink, DAY)
    own = day.books
    console.print(
        f"{own.paid} orders paid, {own.voided} voided, {own.members} members named, {own.taken_minor} fen taken; "
        f"{sum(own.picked.values())} pieces picked, {sum(own.put.values())} put back"
    )
    console.print(
        f"{own.refunds} refunds, {sum(own.given_back.values())} fen given back; "
        f"{own.coupons} coupons spent and {own.coupons_back} taken back; "
        f"points: {own.earned} earned, {own.reversed} reversed, {own.spent} spent, {own.returned} returned; "
        f"{own.verified['code']} members by code, {own.verified['dynamic']} by one-time code"
    )
    differences = own.differences(cloud)
    if not differences:
        console.print("the cloud's totals are the shop's own, to the last fen")
    return differences


def _at(hour: float) -> datetime:
    return datetime.fromisoformat(DAY).replace(tzinfo=ZoneInfo("Asia/Shanghai")) + timedelta(hours=hour)
