"""The one way to ask a device for something: by a person, a job or headquarters; bounded in time, and written down.

What moves money or opens a drawer is on disk before the device hears of it: what cannot be written down is not done.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Literal, Protocol, assert_never

import structlog

from drivers.commands import (
    Accepted,
    Answer,
    AnyCommand,
    Charged,
    Done,
    EndOfDay,
    OpenDrawer,
    Pay,
    PayByCode,
    Print,
    Refund,
    Refused,
    Reverse,
    SettlePayment,
    Unknown,
    command_name,
)
from edge.shop.asked_events import DeviceCommanded, PaymentAnswered, PaymentAsked, cut_card, storable
from edge.shop.drawers import DrawerKicked
from edge.status import Board
from sync.entries import Entry, Happened, NotRecorded
from sync.events import Event
from sync.journal import Journal

log = structlog.get_logger()

GRACE_MS = 1_000
"""Beyond the deadline, so that the driver, which knows what it waited for, speaks first."""

STOPPING_MS = 30_000
"""The same for money: a terminal that is told to stop may still say that the card was charged."""

LONGEST_RECEIPT_MS = 1_800_000
"""A receipt may take as long as it moves on, which the driver watches: cut off in the middle it is worse than late."""

WRITE_S = 10.0
Way = Literal["page", "cli", "job", "cloud"]
Money = Pay | PayByCode | SettlePayment | Refund | Reverse | EndOfDay


@dataclass(frozen=True, slots=True, kw_only=True)
class Asker:
    """Who asks, by which way."""

    by: str
    origin: Way


class Performing(Protocol):
    """The devices as this file needs them (edge.devices.Devices)."""

    def refusal(self, name: str, command: AnyCommand) -> Refused | None:
        """Why ``name`` cannot be asked for ``command`` now, if it cannot."""
        ...

    async def perform(self, name: str, command: AnyCommand) -> Answer:
        """Ask it."""
        ...

    async def restart(self, name: str) -> Answer:
        """Close it and open it anew."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Asking:
    """Asks devices and keeps the audit."""

    devices: Performing
    journal: Journal
    board: Board
    now: Callable[[], datetime] = lambda: datetime.now(UTC)

    async def ask(self, device: str, command: AnyCommand, asker: Asker) -> Answer:
        """What ``device`` answered. Not repeated, whatever the answer; the audit is on disk when this returns."""
        answer: Answer | None = self.devices.refusal(device, command) or _unreasoned(command, asker)
        if answer is None:
            answer = await self._announced(device, command, asker)
        await self._audit(device, command_name(type(command)), asker, answer)
        return answer

    async def restart(self, device: str, asker: Asker) -> Answer:
        """Close ``device`` and open it anew, also one that was given up."""
        answer = await self.devices.restart(device)
        await self._audit(device, "restart-device", asker, answer)
        return answer

    async def _announced(self, device: str, command: AnyCommand, asker: Asker) -> Answer:
        first = _written_first(device, command, asker)
        problem = "" if first is None else await self._write(first)
        if problem:
            return Refused(reason=f"{device} was not asked, because that could not be written down first: {problem}")
        answer = await self._in_time(device, command)
        if isinstance(command, Money):
            await self._settle(device, command, answer)
        return answer

    async def _in_time(self, device: str, command: AnyCommand) -> Answer:
        limit_ms = _limit_ms(command)
        try:
            async with asyncio.timeout(limit_ms / 1000) as limit:
                return await self.devices.perform(device, command)
        except TimeoutError:
            if not limit.expired():
                raise
            name = command_name(type(command))
            return Unknown(reason=f"{device} did not answer {name} within {limit_ms} ms: look at it before you ask again")

    async def _settle(self, terminal: str, command: Money, answer: Answer) -> None:
        """Write down what became of money; if that fails, people must do it."""
        problem = await self._write(_payment_answer(terminal, command, answer))
        if problem:
            text = f"{terminal} answered a {command_name(type(command))} and it could not be written down ({problem}): "
            self.board.raise_alarm(f"payment at {terminal}", text + "look at the terminal's journal")

    async def _audit(self, device: str, command: str, asker: Asker, answer: Answer) -> None:
        told = DeviceCommanded(
            device=device,
            command=command,
            by=asker.by,
            origin=asker.origin,
            outcome=outcome_of(answer),
            detail=storable(detail_of(answer)),
        )
        problem = await self._write(told)
        log.info("a device was asked", device=device, command=command, by=asker.by, outcome=told.outcome, detail=told.detail)
        if problem:
            log.warning("the audit of a command was not recorded", device=device, command=command, problem=problem)

    async def _write(self, event: Event) -> str:
        """Record ``event``; what is wrong, if it is not on disk."""
        monotonic_ms = time.monotonic_ns() // 1_000_000
        entry = Entry(decide=Happened((event,)), event_class=event.event_class, at=self.now(), monotonic_ms=monotonic_ms)
        try:
            async with asyncio.timeout(WRITE_S):
                outcome = await self.journal.record(entry)
        except TimeoutError:
            return f"the journal did not answer within {WRITE_S:.0f} s"
        return outcome.problem if isinstance(outcome, NotRecorded) else ""


