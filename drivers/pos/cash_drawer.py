"""A cash drawer on a printer's connector: kicked once on one pin, watched by the contact on pin 3.

    1B 70 00 32 FA      pin 2, 100 ms on, 500 ms off, in its turn
    10 14 01 00 01      pin 2, 100 ms on, at once

A kick that waits in the buffer of a printer without paper opens the drawer later, when nobody stands there: so a printer that
is offline is not asked, unless its drawer is kicked in real time. Which level of the contact means open depends on the drawer.
"""

from __future__ import annotations

import asyncio
from collections import deque
from dataclasses import dataclass, field
from typing import Literal

from drivers.commands import Accepted, Answer, Done, OpenDrawer, Refused, Unknown
from drivers.contract import BadFrame, DeviceError, DeviceGone, DeviceSilent
from drivers.pos.escpos import drawer_pulse, drawer_pulse_now
from drivers.pos.escpos_conversation import Conversation
from drivers.pos.escpos_status import PrinterStatus

ASKED_WITHIN_S = 5.0
LOOK_EVERY_S = 0.1


@dataclass(slots=True, kw_only=True)
class CashDrawer:
    """``moves`` are the changes seen and not yet told: (open, asked)."""

    talk: Conversation
    pin: Literal[2, 5]
    open_is: Literal["high", "low"] | None
    in_real_time: bool
    on_ms: int
    off_ms: int
    answers: bool
    stalled_after_ms: int
    moves: deque[tuple[bool, bool]] = field(default_factory=deque)
    is_open: bool | None = None
    _kicked_at: float = float("-inf")

    def notice(self, status: PrinterStatus) -> bool | None:
        """Whether it is open, by the contact; None when it has none. A change is kept in ``moves``."""
        if self.open_is is None:
            return None
        now_open = status.pin_3_high == (self.open_is == "high")
        if self.is_open is not None and now_open != self.is_open:
            asked = asyncio.get_running_loop().time() - self._kicked_at <= ASKED_WITHIN_S
            self.moves.append((now_open, asked))
        self.is_open = now_open
        return now_open

    async def kick(self, command: OpenDrawer) -> Answer:
        """Open it once. Hold the wire's ``turn`` around it."""
        if self.answers and (reason := await self._why_not()):
            return Refused(reason=reason)
        if self.is_open:
            return Done(detail="it was open already; it was not kicked")
        pulse = drawer_pulse_now(self.pin, on_ms=self.on_ms) if self.in_real_time else self._queued_pulse()
        try:
            await self.talk.wire.send(pulse, deadline_ms=self.stalled_after_ms)
        except DeviceError as error:
            return Unknown(reason=f"the drawer may have been kicked: {error}; look whether it is open")
        self._kicked_at = asyncio.get_running_loop().time()
        if self.open_is is None or not self.answers:
            return Accepted(detail=f"the pulse was sent to pin {self.pin}; no contact tells whether the drawer opened")
        return await self._seen_open(command.deadline_ms)

    def _queued_pulse(self) -> bytes:
        return drawer_pulse(self.pin, on_ms=self.on_ms, off_ms=self.off_ms)

    async def _why_not(self) -> str:
        try:
            status = await self.talk.status()
        except DeviceError as error:
            return f"the drawer was not kicked: {error}"
        self.notice(status)
        if status.trouble and not self.in_real_time:
            return (
                f"the drawer was not kicked, for it would open later: the printer cannot do it now, {status.trouble}; "
                "use the key until then"
            )
        return ""

    async def _seen_open(self, deadline_ms: int) -> Answer:
        clock = asyncio.get_running_loop().time
        give_up_at = clock() + deadline_ms / 1000
        while clock() < give_up_at:
            try:
                status = await self.talk.status()
            except DeviceGone as error:
                return Unknown(reason=f"the drawer was kicked, then {error}; look whether it is open")
            except (DeviceSilent, BadFrame):
                continue
            if self.notice(status):
                return Done(detail="the drawer is open")
            await asyncio.sleep(LOOK_EVERY_S)
        return Accepted(
            detail=f"the pulse was sent, but the contact still says shut after {deadline_ms} ms: is the drawer locked or jammed, "
            "or is drawer_open_is the wrong way round?"
        )
