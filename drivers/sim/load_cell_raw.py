"""A shelf of plain load cells: it knows no goods and no moves, it only says what its four cells weigh, many times a second.

storebox sim shelf/load-cell-raw --broker 127.0.0.1:1883 --box box-1 --device shelf-1 --password-file FILE --slot a1=6600
"""

from __future__ import annotations

import argparse
import asyncio
import json
import random
import re
import time
import uuid
from collections.abc import Callable, Mapping, Sequence
from contextlib import AsyncExitStack
from typing import Self

from drivers.sim.mqtt_commands import device_arguments, run_device
from drivers.sim.mqtt_device import MqttDevice, Told
from drivers.sim.orders import Orders

CELLS = 4


class RawLoadCellSim:
    """``grams`` by slot is what really lies there. ``noise_g`` is the sigma of a sample, ``spikes`` the share of wild ones."""

    def __init__(
        self,
        address: tuple[str, int],
        *,
        box: str,
        device: str,
        password: str,
        grams: Mapping[str, float],
        sample_ms: int = 50,
        tell: Callable[[Told], None] | None = None,
    ) -> None:
        self.grams, self.noise_g, self.spikes, self.drift_g_s = dict(grams), 1.0, 0.0, 0.0
        self.sample_ms, self._random, self._seq = sample_ms, random.Random(711), 0
        self.boot = uuid.uuid4().hex[:8]
        description = {"kind": "shelf", "model": "plain load cells, simulated", "firmware": "1", "properties": {}}
        self.mqtt = MqttDevice(address, box=box, device=device, password=password, description=description, tell=tell)
        self._open = AsyncExitStack()

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
        self.grams[slot] -= grams

    def put(self, slot: str, grams: float) -> None:
        """A hand puts goods of this weight on the slot."""
        self.grams[slot] += grams

    def power_cycle(self) -> None:
        """Off and on: it counts its samples from the beginning, under another name."""
        self.boot, self._seq = uuid.uuid4().hex[:8], 0

    async def _sample(self) -> None:
        while True:
            await asyncio.sleep(self.sample_ms / 1000)
            self._seq += 1
            for slot in self.grams:
                self.grams[slot] += self.drift_g_s * self.sample_ms / 1000
                if not self.mqtt.mute:
                    self.mqtt.raw(f"state/raw-{slot}", self._said(slot), qos=0)

    def _said(self, slot: str) -> bytes:
        wild = 5_000 if self._random.random() < self.spikes else 0
        cells = [round(self._random.gauss(self.grams[slot] / CELLS, self.noise_g / CELLS)) for _ in range(CELLS - 1)]
        cells.append(round(self._random.gauss(self.grams[slot], self.noise_g)) - sum(cells) + wild)
        return json.dumps(
            {"boot": self.boot, "seq": self._seq, "t_ms": time.monotonic_ns() // 1_000_000, "cells": cells}
        ).encode()


def parsed_slot(text: str) -> tuple[str, float]:
    """``a1=6600``: 6.6 kg lie on slot a1. Raises ArgumentTypeError."""
    told = re.fullmatch(r"([a-z0-9-]{1,24})=([0-9]{1,6})", text)
    if told is None:
        raise argparse.ArgumentTypeError(f"{text!r} is not SLOT=GRAMS, for example a1=6600")
    return told[1], float(told[2])


ORDERS: Orders = {
    "pick": ("SLOT GRAMS", lambda shelf, slot, grams: shelf.pick(slot, float(grams))),
    "put": ("SLOT GRAMS", lambda shelf, slot, grams: shelf.put(slot, float(grams))),
    "noise": ("GRAMS", lambda shelf, grams: setattr(shelf, "noise_g", float(grams))),
    "spikes": ("SHARE", lambda shelf, share: setattr(shelf, "spikes", float(share))),
    "drift": ("GRAMS_PER_SECOND", lambda shelf, drift: setattr(shelf, "drift_g_s", float(drift))),
    "power-cycle": ("", lambda shelf: shelf.power_cycle()),
}


def main(argv: Sequence[str] | None = None) -> int:
    """Run a shelf until a signal or ``quit``."""
    parser = device_arguments("shelf/load-cell-raw", ORDERS)
    parser.add_argument("--slot", action="append", required=True, type=parsed_slot, metavar="NAME=GRAMS")
    return run_device(parser, argv, ORDERS, lambda given, login: RawLoadCellSim(**login, grams=dict(given.slot)))