def outcome_of(answer: Answer) -> Literal["done", "accepted", "refused", "unknown", "charged"]:
    """The answer in one word."""
    match answer:
        case Done():
            return "done"
        case Accepted():
            return "accepted"
        case Refused():
            return "refused"
        case Unknown():
            return "unknown"
        case Charged():
            return "charged"
    assert_never(answer)


def detail_of(answer: Answer) -> str:
    """What the device said, without a card."""
    match answer:
        case Done(detail=detail) | Accepted(detail=detail):
            return detail
        case Refused(reason=reason) | Unknown(reason=reason):
            return reason
        case Charged():
            return f"receipt {answer.receipt}"
    assert_never(answer)


def _limit_ms(command: AnyCommand) -> int:
    """How long a driver may take before nobody waits for it any more."""
    if isinstance(command, Print):
        return LONGEST_RECEIPT_MS
    return command.deadline_ms + (STOPPING_MS if isinstance(command, Money) else GRACE_MS)


def _unreasoned(command: AnyCommand, asker: Asker) -> Refused | None:
    if isinstance(command, OpenDrawer) and not (command.reason.strip() and asker.by.strip()):
        return Refused(reason="a drawer is opened for a reason, by somebody: say both")
    return None


def _written_first(device: str, command: AnyCommand, asker: Asker) -> Event | None:
    match command:
        case OpenDrawer(reason=reason):
            return DrawerKicked(drawer=device, by=asker.by, origin=asker.origin, reason=storable(reason.strip()))
        case Pay() | PayByCode() | SettlePayment() | Refund() | Reverse() | EndOfDay():
            return PaymentAsked(
                terminal=device,
                command=command_name(type(command)),
                by=asker.by,
                origin=asker.origin,
                amount_minor=None if isinstance(command, Reverse | EndOfDay) else command.amount_minor,
                receipt=storable(command.receipt) if isinstance(command, Reverse) else None,
                payment=_number_of(command),
            )
        case _:
            return None


def _number_of(command: Money) -> str | None:
    """The box's own number of a payment or a refund at a gateway."""
    match command:
        case PayByCode(payment=payment) | SettlePayment(payment=payment):
            return storable(payment)
        case Refund(refund=refund) if refund:
            return storable(refund)
        case _:
            return None


def _payment_answer(terminal: str, command: Money, answer: Answer) -> PaymentAnswered:
    told = PaymentAnswered(
        terminal=terminal,
        command=command_name(type(command)),
        outcome=outcome_of(answer),
        detail=storable(detail_of(answer)),
        payment=_number_of(command),
    )
    if not isinstance(answer, Charged):
        return told
    return PaymentAnswered(
        terminal=terminal,
        command=told.command,
        outcome=told.outcome,
        detail=told.detail,
        amount_minor=answer.amount_minor,
        payment=told.payment,
        receipt=answer.receipt[:32],
        card=cut_card(answer.card),
        scheme=storable(answer.scheme)[:32],
    )
