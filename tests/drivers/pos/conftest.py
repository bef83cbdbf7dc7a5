"""Shared by the tests of what stands on the counter."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from drivers.pos.escpos_printer import EscposPrinter
from drivers.pos.escpos_settings import EscposSettings
from drivers.sim.escpos_printer import EscposSim
from drivers.sim.tcp_port import TcpPort


@pytest.fixture
def printer_at() -> Callable[..., EscposPrinter]:
    """``printer_at(sim, proof="none")``: the driver of a simulated printer, to be opened; patient, polling often."""

    def make(sim: EscposSim, *, way: str = "", **choices: Any) -> EscposPrinter:
        way = way or ("address" if isinstance(sim._port, TcpPort) else "port")
        place = {way: sim.address if way == "address" else sim.port}
        settings = {"poll_ms": 200, "silent_after_ms": 60_000, "stalled_after_ms": 30_000} | choices
        return EscposPrinter("printer-1", EscposSettings(**place, **settings))

    return make
