"""A simulated NCI (SCP-01, "ECR") scale, from the METTLER DIVA service manual pp 34-37; ``adam`` from Adam MDW pp 13-14."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Sequence
from fractions import Fraction
from pathlib import Path

from drivers.sim.pan import Pan
from drivers.sim.scale_commands import run_scale
from drivers.sim.scale_sim import Reply, ScaleSim, Told

LF, CR, ETX = b"\n", b"\r", b"\x03"
GRAMS_PER_UNIT = {
    "kg": Fraction(1000),
    "lb": Fraction("453.59237"),
    "oz": Fraction("28.349523125"),
    "g": Fraction(1),
    "lb-oz": Fraction("28.349523125"),
}
DECIMALS = {"kg": 3, "lb": 2, "oz": 2, "g": 0, "lb-oz": 1}


class NciDialect:
    """Commands end with CR. ``knows_tare`` off: the DIVA, which has no T. ``third_byte`` off: no net flag (NCI 7800).

    ``motion_inverted``: byte 1 as Global Industrial 412584 prints it. ``tells_moving_weight``: digits while the pan moves.
    """

    def __init__(self, pan: Pan, *, unit: str = "kg") -> None:
        self.pan = pan
        self.unit = unit
        self.adam = False
        self.knows_tare = True
        self.third_byte = True
        self.motion_inverted = False
        self.tells_moving_weight = False
        self.memory_faults = 0  # bit 2 RAM, bit 3 EEPROM
        self.rom_faults = 0  # bit 2 ROM, bit 3 calibration
        self.zero_error = False
        self.repeat_ms: int | None = None
        self._unfinished = b""

    async def hear(self, data: bytes) -> AsyncIterator[Reply]:
        *commands, self._unfinished = (self._unfinished + data).split(CR)
        for command in commands:
            yield self._obey(command)

    def weigh(self) -> Reply:
        """W, p 36: digits and status; the status alone when negative, moving, out of range or without zero."""
        pan = self.pan
        if self.adam and (text := self._adam_words()):
            return Reply(data=LF + text + self._unit() + CR + self._status(), says=self._says())
        blocked = pan.net_g < 0 or pan.over or self._under or self.zero_error
        if blocked or (pan.moving and not self.tells_moving_weight):
            return self._tell_status()
        return Reply(data=LF + self._digits(pan.net_g) + CR + self._status(), says=self._says(), grams=pan.net_g)

    def _obey(self, command: bytes) -> Reply:
        answers = {b"W": self.weigh, b"S": self._tell_status, b"Z": self._zero}
        if self.knows_tare:
            answers[b"T"] = self._tare
        return answers.get(command, _unknown)()

    def _zero(self) -> Reply:
        """Note 4, p 35: outside the zero range or in motion it is ignored."""
        if not self.pan.moving and self.pan.zeroable:
            self.pan.set_zero()
        return self._tell_status()

    def _tare(self) -> Reply:
        if not self.pan.moving and not self.pan.over and self.pan.gross_g >= 0:
            self.pan.set_tare()
        return self._tell_status()

    def _tell_status(self) -> Reply:
        return Reply(data=self._status(), says=self._says())

    def _status(self) -> bytes:
        """Pp 36-37: bits 4 and 5 are always 1, bit 6 says that another byte follows the second."""
        pan = self.pan
        at_zero = pan.net_g == 0 and not pan.moving
        first = 0x30 | (pan.moving != self.motion_inverted) | at_zero << 1 | self.memory_faults << 2
        second = 0x30 | self._under | pan.over << 1 | self.rom_faults << 2
        status = bytes([first, second])
        if self.third_byte:
            status = bytes([first, second | 0x40, 0x30 | bool(pan.tare_g) << 2 | self.zero_error << 3])
        return LF + (b"" if self.adam else b"S") + status + CR + ETX

    def _adam_words(self) -> bytes:
        if self.zero_error:
            return b"---------"
        return b"^^^^^^" if self.pan.over else b"______" if self._under else b""

    def _digits(self, grams: int) -> bytes:
        places = DECIMALS[self.unit]
        steps = int(grams / GRAMS_PER_UNIT[self.unit] * 10**places + Fraction(1, 2))
        if self.unit == "lb-oz":
            pounds, tenths = divmod(steps, 160)
            return b"%dLB %04.1fOZ" % (pounds, tenths / 10)
        whole, part = divmod(steps, 10**places)
        digits = f"{whole:0{5 - places}d}.{part:0{places}d}" if places else f"_{whole:04d}"
        return (b" " if self.adam else b"") + digits.encode() + self._unit() + (b"" if places else b"_")

    def _unit(self) -> bytes:
        return self.unit.encode() if self.adam else self.unit.upper().encode()

    @property
    def _under(self) -> bool:
        return self.pan.gross_g * 50 < -self.pan.capacity_g

    def _says(self) -> str:
        pan = self.pan
        return "over" if pan.over else "moving" if pan.moving else "under" if self._under else "stable"


def _unknown() -> Reply:
    return Reply(data=LF + b"?" + CR + ETX, says="unknown command")


def NciSim(  # noqa: N802 - reads as the constructor it stands for
    *,
    link: Path | None = None,
    settle_ms: int = 300,
    capacity_g: int = 15_000,
    unit: str = "kg",
    tell: Callable[[Told], None] | None = None,
) -> ScaleSim[NciDialect]:
    """A scale to open with ``async with``; its port is ``sim.port``."""
    pan = Pan(settle_ms=settle_ms, capacity_g=capacity_g)
    return ScaleSim(NciDialect(pan, unit=unit), pan, link=link, tell=tell)


def main(argv: Sequence[str] | None = None) -> int:
    """``storebox sim scale/nci --link PATH``; ends at SIGINT or SIGTERM."""
    return run_scale(NciSim, argv, name="scale/nci", units=tuple(GRAMS_PER_UNIT))
