"""The conversation of a checkout scale, Dialog 06 or 02/04: tell the goods, ask for the weight, ask why there is none.

    EOT STX 01 ESC 001250 ESC ETX -> ACK    EOT ENQ -> STX 02 ESC 3 ESC 01250 ESC 001250 ESC 001563 ETX    EOT

The goods must be told before every weighing, and the scale tells each weight once, until the load moves. So there are two ways:
with a standing price the last goods are told again and every load is weighed; without one a load is weighed when a command
has given its price, and in between the scale is only asked how it is. Every answer of the scale is closed with EOT (Cely p 18),
which begins the next message.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import aclosing
from dataclasses import dataclass, replace
from functools import partial
from types import TracebackType
from typing import Self, TypeVar, overload

from drivers.commands import AnyCommand, Done, Refused, SetPrice, SetTare, cannot
from drivers.contract import BadFrame, DeviceError, Frame
from drivers.readings import Presence, Weight
from drivers.scales.dialog_codes import ASK_AGAIN, REFUSALS, UNEXPLAINED, UNMOVED, reading
from drivers.scales.dialog_records import (
    EOT,
    STATUS_REQUEST,
    ChecksumsAsked,
    ChecksumsJudged,
    Goods,
    No,
    Said,
    Status,
    Yes,
    decode,
    encode,
    encode_checksums,
)
from drivers.wires.polling import Pace, poll_by
from drivers.wires.serial_line import SerialLine

A = TypeVar("A", bound=Said)
B = TypeVar("B", bound=Said)
C = TypeVar("C", bound=Said)
MOST_TARE_G = 9_999


@dataclass(frozen=True, slots=True, kw_only=True)
class Manner:
    """How this one speaks. ``checksums`` is CS and KW for a certified scale; ``says_why``: it knows record 08."""

    what: str
    weight_request: bytes
    price_digits: int
    checksums: str | None = None
    says_why: bool = True


class CheckoutScale:
    """One scale. A price is shown to the shopper as soon as the scale has acknowledged it."""

    def __init__(self, line: SerialLine, manner: Manner, pace: Pace, *, standing_price_minor: int) -> None:
        self._line, self._manner, self._pace = line, manner, pace
        self._standing = Goods(price_minor=standing_price_minor) if standing_price_minor else None
        self._goods = self._standing
        self._told = False
        self._known = False

    async def __aenter__(self) -> Self:
        self._told = self._known = False
        await self._line.__aenter__()
        return self

    async def __aexit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        await self._line.__aexit__(kind, error, trace)

    async def readings(self) -> AsyncIterator[Weight | Presence]:
        """Every weight, once. Raises DeviceGone, DeviceSilent, BadFrame, DeviceError with what the scale complains of."""
        async with aclosing(poll_by(self._line, self._weigh, self._pace)) as heard:
            async for said in heard:
                if said is not None:
                    yield said

    async def perform(self, command: AnyCommand) -> Done | Refused:
        """Tell price, tare and text. Raises DeviceGone, DeviceSilent, BadFrame, DeviceError."""
        match command:
            case SetPrice():
                goods = Goods(price_minor=command.price_minor, tare_grams=command.tare_grams, text=command.text)
            case SetTare():
                if self._goods is None:
                    return Refused(reason="this scale learns the tare with the price: give both in set-price")
                goods = replace(self._goods, tare_grams=command.grams)
            case _:
                return cannot(command, self._manner.what, "set-price, set-tare")
        if problem := _problem(goods, self._manner.price_digits):
            return Refused(reason=problem)
        async with self._line.turn:
            self._told = False
            status = await self._tell(goods)
        if status is None:
            self._goods, self._told = goods, True
            return Done(detail="the scale shows price and tare")
        if refusal := REFUSALS.get(status.code):
            return Refused(reason=refusal)
        reading(status)
        return Refused(reason="the scale does not take it now: empty the pan, wait until it rests, then try again")

    async def _weigh(self) -> Weight | Presence | None:
        if self._goods is None:
            return self._there(await self._ask(STATUS_REQUEST, Status))
        told, self._told = self._told, False
        if not told and (status := await self._tell(self._goods)) is not None:
            return self._follow(status)
        answer = await self._ask(self._manner.weight_request, Weight, No)
        if isinstance(answer, No):
            return self._follow(await self._why(answer))
        self._known = True
        self._goods = self._goods if self._standing else None
        await self._line.say(EOT, deadline_ms=self._pace.answer_ms)
        return answer

    async def _tell(self, goods: Goods) -> Status | None:
        """The record of ``goods``; None when the scale takes it. Proves the checksums when the scale wants them first."""
        record = encode(goods, price_digits=self._manner.price_digits)
        answer = await self._ask(record, Yes, No, ChecksumsAsked)
        if isinstance(answer, ChecksumsAsked):
            await self._prove(answer)
            answer = await self._ask(record, Yes, No)
        return await self._why(answer) if isinstance(answer, No) else None

    async def _prove(self, asked: ChecksumsAsked) -> None:
        """DIVA p 55: record 10, ACK, EOT ENQ, record 11 with the verdict."""
        if self._manner.checksums is None:
            raise DeviceError(
                "the scale asks for checksums (record 11), as certified scales do: set checksums to the pair that its maker "
                "gave, or have the request switched off in the scale"
            )
        record = encode_checksums(self._manner.checksums, asked.z)
        if isinstance(await self._ask(record, Yes, No), Yes):
            verdict = await self._ask(self._manner.weight_request, ChecksumsJudged, No)
            if isinstance(verdict, ChecksumsJudged) and verdict.good:
                return
        raise DeviceError("the scale refuses the checksums: is checksums the pair that the maker of this scale gave?")

    async def _why(self, no: No) -> Status:
        if not self._manner.says_why:
            return Status(code=UNEXPLAINED, frame=no.frame)
        return await self._ask(STATUS_REQUEST, Status)

    def _follow(self, status: Status) -> Weight | Presence | None:
        self._told = status.code in ASK_AGAIN
        return self._there(status) if status.code == UNMOVED else reading(status)

    def _there(self, status: Status) -> Presence | None:
        """The scale answers and has no weight to tell: said once, until it has told one."""
        if self._known:
            return None
        self._known = True
        frame = status.frame
        return Presence(**frame.stamp(), state="ready")

    @overload
    async def _ask(self, question: bytes, one: type[A], /) -> A: ...

    @overload
    async def _ask(self, question: bytes, one: type[A], other: type[B], /) -> A | B: ...

    @overload
    async def _ask(self, question: bytes, one: type[A], other: type[B], third: type[C], /) -> A | B | C: ...

    async def _ask(self, question: bytes, *kinds: type[object]) -> Said:
        return await self._line.ask(question, partial(_among, kinds), deadline_ms=self._pace.answer_ms)


def _among(kinds: tuple[type[object], ...], frame: Frame) -> Said:
    said = decode(frame)
    if not isinstance(said, kinds):
        raise BadFrame(f"{frame.data!r} is no answer to what was asked", frame.data)
    return said


def _problem(goods: Goods, price_digits: int) -> str:
    if not 0 < goods.price_minor < 10**price_digits:
        return f"a price of {goods.price_minor} does not fit: this scale takes 1 to {10**price_digits - 1}"
    if goods.tare_grams is not None and not 0 <= goods.tare_grams <= MOST_TARE_G:
        return f"a tare of {goods.tare_grams} g does not fit: this scale takes 0 to {MOST_TARE_G} g"
    if not (goods.text.isascii() and goods.text.isprintable()):
        return f"the text {goods.text!r} cannot be shown: this scale takes plain letters and digits"
    return ""
