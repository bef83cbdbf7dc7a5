"""Watches the board and the journal and puts what changed on the feed, while anyone looks.

Two loops, so that a slow disk never holds up a live weight. A changed value goes out at once, one that only grew older at
most once a second.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

import msgspec

from edge.discovery.discovery import Discovery
from edge.shop.jobs import jobs_for_people
from edge.status import DeviceStatus
from edge.web.discoveries import show_discoveries
from edge.web.feed import Feed
from edge.web.kept import JournalShown, show_events, show_journal, show_unread
from edge.web.kiosk_cards import Kiosklist
from edge.web.look import Look
from edge.web.shown import (
    AlarmsShown,
    DeviceShown,
    DevicesShown,
    SyncShown,
    show_alarms,
    show_device,
    show_overall,
    show_recognition,
    show_sync,
)
from edge.web.takings import show_takings, takings_now
from edge.web.view import View
from edge.web.waiting import JobsShown, show_jobs
from edge.web.words import Language, Words
from sync.disk import JournalUnavailable

PACE_S = 0.04  # the feed is looked at for changes at most 25 times a second: a hand on a scale sees no difference
OLDER_S = 1.0
TURN_S = 1.0
JOURNAL_PACE_S = 0.1
JOURNAL_TURN_S = 5.0
JOURNAL_DEADLINE_S = 5.0
EVENTS_SHOWN = 12

T = TypeVar("T", bound=msgspec.Struct)


@dataclass(slots=True, kw_only=True)
class Lookout:
    """Fills ``feed`` from the box that ``view`` shows, in every language of ``words``."""

    view: View
    words: Mapping[Language, Words]
    feed: Feed
    kiosks: Kiosklist
    _out: dict[str, tuple[DeviceStatus, float]] = field(default_factory=dict)
    _discovered: tuple[Sequence[Discovery], tuple[str, ...]] | None = None

    async def watch_board(self) -> None:
        """Keep the devices, the sync and the alarms on the feed; never returns."""
        seen = -1
        while True:
            self.view.pulse.turn()
            seen = await within(TURN_S, self.view.board.changed(seen), seen)
            if self.feed.listeners and self.look_at_board():
                await asyncio.sleep(PACE_S)

    async def watch_journal(self) -> None:
        """Keep the journal and the last events on the feed; never returns."""
        seen = -1
        while True:
            seen = await within(JOURNAL_TURN_S, self.view.journal.watch(seen), seen)
            if self.feed.listeners:
                await self.look_at_journal()
            await asyncio.sleep(JOURNAL_PACE_S)

    def look_at_board(self) -> bool:
        """Put up what changed on the board; says whether anything did."""
        board = self.view.board
        before = self.feed.version
        for status in board.devices.values():
            self._put_device(status)
        self._drop_unplugged()
        self.feed.put("sync", "sync", self._in_each(lambda words: show_sync(board.sync, words)))
        faces = board.faces
        if faces is not None:
            self.feed.put("recognition", "recognition", self._in_each(lambda words: show_recognition(faces, words)))
        self.feed.put("kiosks", "kiosks", self._in_each(self.kiosks.cards))
        self._put_discoveries()
        self.feed.put("alarms", "alarms", self._in_each(lambda words: show_alarms(board.alarms, words)))
        self._put_overall()
        return self.feed.version != before

    async def look_at_journal(self) -> None:
        """Put up how the journal stands and what happened last."""
        zone = ZoneInfo(self.view.settings.store.timezone)
        currency = self.view.settings.store.currency
        try:
            async with asyncio.timeout(JOURNAL_DEADLINE_S):
                figures = await self.view.journal.figures()
                kept = await self.view.journal.latest(EVENTS_SHOWN)
                takings = await takings_now(self.view)
                jobs = await self.view.journal.query(jobs_for_people)
        except (JournalUnavailable, TimeoutError):
            self.feed.put("journal", "journal", self._in_each(show_unread))
        else:
            self.feed.put("journal", "journal", self._in_each(lambda words: show_journal(figures, words)))
            self.feed.put("events", "events", self._in_each(lambda words: show_events(kept, words, currency, zone)))
            self.feed.put("jobs", "jobs", self._in_each(lambda words: show_jobs(jobs, words, zone)))
            self.feed.put("takings", "takings", self._in_each(lambda _words: show_takings(takings, currency)))
        self._put_overall()

    def _put_device(self, status: DeviceStatus) -> None:
        name = f"device {status.device}"
        out, at = self._out.get(status.device, (None, 0.0))
        if out is status:
            return
        currency = self.view.settings.store.currency
        shown = self._in_each(lambda words: show_device(status, words, currency))
        now = self.view.clock()
        if now - at < OLDER_S and _only_older(self.feed.shown(name), shown):
            return
        self._out[status.device] = (status, now)
        self.feed.put(name, "device", shown)

    def _put_discoveries(self) -> None:
        found, taken = self.view.discoveries(), tuple(self.view.plugged())
        if (found, taken) != self._discovered:
            self._discovered = found, taken
            self.feed.put("discoveries", "discoveries", self._in_each(lambda words: show_discoveries(found, taken, words)))

    def _drop_unplugged(self) -> None:
        devices = self.view.board.devices
        for device in self._out.keys() - devices.keys():
            del self._out[device]
            self.feed.drop(f"device {device}")
        self.feed.put("plugged", "devices", self._in_each(lambda _words: DevicesShown(ids=tuple(devices))))

    def _put_overall(self) -> None:
        self.feed.put(
            "overall", "overall", self._in_each(lambda words: show_overall(_looks(self.feed.cards(words.language)), words))
        )

    def _in_each(self, show: Callable[[Words], T]) -> dict[Language, T]:
        return {language: show(words) for language, words in self.words.items()}


def _only_older(old: Mapping[Language, DeviceShown] | None, new: Mapping[Language, DeviceShown]) -> bool:
    if old is None:
        return False
    return all(msgspec.structs.replace(shown, at=old[language].at) == old[language] for language, shown in new.items())


def _looks(cards: Mapping[str, Any]) -> list[Look]:
    looks: list[Look] = []
    for card in cards.values():
        match card:
            case DeviceShown() | JournalShown() | SyncShown():
                looks.append(card.look)
            case AlarmsShown():
                looks.extend("bad" for _ in card.alarms)
            case JobsShown():  # one that is unknown is an alarm besides
                looks.extend(job.look for job in card.jobs if job.look == "warn")
    return looks


async def within(seconds: float, news: Awaitable[int], seen: int) -> int:
    """What ``news`` says within ``seconds``, else ``seen`` again."""
    try:
        async with asyncio.timeout(seconds):
            return await news
    except TimeoutError:
        return seen
