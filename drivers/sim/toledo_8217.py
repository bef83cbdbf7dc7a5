"""A simulated Mettler-Toledo 8217 or 8213 scale, from the METTLER DIVA service manual (PSC Magellan 8500), pp 39-45."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from fractions import Fraction
from pathlib import Path
from typing import Literal

from drivers.sim.pan import Pan
from drivers.sim.scale_commands import run_scale
from drivers.sim.scale_sim import Reply, ScaleSim, Told

STX = b"\x02"
CR = b"\r"
GRAMS_PER_POUND = Fraction(45359237, 100000)
COMMAND_DELAY_S = 0.150  # p 44: T and C answer after 150 ms


class Toledo8217Dialect:
    """One byte in, one answer out. ``self_test_failed``: silent to W and Z. ``bit5_always``: the 8213 as others print it."""

    repeat_ms: int | None = None

    def __init__(self, pan: Pan, *, unit: Literal["kg", "lb"] = "kg") -> None:
        self.pan = pan
        self.unit = unit
        self.self_test_failed = False
        self.tare_enabled = True
        self.bit5_always = False
        self._echo = False
        self._tare_digits: bytes | None = None

    async def hear(self, data: bytes) -> AsyncIterator[Reply]:
        for byte in data:
            command = bytes([byte & 0x7F])
            if self._tare_digits is not None:
                reply = await self._tare_character(command)
            elif self._echo:
                self._echo = command != b"F"
                reply = Reply(data=command if self._echo else STX + b"F" + CR, says="echo")
            else:
                reply = await self._obey(command)
            if reply is not None:
                yield reply

    def weigh(self) -> Reply:
        """W, p 44: digits, or the status when in motion, negative or over capacity."""
        pan = self.pan
        if pan.moving or pan.over or pan.net_g < 0:
            return self._status()
        digits = self._digits(pan.net_g) + (b"N" if pan.tare_g else b"")
        return Reply(data=STX + digits + CR, says="stable", grams=pan.net_g)

    async def _obey(self, command: bytes) -> Reply | None:
        if command in b"TC":
            return await self._obey_slowly(command)
        if self.self_test_failed and command in b"WZ":
            return None
        answers = {b"W": self.weigh, b"Z": self._zero, b"A": self._start_self_test, b"B": self._self_test, b"E": self._start_echo}
        return answers.get(command, self._status)()

    async def _obey_slowly(self, command: bytes) -> Reply | None:
        if command == b"T":
            self._tare_digits = b""
            return None
        await asyncio.sleep(COMMAND_DELAY_S)
        if not self.pan.moving:
            self.pan.tare_g = 0
        return self._status()

    def _start_self_test(self) -> Reply:
        return Reply(data=STX + CR, says="self-test started")

    def _self_test(self) -> Reply:
        return Reply(data=STX + b"?" + (b"B" if self.self_test_failed else b"@") + CR, says="self-test result")

    def _start_echo(self) -> Reply:
        self._echo = True
        return Reply(data=STX + b"E" + CR, says="echo on")

    async def _tare_character(self, character: bytes) -> Reply | None:
        digits = self._tare_digits or b""
        if character != CR:
            self._tare_digits = digits + character
            return None
        self._tare_digits = None
        await asyncio.sleep(COMMAND_DELAY_S)
        if not self.tare_enabled:
            return None
        if digits.isdigit() and len(digits) == 5:
            self.pan.tare_g = int(digits)
        elif not digits and not self.pan.moving and self.pan.gross_g > 0:
            self.pan.set_tare()
        return self._status()

    def _zero(self) -> Reply:
        """Z, p 44: captured when stable, within the capture range and without tare."""
        if not self.pan.moving and self.pan.zeroable and not self.pan.tare_g:
            self.pan.set_zero()
        return self._status()

    def _status(self) -> Reply:
        """The status byte, p 45."""
        pan = self.pan
        bits = 0x40
        bits |= 0x01 * pan.moving
        bits |= 0x02 * pan.over
        bits |= 0x04 * (pan.net_g < 0)
        bits |= 0x08 * (not pan.zeroable)
        bits |= 0x10 * (pan.net_g == 0 and not pan.moving)
        bits |= 0x20 * (bool(pan.tare_g) or self.bit5_always)
        says = "moving" if pan.moving else "over" if pan.over else "under" if pan.net_g < 0 else "status"
        return Reply(data=STX + b"?" + bytes([bits]) + CR, says=says)

    def _digits(self, grams: int) -> bytes:
        if self.unit == "kg":
            return b"%02d.%03d" % divmod(grams, 1000)
        hundredths = int(Fraction(grams * 100) / GRAMS_PER_POUND + Fraction(1, 2))
        return b"%02d.%02d" % divmod(hundredths, 100)


def Toledo8217Sim(  # noqa: N802 - reads as the constructor it stands for
    *,
    link: Path | None = None,
    settle_ms: int = 300,
    capacity_g: int = 15_000,
    unit: Literal["kg", "lb"] = "kg",
    tell: Callable[[Told], None] | None = None,
) -> ScaleSim[Toledo8217Dialect]:
    """A scale to open with ``async with``; its port is ``sim.port``."""
    pan = Pan(settle_ms=settle_ms, capacity_g=capacity_g)
    return ScaleSim(Toledo8217Dialect(pan, unit=unit), pan, link=link, tell=tell)


def main(argv: Sequence[str] | None = None) -> int:
    """``storebox sim scale/toledo-8217 --link PATH``; ends at SIGINT or SIGTERM."""
    return run_scale(Toledo8217Sim, argv, name="scale/toledo-8217", units=("kg", "lb"))
