"""A simulated checkout scale, Dialog 06 or 02/04, from METTLER DIVA pp 53-55, Ohaus Aviator pp 38-45 and Cely PI100 p 18.

How the checksums are turned by the random number is from Ohaus p 39; the polynomial is this simulator's own, as each maker's is.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import AsyncIterator, Callable, Sequence
from fractions import Fraction
from pathlib import Path

from drivers.sim.dialog_checksums import remainder, unturned
from drivers.sim.pan import Pan
from drivers.sim.scale_commands import run_scale
from drivers.sim.scale_sim import Reply, ScaleSim, Told

STX, ETX, ESC, ACK, NAK = b"\x02", b"\x03", b"\x1b", b"\x06", b"\x15"
MESSAGE = re.compile(rb"\x04*(?:(?P<enq>\x05)|\x02(?P<record>[^\x03]*)\x03)")
UNITS = {
    "kg": (b"3", Fraction(1)),
    "lb": (b"1", Fraction("0.01") * Fraction("453.59237")),
    "lb-5": (b"2", Fraction("0.001") * Fraction("453.59237")),
    "lb-oz": (b"0", Fraction("28.349523125") / 8),
}
Z = 0x47


class DialogDialect:
    """``minimum_g``: below it no weight is told. ``unfinished``: so often 22 first. ``certified``: asks for checksums first.

    ``counted``: how often each record was heard and each status given. ``knows_status`` off: no answer to record 08.
    ``fault``: told as the status of everything.
    """

    repeat_ms: int | None = None

    def __init__(self, pan: Pan, *, unit: str = "kg") -> None:
        self.pan = pan
        self.unit = unit
        self.minimum_g = 40
        self.unfinished = 0
        self.certified = False
        self.knows_status = True
        self.fault = ""
        self.price_minor = 0
        self.text = ""
        self.counted: Counter[str] = Counter()
        self._accepted = False
        self._proving = b""
        self._moves_told = -1
        self._code = "00"
        self._unread = b""

    async def hear(self, data: bytes) -> AsyncIterator[Reply]:
        self._unread += data
        while found := MESSAGE.search(self._unread):
            self._unread = self._unread[found.end() :]
            reply = self._tell() if found["enq"] else self._obey(found["record"])
            if reply is not None:
                yield reply

    def weigh(self) -> Reply:
        """Record 02."""
        sign, step = UNITS[self.unit]
        steps = int(self.pan.net_g / step + Fraction(1, 2))
        if self.unit == "lb-oz":
            steps = steps // 128 * 1000 + steps // 8 % 16 * 10 + steps % 8  # pounds, ounces, eighths
        amount = (self.pan.net_g * self.price_minor + 500) // 1000
        fields = ESC.join([b"02", sign, b"%05d" % steps, b"%06d" % self.price_minor, b"%06d" % amount])
        return Reply(data=STX + fields + ETX, says="stable", grams=self.pan.net_g)

    def _obey(self, record: bytes) -> Reply | None:
        number, *fields = record.split(ESC)
        self.counted[number.decode("ascii", "replace")] += 1
        if number == b"08":
            return _record(b"09", self._code.encode()) if self.knows_status else None
        if number == b"10":
            self._proving = b"1" if self._valid(fields[0]) else b"0"
            return Reply(data=ACK, says="checksums heard")
        if number in {b"01", b"03", b"04", b"05"}:
            return self._take_goods(number, fields)
        return self._refuse("10")

    def _take_goods(self, number: bytes, fields: list[bytes]) -> Reply:
        if self.certified:
            return _record(b"11", b"2%02X" % Z)
        price, tare = int(fields[0]), int(fields[1]) if number in {b"03", b"05"} else 0
        if self.fault or price == 0 or tare > self.pan.capacity_g // 2:
            return self._refuse(self.fault or ("11" if price == 0 else "12"))
        self.price_minor, self.pan.tare_g = price, tare
        self.text = fields[-1].decode() if number in {b"04", b"05"} else ""
        self._accepted = True
        return Reply(data=ACK, says="goods accepted")

    def _tell(self) -> Reply:
        if self._proving:
            verdict, self._proving = self._proving, b""
            self.certified = verdict == b"0"
            return _record(b"11", verdict)
        code = self._why_not()
        if code:
            self._accepted = code in {"20", "22"}
            return self._refuse(code)
        self._accepted = False
        self._moves_told = self.pan.moves
        return self.weigh()

    def _why_not(self) -> str:
        """The status codes of DIVA p 54."""
        pan = self.pan
        if not self._accepted:
            return "01"
        if pan.moving:
            return "20"
        if pan.over:
            return "32"
        if pan.net_g < 0:
            return "31"
        if pan.net_g < self.minimum_g:
            return "30"
        if self._moves_told == pan.moves:
            return "21"
        if self.unfinished:
            self.unfinished -= 1
            return "22"
        return ""

    def _refuse(self, code: str) -> Reply:
        self._code = code
        self.counted[code] += 1
        return Reply(data=NAK, says=f"refused, status {code}")

    def _valid(self, pair: bytes) -> bool:
        cs, kw = unturned(pair, Z)
        return kw == remainder(cs)


def _record(number: bytes, *fields: bytes) -> Reply:
    return Reply(data=STX + ESC.join([number, *fields]) + ETX, says=f"record {number.decode()} {b' '.join(fields).decode()}")


def DialogSim(  # noqa: N802 - reads as the constructor it stands for
    *,
    link: Path | None = None,
    settle_ms: int = 300,
    capacity_g: int = 15_000,
    unit: str = "kg",
    tell: Callable[[Told], None] | None = None,
) -> ScaleSim[DialogDialect]:
    """A scale to open with ``async with``; its port is ``sim.port``."""
    pan = Pan(settle_ms=settle_ms, capacity_g=capacity_g)
    return ScaleSim(DialogDialect(pan, unit=unit), pan, link=link, tell=tell)


def main(argv: Sequence[str] | None = None) -> int:
    """``storebox sim scale/dialog-06 --link PATH``; ends at SIGINT or SIGTERM."""
    return run_scale(DialogSim, argv, name="scale/dialog-06", units=tuple(UNITS))
