"""CAS scales, type 6 ("AP-1", Samsung ER-670): ``ENQ``, hear ``ACK``, ask ``DC1``, hear ``SOH STX S 01.250kg g ETX EOT``.

Sources: CAS PD-II p 23, AP-1 protocol sheet, Ohaus Aviator p 36, Gram Zfoc p 42, Dibal DPOS400 p 31 (price first). The protocol
has no command for tare or zero. ``DC2`` also gives price and amount; the PD-II does not know it.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from decimal import Decimal
from functools import partial
from types import TracebackType
from typing import Annotated, Literal, Self

from pydantic import Field

from config.schema import Section
from drivers.commands import AnyCommand, Refused, cannot
from drivers.contract import BadFrame, DeviceSilent, Driver, Frame, Wires
from drivers.probe import Probe, Setting
from drivers.readings import Weight
from drivers.scales.cas_frame import ACK, FRAMING, NAK, blocks, undamaged
from drivers.scales.masses import GRAMS_PER_UNIT, whole_grams
from drivers.scales.serial_settings import Baud, LineFormat, PortPath, SilentAfterMs
from drivers.wires.framing import SEVEN_BITS
from drivers.wires.polling import Pace, poll_by
from drivers.wires.serial_line import SerialLine

ENQ, DC1, DC2 = b"\x05", b"\x11", b"\x12"
ANSWER_MS = 500  # the slowest line needs 310 ms for the longest frame


class CasSettings(Section):
    """``prices`` asks for price and amount too; ``check_character = "ignored"`` is for a model that reckons it otherwise."""

    port: PortPath
    baud: Baud = 9600
    line: LineFormat = "8N1"
    prices: bool = False
    price_first: bool = False
    check_character: Literal["xor", "ignored"] = "xor"
    poll_ms: Annotated[int, Field(ge=50, le=5_000)] = 200
    silent_after_ms: SilentAfterMs = 3_000


def decode(frame: Frame, *, check: bool = True, price_first: bool = False) -> Weight:
    """The answer to ``DC1`` or ``DC2``. Raises BadFrame; DeviceSilent for NAK."""
    data = frame.data.translate(SEVEN_BITS)
    if data == NAK:
        raise _not_ready()
    found = blocks(data)
    if not found:
        raise BadFrame(f"{frame.data!r} is no weight: {explain(frame.data)}", frame.data)
    if check and not all(map(undamaged, found)):
        raise BadFrame(
            f"{frame.data!r} is damaged: its check character is wrong; look at cable, baud rate and parity", frame.data
        )
    weight = found[len(found) // 2]
    first, last = (found[0], found[2]) if len(found) > 1 else (b"", b"")
    price, amount = (first, last) if price_first else (last, first)
    state = _state(weight)
    return Weight(
        **frame.stamp(),
        grams=None if state in {"over", "under"} else _grams(weight, frame),
        state=state,
        price_minor=_minor(price) if _unit(weight) == b"kg" else None,
        amount_minor=_minor(amount) if state == "stable" else None,
    )


def _state(weight: bytes) -> Literal["stable", "moving", "over", "under"]:
    state, sign, digits = weight[:1], weight[1:2], weight[2:8]
    if sign == b"F" or b"F" in digits:
        return "over"
    if state == b"F":  # Gram p 42: abnormal
        return "under" if sign == b"-" else "over"
    return "stable" if state == b"S" else "moving"


def _unit(weight: bytes) -> bytes:
    return weight[8:10].lower()


def _grams(weight: bytes, frame: Frame) -> int:
    digits, factor = weight[2:8].replace(b" ", b""), GRAMS_PER_UNIT.get(_unit(weight))
    if factor is None or digits.count(b".") > 1 or not digits.replace(b".", b"").isdigit():
        raise BadFrame(f"{frame.data!r} is no weight in kg or lb: {explain(frame.data)}", frame.data)
    grams = whole_grams(Decimal(digits.decode("ascii")) * factor)
    return -grams if weight[1:2] == b"-" else grams


def _minor(block: bytes) -> int | None:
    """``"   15.00"`` is 1500: as many decimals as the scale shows. None when the scale cannot reckon it."""
    text = block[:-1].replace(b" ", b"").replace(b".", b"")
    return int(text) if text.isdigit() else None


def _ready(frame: Frame) -> None:
    """The answer to ``ENQ``: ACK, or NAK for not ready (AP-1 sheet: then ask again)."""
    if frame.data == NAK:
        raise _not_ready()
    if frame.data != ACK:
        raise BadFrame(f"{frame.data!r} does not answer ENQ: {explain(frame.data)}", frame.data)


def _not_ready() -> DeviceSilent:
    return DeviceSilent(
        "the scale answers that it is not ready (NAK): is it in a menu, warming up, or is the goods' weight too low?"
    )


def explain(heard: bytes) -> str:
    """What bytes look like that this manual does not describe, and what to do."""
    if b"S S " in heard or b"S D " in heard:
        return 'this looks like MT-SICS: set driver = "scale/mt-sics", or the scale to type 6'
    if b"\x02" in heard and b"\r" in heard:
        return 'this looks like a Toledo 8217: set driver = "scale/toledo-8217", or the scale to type 6'
    return "noise, a wrong baud rate or parity, or another protocol than CAS type 6?"


class Cas:
    """One scale: two questions for each weight."""

    def __init__(self, device: str, settings: CasSettings) -> None:
        self._settings = settings
        self._question = DC2 if settings.prices else DC1
        self._decode = partial(decode, check=settings.check_character == "xor", price_first=settings.price_first)
        self._line = SerialLine(
            settings.port, device=device, framing=FRAMING, explain=explain, baud=settings.baud, line=settings.line
        )

    async def __aenter__(self) -> Self:
        await self._line.__aenter__()
        return self

    async def __aexit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        await self._line.__aexit__(kind, error, trace)

    def readings(self) -> AsyncIterator[Weight]:
        """Every weight. Raises DeviceGone, BadFrame, and DeviceSilent also for a scale that is never ready."""
        settings = self._settings
        pace = Pace(poll_ms=settings.poll_ms, answer_ms=ANSWER_MS, silent_after_ms=settings.silent_after_ms)
        return poll_by(self._line, self._weigh, pace)

    async def perform(self, command: AnyCommand) -> Refused:
        """The protocol has no commands."""
        return cannot(command, "a CAS scale", "nothing by cable; use its keys")

    async def _weigh(self) -> Weight:
        await self._line.ask(ENQ, _ready, deadline_ms=ANSWER_MS)
        return await self._line.ask(self._question, self._decode, deadline_ms=ANSWER_MS)


def recognise(heard: bytes) -> dict[str, Setting] | None:
    """A frame with a right check character."""
    return {} if any(found and all(map(undamaged, found)) for found in map(blocks, FRAMING.cut(heard).frames)) else None


PROBE = Probe(
    lines=((9600, "8N1"), (9600, "7E1"), (4800, "8N1")),
    words=(ENQ, DC1),
    recognise=recognise,
    harmless="ENQ and DC1 ask for the weight (PD-II p 23)",
)


def _open(device: str, settings: CasSettings, _wires: Wires) -> Cas:
    return Cas(device, settings)


DRIVER = Driver(kind="scale", settings_class=CasSettings, open=_open, probes=(PROBE,))
