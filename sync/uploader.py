"""Brings the journal's events to the cloud, exactly once in effect: sent again until answered, known there by box and sequence.

One batch at a time, oldest order class first. Nothing is marked done before the cloud said so, and the mark is durable before
the next batch: whatever dies in between, the events are sent again and counted there as duplicates.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from typing import NoReturn

from sync import cloudevents
from sync.backoff import Backoff
from sync.cloud_client import CloudClient
from sync.cloud_errors import CloudAway, CloudError
from sync.cloudevents import Encoded
from sync.disk import JournalUnavailable
from sync.events_call import post_events
from sync.identity import Claim, SettingUnreadable
from sync.journal import Journal
from sync.line import RECHECK_S, Line, NotClaimed, required
from sync.pace import Pace
from sync.poison import Search, Settled


class Uploader:
    """``claim()`` is asked before each batch, so that a new store or token counts at once. It may raise SettingUnreadable.
    ``tenant`` is the brand that every event is stamped with, in a cloud of several.

    ``linger_ms``: under load, batches that are not full leave this far apart; a lone event leaves at once.
    """

    def __init__(
        self,
        journal: Journal,
        client: CloudClient,
        claim: Callable[[], Claim | None],
        *,
        tenant: str | None = None,
        batch_events: int = cloudevents.MAX_BATCH_EVENTS,
        linger_ms: int = 100,
        recheck_s: float = RECHECK_S,
        backoff: Backoff | None = None,
    ) -> None:
        self.line = Line("upload", backoff=backoff, recheck_s=recheck_s)
        self._journal = journal
        self._client = client
        self._claim = claim
        self._tenant = tenant
        self._pace = Pace(batch_events)
        self._linger_s = linger_ms / 1000
        self._sent_at = float("-inf")

    async def run(self) -> NoReturn:
        """Send for ever; every failure of the cloud and of the disk is waited out."""
        while True:
            await self._journal.wait_pending()
            try:
                await self._upload(required(self._claim()))
            except (CloudError, NotClaimed, SettingUnreadable, JournalUnavailable) as error:
                if isinstance(error, CloudAway) and error.late:
                    self._pace.late()
                await self.line.failed(error)

    async def _upload(self, claim: Claim) -> None:
        """Send what is pending until little is left."""
        full = True
        self._sent_at = asyncio.get_running_loop().time()
        while full:
            events = await self._next(claim.store)
            if not events:
                break
            self.line.shows("sending")
            self._sent_at = asyncio.get_running_loop().time()
            await self._deliver(events, claim.token)
            size = sum(len(event.json) for event in events)
            full = len(events) >= self._pace.events or size > cloudevents.MAX_BATCH_BYTES // 2
        self.line.shows("idle")
        await self._linger()

    async def _next(self, store: str) -> list[Encoded]:
        """The next events that fit one request; one too large for any request is parked and passed over."""
        envelopes = await self._journal.pending(limit=self._pace.events, max_bytes=cloudevents.MAX_BATCH_BYTES)
        events: list[Encoded] = []
        size = len(b"[]")
        for envelope in envelopes:
            event = cloudevents.encode(envelope, store, self._tenant)
            if len(event.json) + len(b"[]") > cloudevents.MAX_BATCH_BYTES:
                await self._settle(Settled(rejected=[(event.sequence, _oversize(event))]))
                continue
            size += len(event.json) + len(b",")
            if size > cloudevents.MAX_BATCH_BYTES:
                break
            events.append(event)
        return events

    async def _deliver(self, events: Sequence[Encoded], token: str) -> None:
        """Send ``events``, in halves where the cloud refuses a whole request, and settle every answer."""
        search = Search(events)
        while (part := search.next_part()) is not None:
            outcome = await post_events(self._client, part, token)
            self._pace.answered()
            if isinstance(outcome, Settled):
                self.line.answered()
                await self._settle(outcome)
                search.accepted()
            else:
                search.refused(part, outcome)
        await self._settle(search.poison())

    async def _settle(self, settled: Settled) -> None:
        if settled.done or settled.rejected:
            await self._journal.settle(done=settled.done, rejected=settled.rejected)
            self.line.counted(sent=len(settled.done), rejected=len(settled.rejected))

    async def _linger(self) -> None:
        """Let a few events gather when the last batch left only just now."""
        rest = self._sent_at + self._linger_s - asyncio.get_running_loop().time()
        if rest > 0:
            await asyncio.sleep(rest)


def _oversize(event: Encoded) -> str:
    return f"the event has {len(event.json)} bytes; the cloud takes at most {cloudevents.MAX_BATCH_BYTES} in one request"
