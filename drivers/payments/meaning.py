"""What the answers of any gateway mean for money, and the questions that each gateway is asked in its own language."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Literal, Protocol

from pydantic import Field

AnswerMs = Annotated[int, Field(ge=100, le=30_000)]
AskEveryMs = Annotated[int, Field(ge=100, le=30_000)]
ConfirmMs = Annotated[int, Field(ge=0, le=120_000)]
ReverseAfterMs = Annotated[int, Field(ge=0, le=60_000)]
CheckEveryS = Annotated[int, Field(ge=10, le=3_600)]


@dataclass(frozen=True, slots=True, kw_only=True)
class Meaning:
    """Only what is certain is ``paid`` or ``refused``. ``absent``: the gateway knows no such number. ``unclear``: ask again.

    Of a refund ``paid`` means that it is given back, ``waits`` that it may yet be. Of a reversal ``refused`` means that nothing
    is charged any more, ``stands`` that it was not done. ``fee`` in minor units and ``receipt`` are of what is paid.
    """

    what: Literal["paid", "refused", "waits", "absent", "unclear", "stands"]
    words: str = ""
    fee: int = 0
    receipt: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pace:
    """How often is asked, how long a shopper is waited for, how early a payment is taken back."""

    ask_every_ms: int
    confirm_ms: int
    reverse_after_ms: int
    check_every_s: float


class Calls(Protocol):
    """A gateway, open. Each call raises NotSent, DeviceSilent, DeviceGone, BadFrame. Its numbers are the box's own."""

    async def check(self) -> None:
        """Ask whether it knows this merchant. Raises a DeviceError that says what to do."""
        ...

    async def pay(self, payment: str, amount_minor: int, code: str) -> Meaning:
        """Charge the wallet that shows ``code``."""
        ...

    async def query(self, payment: str, amount_minor: int) -> Meaning:
        """What became of it; paid only if it was ``amount_minor``."""
        ...

    async def reverse(self, payment: str) -> Meaning:
        """Close it, or give the money back: refused, or it stands; else nobody knows, until it was asked again."""
        ...

    async def refund(self, payment: str, refund: str, *, amount_minor: int, paid_minor: int) -> Meaning:
        """Give back a part of it, or all; the same ``refund`` gives back once."""
        ...

    async def refund_query(self, payment: str, refund: str) -> Meaning:
        """What became of the refund."""
        ...
