"""A conversation with an ESC/POS printer: one question at a time, its proofs kept apart from its status.

ask  10 04 04      hear  12            paper is there
ask  10 04 04      hear  nothing       DeviceSilent: never "no paper"
"""

from __future__ import annotations

import asyncio
from collections import deque
from contextlib import suppress

from drivers.contract import BadFrame, DeviceSilent
from drivers.pos.escpos_status import (
    ERROR_CAUSE,
    OFFLINE_CAUSE,
    PAPER,
    PRINTER,
    Automatic,
    Noise,
    PrinterStatus,
    Processed,
    ProcessId,
    RealTime,
    cut,
    decode,
    has_error,
    real_time,
)
from drivers.wires.byte_wire import ByteWire

ANSWER_MS = 1_000  # a byte at once; a slow network printer needs some hundred milliseconds
STALE_MS = 1
EVIDENCE_BYTES = 16


class Conversation:
    """``proofs`` are the answers that say that something was printed. Hold the wire's ``turn`` while you ask."""

    def __init__(self, wire: ByteWire, *, answer_ms: int = ANSWER_MS) -> None:
        self.wire = wire
        self._answer_ms = answer_ms
        self.proofs: deque[Processed | ProcessId] = deque(maxlen=64)
        self._statuses: deque[int] = deque(maxlen=64)
        self._noise = b""
        self._rest = b""

    async def status(self) -> PrinterStatus:
        """How the printer is now. Raises DeviceGone, DeviceSilent, BadFrame."""
        await self.drop_stale()
        printer = await self._ask(PRINTER)
        offline_cause = await self._ask(OFFLINE_CAUSE)
        paper = await self._ask(PAPER)
        error_cause: int | None = None
        if has_error(offline_cause):
            with suppress(DeviceSilent):  # not every model knows n = 3
                error_cause = await self._ask(ERROR_CAUSE)
        return decode(printer, offline_cause, paper, error_cause)

    async def drop_stale(self) -> None:
        """Forget late answers to earlier questions; a proof is kept. Raises DeviceGone."""
        with suppress(DeviceSilent):
            await self.listen(deadline_ms=STALE_MS)
        self._statuses.clear()
        self._noise = b""

    async def listen(self, *, deadline_ms: int) -> None:
        """Take in what has arrived. Raises DeviceGone, DeviceSilent when it is nothing."""
        answers, self._rest = cut(self._rest + await self.wire.receive(deadline_ms=deadline_ms))
        for answer in answers:
            match answer:
                case RealTime():
                    self._statuses.append(answer.bits)
                case Processed() | ProcessId():
                    self.proofs.append(answer)
                case Noise():
                    self._noise = (self._noise + bytes([answer.byte]))[-EVIDENCE_BYTES:]
                case Automatic():  # it says nothing that DLE EOT does not say
                    pass

    async def _ask(self, n: int) -> int:
        await self.wire.send(real_time(n), deadline_ms=self._answer_ms)
        clock = asyncio.get_running_loop().time
        give_up_at = clock() + self._answer_ms / 1000
        while not self._statuses:
            left_ms = int((give_up_at - clock()) * 1000)
            if left_ms <= 0:
                raise self._unanswered(n)
            with suppress(DeviceSilent):
                await self.listen(deadline_ms=left_ms)
        return self._statuses.popleft()

    def _unanswered(self, n: int) -> DeviceSilent | BadFrame:
        if self._noise:
            return BadFrame(
                f"{self.wire.address}: heard {self._noise!r}, which is no status: "
                "is baud and line as in the printer's self-test, and is it an ESC/POS printer?",
                self._noise,
            )
        return DeviceSilent(
            f"{self.wire.address}: no answer to DLE EOT {n} within {self._answer_ms} ms: is the printer switched on and cabled? "
            "A model that cannot answer at all needs answers = false"
        )
