"""A shopper's payment code is there while its reading is dealt with, then nowhere: not on the board, not for the next reading."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from drivers.contract import Wires
from drivers.counter_readings import PaymentCodeShown, Scanned
from drivers.one_attempt import NothingLeft, OneAttempt
from drivers.pos.scanner_serial import DRIVER, SerialScannerSettings
from drivers.readings import AnyReading
from drivers.sim.scanner_serial import ScannerSim
from edge.attend import Attended
from edge.intake import Rules
from edge.status import Board

CODE, UNUSED = "134567890123456789", "284505190871234567"


def left(code: OneAttempt) -> str:
    try:
        return code.take()
    except NothingLeft:
        return ""


@dataclass
class Rule:
    """Takes the first payment code, as the shop may, and tries to take one from the board and from the reading before."""

    board: Board
    taken: list[str] = field(default_factory=list)
    too_late: list[str] = field(default_factory=list)

    def notice(self, previous: AnyReading | None, reading: AnyReading) -> bool:
        if isinstance(previous, PaymentCodeShown):
            self.too_late.append(left(previous.code))
        if isinstance(reading, PaymentCodeShown):
            shown = self.board.devices["scanner-1"].reading
            assert isinstance(shown, PaymentCodeShown)
            self.too_late.append(left(shown.code))
            if not self.taken:
                self.taken.append(left(reading.code))
        return False


def nothing(*_any: object) -> Any:
    raise AssertionError("nothing is decided here")


async def test_a_payment_code_is_forgotten_when_its_reading_was_dealt_with(tmp_path: Path) -> None:
    board = Board()
    rule = Rule(board)
    async with ScannerSim(tmp_path / "scanner") as scanner, asyncio.timeout(60):
        attended = Attended(
            name="scanner-1",
            driver=DRIVER,
            driver_name="scanner/serial",
            settings=SerialScannerSettings(port=scanner.port),
            wires=Wires(broker=None),  # type: ignore[arg-type]
            journal=None,  # type: ignore[arg-type]
            rules=Rules(notice=rule.notice, entry_for=nothing, letter_for=nothing),
            board=board,
        )
        running = asyncio.create_task(attended.part.keep_running(), name="scanner-1")
        while not attended.is_open:
            await board.changed(board.version)
        for code, symbology in ((CODE, "Q1"), (UNUSED, "Q1"), ("6901028075831", "E0")):
            scanner.scan(code, symbology)
        while not isinstance(board.devices["scanner-1"].reading, Scanned):
            await board.changed(board.version)
        running.cancel()
        await asyncio.wait((running,))
    assert (rule.taken, rule.too_late) == ([CODE], [""] * 4)
