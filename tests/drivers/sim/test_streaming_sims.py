"""The simulated scales that talk by themselves, or in lines, say what their manuals print; checked without any driver."""

from __future__ import annotations

from typing import Any

import pytest

from drivers.sim.a_and_d import AAndDDialect
from drivers.sim.adam_azextra import AdamAzExtraDialect
from drivers.sim.adam_cpwplus import AdamCpwPlusDialect
from drivers.sim.cas_stream import CasStreamDialect
from drivers.sim.dahua import DahuaDialect
from drivers.sim.pan import Pan
from drivers.sim.toledo_continuous import ToledoContinuousDialect
from tests.drivers.sim.pans import pan, says


@pytest.mark.parametrize(
    ("dialect", "load", "said"),
    [
        (ToledoContinuousDialect, pan(1250), bytes.fromhex("022d3020303031323530 303030303030 0d2c")),
        (ToledoContinuousDialect, pan(1250, moving=True), b"\x02-8 001250000000\r\x24"),
        (ToledoContinuousDialect, pan(1500, tare=250), b"\x02-1 001250000250\r\x24"),
        (AAndDDialect, pan(1250), b"ST,+0001.250 kg\r\n"),
        (AAndDDialect, pan(20_000), b"OL,+999999E+99\r\n"),
        (CasStreamDialect, pan(1250), b"ST,GS,\x01\xc4,   1.250 kg\r\n"),
        (CasStreamDialect, pan(0, moving=True, tare=250), b"US,NT,\x01\x82,-  0.250 kg\r\n"),
        (DahuaDialect, pan(15_000), b"ww0015.000kg\r\n"),
        (DahuaDialect, pan(0, tare=15_000), b"wn-015.000kg\r\n"),
        (AdamCpwPlusDialect, pan(1750), b"N/W+   1.750 kg\r\n"),
        (AdamAzExtraDialect, pan(1250), b"1.250kg\r\n"),
    ],
)
def test_a_weight_on_the_wire(dialect: Any, load: Pan, said: bytes) -> None:
    assert dialect(load).weigh().data == said


async def test_a_toledo_obeys_letters_while_it_rests() -> None:
    dialect = ToledoContinuousDialect(pan(250))
    await says(dialect, b"T")
    assert dialect.pan.tare_g == 250
    await says(dialect, b"C\r\n")
    assert dialect.pan.tare_g == 0
    dialect.pan.held_moving = True
    await says(dialect, b"TPZ")
    assert (dialect.pan.tare_g, dialect.pan.gross_g) == (0, 250)


async def test_an_indicator_repeats_a_command_or_says_why_not() -> None:
    dialect = AAndDDialect(pan(250))
    assert await says(dialect, b"Q\r\nZ\r\nHELLO\r\n") == b"ST,+0000.250 kg\r\n"  # a scale of the other kind says nothing
    assert dialect.pan.gross_g == 0, "but Z was obeyed"
    dialect.pan.put(750)
    dialect.indicator = True
    assert await says(dialect, b"MT\r\nRW\r\nCT\r\nQ\r\n") == b"MT\r\nST,NT,+0000.000kg\r\nCT\r\n?\r\n"
    dialect.pan.held_moving = True
    assert await says(dialect, b"MZ\r\n") == b"I\r\n"


async def test_an_azextra_beeps_when_it_has_nothing_new() -> None:
    dialect = AdamAzExtraDialect(pan(0))
    assert await says(dialect, b"P\r\n") == b""
    dialect.pan.put(1250)
    assert await says(dialect, b"P\r\nP\r\nP\r\n") == b"1.250kg\r\n"
    assert dialect.beeps == 2


@pytest.mark.parametrize("dialect", [CasStreamDialect, DahuaDialect])
async def test_an_indicator_that_only_sends_hears_nothing(dialect: Any) -> None:
    assert await says(dialect(pan(250)), b"ZTC\r\n") == b""
