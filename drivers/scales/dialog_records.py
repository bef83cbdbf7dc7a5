"""The records of checkout Dialog 06 and 02/04, between STX and ETX, their fields parted by ESC.

    01 unit price   03 + tare   04 + text   05 + tare and text        till -> scale: ACK, NAK or record 11
    02 weight, unit price, amount                                     scale -> till, answer to EOT ENQ; NAK without one
    08 why?         09 a status of two digits                         after NAK
    10 checksums    11 asks for them ('2' and Z), or judges ('1' good, '0' bad)

Sources: METTLER DIVA pp 53-55, Ohaus Aviator pp 38-40, Cely PI100 p 18, Dibal DPOS400 p 56.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal

from drivers.contract import BadFrame, Frame
from drivers.probe import Setting
from drivers.readings import Weight
from drivers.scales.masses import GRAMS_PER_UNIT, whole_grams
from drivers.wires.framing import SEVEN_BITS, MeasuredFraming

EOT, ENQ, STX, ETX, ESC, ACK, NAK = b"\x04", b"\x05", b"\x02", b"\x03", b"\x1b", b"\x06", b"\x15"
STATUS_REQUEST = EOT + STX + b"08" + ETX
LONGEST = 40
TEXT_CHARACTERS = 13
RECORD = re.compile(rb"\x02[\x1b\x20-\x7e]{2,%d}" % (LONGEST - 2))
WEIGHED = re.compile(rb"\x0202\x1b([0-3])\x1b(\d{5})\x1b(\d{5,6})\x1b(\d{6})\x03")
STATUS = re.compile(rb"\x0209\x1b(\d\d)\x03")
CHECKSUMS_ASKED = re.compile(rb"\x0211\x1b2([0-9A-Fa-f]{2})\x03")
CHECKSUMS_JUDGED = re.compile(rb"\x0211\x1b([01])[0-9A-Fa-f]{0,2}\x03")
GRAMS_PER_STEP = {b"3": Decimal(1), b"1": GRAMS_PER_UNIT[b"lb"] / 100, b"2": GRAMS_PER_UNIT[b"lb"] / 1000}


@dataclass(frozen=True, slots=True, kw_only=True)
class Goods:
    """What the scale must know before it weighs: the price of a kilogram, a tare, a text for its display."""

    price_minor: int
    tare_grams: int | None = None
    text: str = ""


@dataclass(frozen=True, slots=True)
class Yes:
    """ACK."""


@dataclass(frozen=True, slots=True, kw_only=True)
class No:
    """NAK: record 08 asks why."""

    frame: Frame


@dataclass(frozen=True, slots=True, kw_only=True)
class Status:
    """Record 09. ``frame`` lends its times to the reading that follows from it."""

    code: str
    frame: Frame


@dataclass(frozen=True, slots=True, kw_only=True)
class ChecksumsAsked:
    """Record 11 with the random number ``z``."""

    z: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ChecksumsJudged:
    """Record 11 after record 10."""

    good: bool


Said = Yes | No | Weight | Status | ChecksumsAsked | ChecksumsJudged


def measure(data: bytes, at: int) -> int:
    """How long the record is that begins at ``at``: 0 if none does. ACK and NAK are records of one byte."""
    if data[at : at + 1] in {ACK, NAK}:
        return 1
    found = RECORD.match(data, at)
    end = found.end() if found else at + 1
    if end < len(data) and (found is None or data[end : end + 1] != ETX):
        return 0
    return end + 1 - at


FRAMING = MeasuredFraming(begins=re.compile(rb"[\x02\x06\x15]"), measure=measure)


def decode(frame: Frame) -> Said:
    """One record of the scale. Raises BadFrame."""
    data = frame.data.translate(SEVEN_BITS)
    if data in {ACK, NAK}:
        return Yes() if data == ACK else No(frame=frame)
    if found := WEIGHED.fullmatch(data):
        return _weight(frame, *found.groups())
    if found := STATUS.fullmatch(data):
        return Status(code=found[1].decode(), frame=frame)
    if found := CHECKSUMS_ASKED.fullmatch(data):
        return ChecksumsAsked(z=int(found[1], 16))
    if found := CHECKSUMS_JUDGED.fullmatch(data):
        return ChecksumsJudged(good=found[1] == b"1")
    raise BadFrame(f"{frame.data!r} is no record of Dialog 06: {explain(frame.data)}", frame.data)


def _weight(frame: Frame, unit: bytes, digits: bytes, price: bytes, amount: bytes) -> Weight:
    return Weight(
        **frame.stamp(),
        grams=_grams(unit, digits),
        state="stable",
        price_minor=int(price) if unit == b"3" else None,  # that of a pound otherwise
        amount_minor=int(amount),
    )


def _grams(unit: bytes, digits: bytes) -> int:
    """``0`` is pounds, ounces and eighths of an ounce (DIVA p 54); two digits, two digits and one is the likeliest reading."""
    if unit != b"0":
        return whole_grams(int(digits) * GRAMS_PER_STEP[unit])
    eighths = int(digits[2:4]) * 8 + int(digits[4:])
    return whole_grams(int(digits[:2]) * GRAMS_PER_UNIT[b"lb"] + eighths * GRAMS_PER_UNIT[b"oz"] / 8)


def encode(goods: Goods, *, price_digits: int = 6) -> bytes:
    """Record 01, 03, 04 or 05, whichever holds what ``goods`` has."""
    price = b"%0*d" % (price_digits, goods.price_minor)
    tare = [] if goods.tare_grams is None else [b"%04d" % goods.tare_grams]
    text = [goods.text[:TEXT_CHARACTERS].ljust(TEXT_CHARACTERS).encode("ascii")] if goods.text else []
    number = {(0, 0): b"01", (1, 0): b"03", (0, 1): b"04", (1, 1): b"05"}[len(tare), len(text)]
    return EOT + STX + ESC.join([number, price, *(tare + text or [b""])]) + ETX


def encode_checksums(pair: str, z: int) -> bytes:
    """Record 10: CS turned left by the high half of ``z``, KW right by the low half (Ohaus p 39). ``pair``: CS, KW as 8 hex."""
    cs, kw = int(pair[:4], 16), int(pair[4:], 16)
    left, right = z >> 4, z & 0x0F
    turned = ((cs << left | cs >> (16 - left)) & 0xFFFF, (kw >> right | kw << (16 - right)) & 0xFFFF)
    return EOT + STX + b"10" + ESC + b"%04X%04X" % turned + ETX


def recognise(heard: bytes) -> dict[str, Setting] | None:
    """The answer to record 08."""
    return {} if any(STATUS.fullmatch(record) for record in FRAMING.cut(heard).frames) else None


def explain(heard: bytes) -> str:
    """What bytes look like that this manual does not describe, and what to do."""
    if b"\r" in heard and b"\x02" in heard:
        return 'this looks like a Toledo 8217: set driver = "scale/toledo-8217", or the scale to Dialog 06'
    return "noise, a wrong baud rate or parity, or another protocol than Dialog 06?"
