"""A receipt is printed once, and what is said of it afterwards is what the printer said.

Refused    nothing was sent: the printer was silent, without paper, or open
Done       the printer says that it has worked through the last byte
Accepted   it took everything and has not said so in time, or cannot say so
Unknown    it broke off in the middle: paper may have come out, a person looks first

Nothing here bounds how long a receipt may take, only how long it may make no progress: a time-out in the middle of a long
receipt would cut it off. Proofs, in Epson's reference: GS ( H 48 is answered when the data before it is printed, GS r 1
when it is worked through, neither while the printer is offline; DLE EOT overtakes the data and proves nothing.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from drivers.commands import Accepted, Answer, Done, Refused, Unknown
from drivers.contract import DeviceError, DeviceGone, DeviceSilent
from drivers.pos.escpos import lines_in
from drivers.pos.escpos_conversation import Conversation
from drivers.pos.escpos_status import PROCESSED, PrinterStatus, Processed, ProcessId, process_id

Proof = Literal["process-id", "buffered", "real-time", "none"]
SLICE_BYTES = 1024
SLOWEST_LINE_MS = 250  # TM-U220: 4.7 lines a second
LOOK_AFTER_MS = 500
PAPER_END_BITS = 0x0C
LOOK = "look at the paper before it is printed again"


@dataclass(frozen=True, slots=True, kw_only=True)
class Printing:
    """One receipt on its way: ``commands`` are whole commands, ``number`` tells its proof from that of the one before."""

    talk: Conversation
    commands: Sequence[bytes]
    proof: Proof
    asks_first: bool
    number: int
    deadline_ms: int
    stalled_after_ms: int

    async def run(self) -> Answer:
        """Print it. Hold the wire's ``turn`` around it."""
        if self.asks_first and (refusal := await refusal_before(self.talk)):
            return refusal
        self.talk.proofs.clear()
        broken_off = await self._send()
        if broken_off is not None:
            return broken_off
        match self.proof:
            case "none":
                return Accepted(detail="all of it was sent; this printer cannot say whether it was printed")
            case "real-time":
                return await self._well_afterwards()
            case "buffered" | "process-id":
                return await self._proved()

    def _id(self) -> bytes:
        return b"%04d" % (self.number % 10_000)

    def _mark(self) -> tuple[bytes, ...]:
        match self.proof:
            case "buffered":
                return (PROCESSED,)
            case "process-id":
                return (process_id(self._id()),)
            case _:
                return ()

    async def _send(self) -> Unknown | None:
        commands = (*self.commands, *self._mark())
        sent, total = 0, sum(map(len, commands))
        for part in _slices(commands):
            try:
                await self.talk.wire.send(part, deadline_ms=self.stalled_after_ms)
            except DeviceError as error:
                return Unknown(
                    reason=f"the receipt broke off after {sent} to {sent + len(part)} of {total} bytes: {error}; {LOOK}"
                )
            sent += len(part)
        return None

    async def _well_afterwards(self) -> Answer:
        """A status overtakes what is still to be printed, so it can show trouble and never success."""
        try:
            status = await self.talk.status()
        except DeviceError as error:
            return Unknown(reason=f"all of it was sent, then {error}; {LOOK}")
        if status.trouble:
            return Unknown(reason=f"all of it was sent, and now {status.trouble}; {LOOK}")
        return Accepted(detail="the printer took all of it and reports no trouble; it has no way to say that it was printed")

    async def _proved(self) -> Answer:
        clock = asyncio.get_running_loop().time
        patience_ms = self.deadline_ms + SLOWEST_LINE_MS * lines_in(self.commands)
        give_up_at = clock() + patience_ms / 1000
        last: PrinterStatus | None = None
        while (left_s := give_up_at - clock()) > 0:
            try:
                await self._listen(min(LOOK_AFTER_MS, int(left_s * 1000) + 1))
                if (proof := self._proof_heard()) is not None:
                    return await self._checked(proof)
                last = await self._look() or last
            except DeviceGone as error:
                return Unknown(reason=f"all of it was sent, then {error}; {LOOK}")
            if last and last.needs_a_person:
                break
        return _unproved(last, patience_ms)

    async def _listen(self, deadline_ms: int) -> None:
        """Until the proof is there or the time is over. Raises DeviceGone."""
        clock = asyncio.get_running_loop().time
        until = clock() + deadline_ms / 1000
        while not self.talk.proofs and (left_ms := int((until - clock()) * 1000)) > 0:
            try:
                await self.talk.listen(deadline_ms=left_ms)
            except DeviceSilent:
                return

    def _proof_heard(self) -> Processed | ProcessId | None:
        while self.talk.proofs:
            proof = self.talk.proofs.popleft()
            if isinstance(proof, ProcessId) == (self.proof == "process-id") and not (
                isinstance(proof, ProcessId) and proof.id != self._id()
            ):
                return proof
        return None

    async def _look(self) -> PrinterStatus | None:
        """How the printer is while it prints; None when it does not say. Raises DeviceGone."""
        try:
            return await self.talk.status()
        except DeviceGone:
            raise
        except DeviceError:
            return None

    async def _checked(self, proof: Processed | ProcessId) -> Answer:
        """GS r is answered when the last line is on its way to the head: what stops it there is asked for once more."""
        if isinstance(proof, ProcessId):
            return Done(detail=f"the printer has printed all of it (process id {proof.id.decode('ascii')})")
        status = await self._look()
        trouble = "it has no paper" if proof.bits & PAPER_END_BITS else status.trouble if status else ""
        if trouble:
            return Unknown(reason=f"the printer took all of it, but now {trouble}; {LOOK}")
        return Done(detail="the printer has worked through all of it")


def _unproved(last: PrinterStatus | None, waited_ms: int) -> Unknown | Accepted:
    """What is said of a receipt that was sent whole and not confirmed; ``last`` is how the printer was seen last."""
    if last is None:
        return Unknown(reason=f"the printer has been silent since the receipt was sent, for {waited_ms} ms; {LOOK}")
    if last.trouble:
        return Unknown(reason=f"the printer stopped in the receipt: {last.trouble}. It may print the rest then; {LOOK}")
    return Accepted(detail=f"the printer reports no trouble, but did not confirm the receipt within {waited_ms} ms")


async def refusal_before(talk: Conversation) -> Refused | None:
    """Why nothing must be sent now; None when the printer is well."""
    try:
        trouble = (await talk.status()).trouble
    except DeviceError as error:
        return Refused(reason=f"nothing was printed: {error}", unheard=True)
    return Refused(reason=f"nothing was printed: {trouble}") if trouble else None


def _slices(commands: Sequence[bytes]) -> Iterator[bytes]:
    """Whole commands, about a kilobyte at a time: what a slow printer must take within one deadline stays small."""
    part = b""
    for command in commands:
        if part and len(part) + len(command) > SLICE_BYTES:
            yield part
            part = b""
        part += command
    if part:
        yield part
