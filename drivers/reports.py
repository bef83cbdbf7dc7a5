"""Events of MQTT devices as JSON: the part that all of them share, and what may never come further than here.

    event/<kind>   {"id": "7f3a…", "seq": 7, "at": "2026-11-21T10:00:00+08:00", …}
    ack            {"id": "7f3a…", "ok": true}
                   {"id": "7f3a…", "ok": false, "retry": false, "problem": "qty: Expected `int`, got `str`"}

Fields that are not asked for are ignored and never kept, so a newer device works with an older box.
"""

from __future__ import annotations

import re
from hashlib import sha256
from typing import Annotated, TypeVar

import msgspec

from drivers.contract import Receipt
from drivers.reading import Report
from drivers.readings import Unreadable
from drivers.wires.mqtt_inbox import Message

LONGEST_BYTES = 64 * 1024
KEPT_BYTES = 1024
"""As much of a message that cannot be read is kept for the technician."""

LONGEST_PROBLEM = 300
MAX_SEQ = 2**63 - 1
SHORTEST_CARD = 13
"""Digits that are looked for at least; a shorter name needs no search."""

Name = Annotated[str, msgspec.Meta(pattern=r"\A[A-Za-z0-9._:-]{1,64}\Z")]
"""An id that a device makes: of an event, of an order."""

Text = Annotated[str, msgspec.Meta(pattern=r"\A[^\x00-\x1f\x7f]{1,200}\Z")]
"""One line for people."""

_LONG_NUMBER = re.compile(r"[0-9](?:[ -]?[0-9]){12,}")
_CARD_BEGINS = r"(?<![0-9A-Za-z])(?=[3-6]|2[2-7])"
"""ISO/IEC 7812-1: no year and no time counted from 1970 begins like that, so orders numbered by them are not refused."""

_STANDALONE = re.compile(_CARD_BEGINS + r"[0-9]{13,19}(?![0-9A-Za-z])")
_GROUPED = re.compile(
    _CARD_BEGINS + r"(?:[0-9]{4}([-._:])[0-9]{4}\1[0-9]{4}\1[0-9]{4}|[0-9]{4}([-._:])[0-9]{6}\2[0-9]{5})(?![0-9A-Za-z])"
)
_TIME = re.compile(r"[0-9]{4}(-[0-9]{2}){2}[T ][0-9]{2}(:[0-9]{2}){2}(\.[0-9]{1,9})?(Z|[+-][0-9]{2}:[0-9]{2})?")
_PERSONAL = {"member"}

Shape = TypeVar("Shape")


class Unclear(ValueError):
    """The message cannot be understood; the text says why, without what it held."""


class _Head(msgspec.Struct, frozen=True):
    id: Name
    seq: object = None
    at: object = None


class _Refusal(msgspec.Struct, frozen=True, omit_defaults=True):
    id: str
    ok: bool
    retry: bool
    problem: str
    key: str = ""
    title: str = ""


class _Acceptance(msgspec.Struct, frozen=True):
    id: str
    ok: bool = True


def report_of(message: Message) -> Report:
    """Which report ``message`` is; raises Unclear."""
    head = _decoded(message, _Head)
    checked_name("id", head.id)
    # These two decide nothing, so an odd one costs no order; it is not kept either, for it might be anything.
    seq = head.seq if type(head.seq) is int and 0 <= head.seq <= MAX_SEQ else None
    device_at = head.at if isinstance(head.at, str) and _TIME.fullmatch(head.at) else None
    return Report(id=head.id, digest=sha256(message.payload).digest(), seq=seq, device_at=device_at)


def body_of(message: Message, shape: type[Shape]) -> Shape:
    """What ``message`` says, as ``shape``; raises Unclear."""
    if len(message.payload) > LONGEST_BYTES:
        raise Unclear(f"a message of {len(message.payload) >> 10} KiB is too long: send at most {LONGEST_BYTES >> 10} KiB")
    return _decoded(message, shape)


def unreadable(message: Message, problem: str) -> Unreadable:
    """``message`` set aside. It keeps the report when the id can be read, and a piece of the payload without long numbers."""
    try:
        report = report_of(message)
    except Unclear:
        report = None
    return Unreadable(
        device=message.device,
        at=message.at,
        monotonic_ms=message.monotonic_ms,
        problem=problem,
        report=report,
        payload=_kept(message),
    )


def acknowledgement(report: Report, receipt: Receipt) -> bytes:
    """The box's answer to ``report`` as JSON."""
    if receipt.ok:
        return msgspec.json.encode(_Acceptance(report.id))
    refusal = _Refusal(
        report.id,
        ok=False,
        retry=receipt.retry,
        problem=receipt.problem[:LONGEST_PROBLEM],
        key=receipt.key,
        title=receipt.title[:LONGEST_PROBLEM],
    )
    return msgspec.json.encode(refusal)


def checked_name(what: str, name: str) -> str:
    """``name`` unless a card number stands in it by itself (with a right check digit, whole or in groups); raises Unclear."""
    if len(name) < SHORTEST_CARD:
        return name
    if _may_hold_card(name):
        raise Unclear(f"{what} holds what may be a card number: number it otherwise, for example with a letter in front")
    return name


def checked_words(what: str, words: str) -> str:
    """``words`` unless 13 digits or more stand in a row, as in a card number or a payment code, or a card number in groups.

    Raises Unclear.
    """
    if _LONG_NUMBER.search(words) or _may_hold_card(words):
        raise Unclear(f"{what} holds a long number, which may be a card number or a payment code: send words only")
    return words


def shown(words: str) -> str:
    """``words`` of a device, short and without long numbers, fit for a message to people."""
    return repr(_LONG_NUMBER.sub("*", words)[:40])


def _decoded(message: Message, shape: type[Shape]) -> Shape:
    try:
        return msgspec.json.decode(message.payload, type=shape)
    except msgspec.ValidationError as error:
        raise Unclear(f"{message.branch}/{shown(message.name)[1:-1]}: {error}; docs/mqtt.md shows what is expected") from error
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError) as error:
        raise Unclear(f"{message.branch}/{shown(message.name)[1:-1]} is not JSON: {error}") from error


def _kept(message: Message) -> bytes:
    if message.name in _PERSONAL:
        return b""
    return _LONG_NUMBER.sub("*", message.payload.decode("latin-1"))[:KEPT_BYTES].encode("latin-1")


def _may_hold_card(text: str) -> bool:
    runs = [run[0] for pattern in (_STANDALONE, _GROUPED) for run in pattern.finditer(text)]
    return any(_has_check_digit(re.sub(r"[^0-9]", "", run)) for run in runs)


def _has_check_digit(digits: str) -> bool:
    """Luhn's formula (ISO/IEC 7812-1, annex B)."""
    doubled = [int(digit) * 2 for digit in digits[-2::-2]]
    return (sum(int(digit) for digit in digits[-1::-2]) + sum(two - 9 if two > 9 else two for two in doubled)) % 10 == 0
