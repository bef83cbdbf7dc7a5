"""A smart shelf on load cells: hands take and put, the cells swing and settle, and one event goes out for each change.

storebox sim shelf/load-cell --broker 127.0.0.1:1883 --box box-1 --device shelf-1 --password-file FILE --slot a1=cola:330x20
"""

from __future__ import annotations

import argparse
import asyncio
import random
import re
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from typing import Any, Self

from drivers.sim.mqtt_commands import device_arguments, run_device
from drivers.sim.mqtt_device import MqttDevice, Told
from drivers.sim.orders import Orders
from drivers.sim.settling import Change, Settling


@dataclass(slots=True, kw_only=True)
class SlotSim:
    """One slot. ``goods`` are SKU to grams of a piece; ``grams`` is what really lies there, ``leaning_g`` a hand on it."""

    goods: Mapping[str, int]
    grams: float = 0
    remembered_g: int | None = None
    settling: Settling = field(init=False)

    def candidates(self, delta_g: int) -> list[Told]:
        """Which goods would explain the change; two that weigh the same are both named."""
        found = []
        for sku, unit_g in self.goods.items():
            qty = round(abs(delta_g) / unit_g)
            off = abs(abs(delta_g) - qty * unit_g) / unit_g
            if qty and off <= 0.1 * qty:
                found.append((sku, qty, 1 - off))
        return [{"sku": sku, "qty": qty, "p": round(fit / len(found), 3)} for sku, qty, fit in found]


class LoadCellSim:
    """``slots`` by name. ``noise_g`` is the sigma of a sample, ``spikes`` the share of wild ones, ``drift_g_s`` the creep."""

    def __init__(
        self,
        address: tuple[str, int],
        *,
        box: str,
        device: str,
        password: str,
        slots: Mapping[str, SlotSim],
        settle_ms: int = 800,
        sample_ms: int = 25,
        window: int = 1,
        tell: Callable[[Told], None] | None = None,
    ) -> None:
        self.slots, self.noise_g, self.spikes, self.drift_g_s = dict(slots), 1.0, 0.0, 0.0
        self.knows_goods = True
        self._sample_ms, self._random = sample_ms, random.Random(711)
        description = {"kind": "shelf", "model": "load-cell simulator", "firmware": "1", "properties": {}}
        for name, slot in self.slots.items():
            remembered = round(slot.grams) if slot.remembered_g is None else slot.remembered_g
            slot.settling = Settling(unit_g=min(slot.goods.values()), settle_ms=settle_ms, remembered_g=remembered)
            description["properties"][f"level-{name}"] = {"unit": "g"}  # type: ignore[index]
        self.mqtt = MqttDevice(
            address, box=box, device=device, password=password, description=description, window=window, tell=tell
        )
        self.mqtt.settable.add("lamp")
        self._open, self._sampled = AsyncExitStack(), asyncio.Event()
        for name, slot in self.slots.items():
            self.mqtt.properties[f"level-{name}"] = str(slot.settling.remembered_g)

    async def __aenter__(self) -> Self:
        await self._open.enter_async_context(self.mqtt)
        tasks = await self._open.enter_async_context(asyncio.TaskGroup())
        sampling = tasks.create_task(self._sample(), name="load cells")
        self._open.callback(sampling.cancel)
        return self

    async def __aexit__(self, *exc: object) -> None:
        await self._open.aclose()

    def pick(self, slot: str, grams: float) -> None:
        """A hand takes goods of this weight off the slot."""
        self.slots[slot].grams -= grams

    def put(self, slot: str, grams: float) -> None:
        """A hand puts goods of this weight on the slot."""
        self.slots[slot].grams += grams

    async def settled(self, deadline_s: float = 30.0) -> None:
        """Wait until the cells believe what really lies on the slots; raises TimeoutError."""
        async with asyncio.timeout(deadline_s):
            while not all(slot.settling.settled_at(slot.grams) for slot in self.slots.values()):
                self._sampled.clear()
                await self._sampled.wait()

    async def _sample(self) -> None:
        while True:
            await asyncio.sleep(self._sample_ms / 1000)
            now_ms = time.monotonic_ns() // 1_000_000
            for name, slot in self.slots.items():
                slot.grams += self.drift_g_s * self._sample_ms / 1000
                change = slot.settling.feed(self._measured(slot), now_ms)
                if change is not None:
                    self._say(name, slot, change)
            self._sampled.set()

    def _measured(self, slot: SlotSim) -> float:
        if self._random.random() < self.spikes:
            return slot.grams + self._random.choice((-1, 1)) * 5000
        return self._random.gauss(slot.grams, self.noise_g)

    def _say(self, name: str, slot: SlotSim, change: Change) -> None:
        delta_g = change.after_g - change.before_g
        told: dict[str, Any] = {"slot": name, "delta_g": delta_g, "before_g": change.before_g, "after_g": change.after_g}
        if self.knows_goods and change.kind != "adjust":
            told["candidates"] = slot.candidates(delta_g)
        self.mqtt.event(change.kind, **told)
        self.mqtt.report(f"level-{name}", str(change.after_g))


def parsed_slot(text: str) -> tuple[str, SlotSim]:
    """``a1=cola:330x20,juice:340x5``: twenty pieces of 330 g and five of 340 g lie on slot a1. Raises ArgumentTypeError."""
    name, _, goods = text.partition("=")
    units, grams = {}, 0
    for one in goods.split(","):
        piece = re.fullmatch(r"([^:]+):([0-9]+)(?:x([0-9]+))?", one)
        if piece is None:
            raise argparse.ArgumentTypeError(f"{text!r} is not SLOT=SKU:GRAMSxCOUNT,…, for example a1=cola:330x20")
        units[piece[1]] = int(piece[2])
        grams += int(piece[2]) * int(piece[3] or 0)
    return name, SlotSim(goods=units, grams=grams)


ORDERS: Orders = {
    "pick": ("SLOT GRAMS", lambda shelf, slot, grams: shelf.pick(slot, float(grams))),
    "put": ("SLOT GRAMS", lambda shelf, slot, grams: shelf.put(slot, float(grams))),
    "noise": ("GRAMS", lambda shelf, grams: setattr(shelf, "noise_g", float(grams))),
    "spikes": ("SHARE", lambda shelf, share: setattr(shelf, "spikes", float(share))),
    "drift": ("GRAMS_PER_SECOND", lambda shelf, drift: setattr(shelf, "drift_g_s", float(drift))),
}


def main(argv: Sequence[str] | None = None) -> int:
    """Run a shelf until a signal or ``quit``."""
    parser = device_arguments("shelf/load-cell", ORDERS)
    parser.add_argument("--slot", action="append", required=True, type=parsed_slot, metavar="NAME=SKU:GRAMSxCOUNT[,…]")
    parser.add_argument("--settle-ms", type=int, default=800)
    return run_device(
        parser,
        argv,
        ORDERS,
        lambda given, login: LoadCellSim(**login, slots=dict(given.slot), settle_ms=given.settle_ms),
    )
