"""Watches the room for the scenes: whether the devices have reached what is wanted, whether an alarm is raised, what to sample.

Readings of lights and climate are only shown, never decided; here the board is looked at while something is awaited, and the
shop is asked to decide only when there is news.
"""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import NoReturn

from edge.shop.scenes.document import Body, scenes_in
from edge.shop.scenes.following import Room, Seen, follow_up, has_news, is_same
from edge.shop.scenes.safety import end_alarm, raise_alarm, raised, source_of
from edge.shop.scenes.sampling import is_sampled, sample
from edge.shop.scenes.store_events import Sample
from edge.shop_desk import ShopDesk
from edge.status import Board
from sync.events import EventClass

PLACE = "scenes"
SAFE_AGAIN = "it says that it is safe again"
TAKEN_OUT = "it was taken out of the settings"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Watched:
    """What the tables say that the room must be looked at for."""

    plan: Body
    raised: frozenset[str]
    follow: bool
    sample: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class SceneWatch:
    """``plugged()`` are the devices of the settings in use: an alarm of one that was taken out must not hold for ever."""

    desk: ShopDesk
    board: Board
    plugged: Callable[[], Mapping[str, object]]
    look_s: float

    async def run(self) -> NoReturn:
        """Look until cancelled. Raises JournalUnavailable."""
        while True:
            await self.look()
            await asyncio.sleep(self.look_s)

    async def look(self) -> None:
        """Once. Raises JournalUnavailable."""
        room = self._room()
        watched = await self.desk.journal.query(partial(self._watched, room))
        if watched is None:
            return
        await self._mind_safety(watched, room)
        if watched.follow:
            await self.desk.decide(follow_up(room), place=PLACE, asked="follow")
        if watched.sample:
            await self._sample(watched.plan, room)

    def _watched(self, room: Room, db: sqlite3.Connection) -> _Watched | None:
        planned = scenes_in(db)
        if planned is None:
            return None
        at, plan = self.desk.now(), planned[1]
        return _Watched(
            plan=plan,
            raised=raised(db),
            follow=has_news(db, room, at),
            sample=bool(plan.samples) and not is_sampled(db, at),
        )

    def _room(self) -> Room:
        """The properties of every device that is there."""
        return {
            name: {key: Seen(value=seen.value, target=seen.target) for key, seen in status.properties.items()}
            for name, status in self.board.devices.items()
            if status.state == "up"
        }

    async def _mind_safety(self, watched: _Watched, room: Room) -> None:
        """An input that is silent says nothing new: its alarm holds."""
        for safety in watched.plan.safety:
            source = source_of(safety)
            seen = room.get(safety.device, {}).get(safety.property)
            unsafe = seen is not None and is_same(safety.value, seen.value)
            if unsafe and source not in watched.raised:
                await self.desk.decide(raise_alarm(safety), place=safety.device, asked="alarm")
            elif source in watched.raised and not unsafe and (seen is not None or safety.device not in self.plugged()):
                cause = TAKEN_OUT if seen is None else SAFE_AGAIN
                await self.desk.decide(end_alarm(source, cause), place=safety.device, asked="end of alarm")

    async def _sample(self, plan: Body, room: Room) -> None:
        samples = tuple(
            Sample(
                device=each.device,
                property=each.property,
                zone=each.zone,
                value=seen.value,
                unit=self.board.devices[each.device].properties[each.property].unit,
            )
            for each in plan.samples
            if (seen := room.get(each.device, {}).get(each.property)) is not None
        )
        if samples:
            await self.desk.decide(sample(samples), place=PLACE, asked="sample", event_class=EventClass.TELEMETRY)
