"""Smart shelves on load cells, over MQTT: a settled change of weight is an event, the level of a slot a retained property.

    event/pick   {"id": "…", "slot": "a1", "delta_g": -330, "before_g": 6600, "after_g": 6270,
                  "candidates": [{"sku": "cola", "qty": 1, "p": 0.97}]}
    event/put, event/adjust   the same; adjust is drift or a new zero, nobody's hand
    state/level-a1            6270

A shelf that knows no goods sends no candidates; then the shop explains the change by the settings of the slot.
"""

from __future__ import annotations

import re
from typing import Annotated, ClassVar, Literal

import msgspec
from pydantic import Field, StringConstraints

from config.schema import Section
from drivers.commands import SetProperty
from drivers.contract import Driver, Wires
from drivers.readings import Candidate, ShelfLevel, ShelfMoved, Unreadable
from drivers.reporting import ReportingDevice
from drivers.reports import Text, Unclear, body_of, report_of, shown, unreadable
from drivers.wires.mqtt_inbox import Message

SLOT = r"[a-z0-9-]{1,24}"
"""Short enough that ``level-<slot>`` is a property name."""

Grams = Annotated[int, msgspec.Meta(ge=-1_000_000, le=1_000_000)]


class Goods(Section):
    """``[[device.<name>.slots.<slot>.also]]``: other goods on the same slot."""

    sku: Annotated[str, StringConstraints(min_length=1, max_length=64)]
    unit_grams: Annotated[int, Field(ge=1, le=100_000)]


class Slot(Section):
    """``[device.<name>.slots.<slot>]``: what lies there; ``unit_grams`` is the weight of one piece."""

    sku: Annotated[str, StringConstraints(min_length=1, max_length=64)]
    unit_grams: Annotated[int, Field(ge=1, le=100_000)]
    also: tuple[Goods, ...] = ()


class ShelfSettings(Section):
    """``[device.<name>]`` of a shelf. It is called silent after ``silent_after_s`` without a word; left out: never."""

    needs_broker: ClassVar[bool] = True
    slots: dict[Annotated[str, StringConstraints(pattern=f"^{SLOT}$")], Slot] = Field(default_factory=dict)
    silent_after_s: Annotated[int, Field(ge=5, le=86_400)] | None = None


class _Candidate(msgspec.Struct, frozen=True):
    sku: Text
    qty: Annotated[int, msgspec.Meta(ge=1, le=1000)]
    p: Annotated[float, msgspec.Meta(ge=0, le=1)]


class _Moved(msgspec.Struct, frozen=True):
    slot: Annotated[str, msgspec.Meta(pattern=rf"\A{SLOT}\Z")]
    delta_g: Grams
    before_g: Grams
    after_g: Grams
    candidates: Annotated[tuple[_Candidate, ...], msgspec.Meta(max_length=16)] = ()


def decode(message: Message) -> ShelfMoved | Unreadable:
    """One event of a shelf."""
    try:
        return _moved(message)
    except Unclear as unclear:
        return unreadable(message, str(unclear))


def decode_state(message: Message) -> ShelfLevel | Unreadable | None:
    """One property of a shelf; None for all but the levels."""
    slot = re.fullmatch(f"level-({SLOT})", message.name)
    if slot is None:
        return None
    if not re.fullmatch(rb"-?[0-9]{1,7}", message.payload):
        return unreadable(message, f"state/{message.name} must be whole grams, for example 1250")
    return ShelfLevel(
        device=message.device, at=message.at, monotonic_ms=message.monotonic_ms, slot=slot[1], grams=int(message.payload)
    )


def _moved(message: Message) -> ShelfMoved:
    kind = _kind(message.name)
    told = body_of(message, _Moved)
    if told.before_g + told.delta_g != told.after_g:
        raise Unclear("before_g + delta_g is not after_g: the three must add up")
    if (kind == "pick" and told.delta_g >= 0) or (kind == "put" and told.delta_g <= 0):
        raise Unclear(f"a {kind} with delta_g = {told.delta_g}: a pick is below 0, a put above")
    candidates = tuple(Candidate(sku=one.sku, qty=one.qty, permille=round(one.p * 1000)) for one in told.candidates)
    return ShelfMoved(
        device=message.device,
        at=message.at,
        monotonic_ms=message.monotonic_ms,
        report=report_of(message),
        slot=told.slot,
        kind=kind,
        delta_g=told.delta_g,
        before_g=told.before_g,
        after_g=told.after_g,
        candidates=candidates,
    )


def _kind(name: str) -> Literal["pick", "put", "adjust"]:
    match name:
        case "pick" | "put" | "adjust":
            return name
    raise Unclear(f"no event of a shelf is called {shown(name)}: pick, put or adjust")


def _open(device: str, settings: ShelfSettings, wires: Wires) -> ReportingDevice:
    return ReportingDevice(
        device,
        wires.broker,
        decode=decode,
        decode_state=decode_state,
        silent_after_s=settings.silent_after_s,
    )


DRIVER = Driver(kind="shelf", settings_class=ShelfSettings, open=_open, commands=(SetProperty,))
