"""The WebSocket of a mirror's page: touches, shades and visits in; wishes, who stands there, and what is painted out.

page -> {"n": 7, "name": "touch", "body": {"session": "v-17", "x": 512, "y": 303}}           to the mirror's driver, as its events
page -> {"n": 8, "name": "wear", "body": {"session": "v-17", "looks": [[["rouge-01", "lips", 60]]], "split": 500}}
box  -> {"n": 8, "ok": true, "retry": false, "problem": ""}
box  -> {"wish": {"message": "Please look up"}}
box  -> {"present": {"painted": true, "picture": true, "faces": 1, "problem": ""}}           when it changes, and every 3 s
box  -> {"over": "v-17"}                                    this visit has ended, while the page was away or on another's word
"""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import msgspec
from aiohttp import ClientConnectionResetError, WSCloseCode, WSMsgType, web

from edge.mirror.words import Look, Worn
from edge.shop.mirror_visits import is_over
from edge.shop.tryon.document import shade_of
from edge.web.callers import Callers
from edge.web.feed import Feed
from edge.web.mirror_words import Answered, Over, Presented, Said, Stands, WearAsked, Wished
from edge.web.sending import WRITE_DEADLINE_S
from edge.web.sittings import Sitting, Sittings
from edge.web.view import View
from sync.disk import JournalUnavailable

DELIVER_MS = 20_000
PRESENT_S = 0.1
AGAIN_S = 3.0
"""So often it is said again although nothing has changed: a page that hears nothing knows that the line is dead."""

TAKEN = 4409
"""Closes the wire of a second screen: the mirror is another's."""


class _Visit(msgspec.Struct, frozen=True):
    session: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class MirrorWire:
    """One open page. A mirror has one screen: the wire of a second one is closed with TAKEN, which tries again later.

    ``picture()``: whether there is a picture to be shown.
    """

    view: View
    callers: Callers
    feed: Feed
    sittings: Sittings
    request: web.Request
    wire: web.WebSocketResponse
    mirror: str
    picture: Callable[[], bool]
    silent_after_s: float

    async def keep(self) -> None:
        """Until the page goes or says nothing any more, its key is taken back, or the door closes."""
        if self.mirror in self.sittings.open:
            await self.wire.close(code=TAKEN)
            return
        opening = self.sittings.opened(self.mirror)
        try:
            async with asyncio.TaskGroup() as ways:
                beside = [
                    ways.create_task(self._send_wishes(), name="mirror: wishes"),
                    ways.create_task(self._send_present(), name="mirror: present"),
                    ways.create_task(self._close_with_the_door(), name="mirror: end"),
                ]
                await self._hear()
                for task in beside:
                    task.cancel()
        finally:
            self.sittings.shut(self.mirror)
            asyncio.get_running_loop().call_later(self.silent_after_s, self._leave, opening)

    def _leave(self, opening: int) -> None:
        """The page that went did not come back: nobody sits there, and nothing is worn by whoever steps up next."""
        if self.sittings.is_left(self.mirror, opening):
            self._take_off()

    async def _hear(self) -> None:
        while (said := await self._next()) is not None:
            answered = await self._wear(said) if said.name == "wear" else await self._deliver(said)
            await self._send(msgspec.json.encode(answered))
        await self.wire.close()

    async def _next(self) -> Said | None:
        """The next word; None when the page is gone, hangs, may not speak any more, or is none of ours."""
        try:
            async with asyncio.timeout(self.silent_after_s):
                message = await self.wire.receive()
        except TimeoutError:
            return None
        if message.type is not WSMsgType.TEXT or not self.callers.still_knows(self.request):
            return None
        try:
            return msgspec.json.decode(message.data, type=Said)
        except (msgspec.DecodeError, UnicodeEncodeError, RecursionError):
            return None

    async def _deliver(self, said: Said) -> Answered:
        receipt = await self.view.wires.post.deliver(self.mirror, said.name, bytes(said.body), deadline_ms=DELIVER_MS)
        if said.name == "ended":
            self._end(said)
        return Answered(said.n, receipt.ok, receipt.retry, receipt.problem)

    def _end(self, said: Said) -> None:
        """The visit is over, unless the next one has begun while the word waited for its answer."""
        sitting = self.sittings.at(self.mirror)
        try:
            session = msgspec.json.decode(said.body, type=_Visit).session
        except (msgspec.DecodeError, UnicodeEncodeError):
            return
        if sitting is not None and sitting.session == session:
            self._take_off()

    def _take_off(self) -> None:
        self.sittings.sit(self.mirror, None)
        if self.view.glass is not None:
            self.view.glass.wear(self.mirror, (), None)

    async def _wear(self, said: Said) -> Answered:
        try:
            asked = msgspec.json.decode(said.body, type=WearAsked)
        except (msgspec.DecodeError, UnicodeEncodeError) as error:
            return Answered(said.n, ok=False, retry=False, problem=f"wear: {error}")
        try:
            looks = await self.view.journal.query(partial(looks_of, asked, self.mirror))
        except JournalUnavailable as error:
            return Answered(said.n, ok=False, retry=True, problem=str(error))
        if looks is None:
            await self._send(msgspec.json.encode(Over(asked.session)))
            return Answered(said.n, ok=False, retry=False, problem="this visit is over")
        worn = tuple(tuple((sku, intensity) for sku, _, intensity in look) for look in asked.looks)
        self.sittings.sit(self.mirror, Sitting(session=asked.session, worn=worn, looks=looks))
        if self.view.glass is not None:
            self.view.glass.wear(self.mirror, looks, asked.split)
        return Answered(said.n, ok=True, retry=False, problem="")

    async def _send_wishes(self) -> None:
        while True:
            wanted = await self.view.wires.wishes.next(self.mirror)
            await self._send(msgspec.json.encode(Wished(wanted)))

    async def _send_present(self) -> None:
        told, clock = None, asyncio.get_running_loop().time
        said_s = clock()
        while True:
            now = self._stands()
            if now != told or clock() - said_s >= AGAIN_S:
                told, said_s = now, clock()
                await self._send(msgspec.json.encode(Presented(now)))
            await asyncio.sleep(PRESENT_S)

    def _stands(self) -> Stands:
        glass, picture = self.view.glass, self.picture()
        if glass is None or glass.ring(self.mirror) is None:
            return Stands(painted=False, picture=picture)
        present = glass.present(self.mirror)
        if present is None:
            return Stands(painted=True, picture=picture)
        return Stands(painted=True, picture=picture, faces=present.faces, problem=present.problem)

    async def _close_with_the_door(self) -> None:
        await self.feed.ended()
        await self.wire.close(code=WSCloseCode.GOING_AWAY)

    async def _send(self, told: bytes) -> None:
        """A screen that has gone, or takes nothing, is told nothing: its wire ends by itself."""
        try:
            async with asyncio.timeout(WRITE_DEADLINE_S):
                await self.wire.send_str(told.decode())
        except (ClientConnectionResetError, TimeoutError):
            return


def looks_of(asked: WearAsked, mirror: str, db: sqlite3.Connection) -> tuple[Look, ...] | None:
    """The looks with their colours; what has none, or is on offer no more, is not painted. None: the visit is over."""
    if is_over(db, mirror, asked.session):
        return None
    return tuple(tuple(_worn(asked_for, db)) for asked_for in asked.looks)


def _worn(look: tuple[tuple[str, str, int], ...], db: sqlite3.Connection) -> list[Worn]:
    shades = [(shade_of(db, sku, region), intensity) for sku, region, intensity in look]
    return [Worn(shade=shade, intensity_percent=intensity) for shade, intensity in shades if shade is not None]
