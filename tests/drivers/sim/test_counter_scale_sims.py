"""NCI, CAS and checkout scales as simulators: they answer as their manuals print it; checked here without any driver."""

from __future__ import annotations

from functools import reduce
from operator import xor

import pytest

from drivers.sim.cas import CasDialect
from drivers.sim.cas_01 import Cas01Dialect
from drivers.sim.dialog06 import DialogDialect
from drivers.sim.dialog_checksums import P, remainder
from drivers.sim.nci import NciDialect
from tests.drivers.sim.pans import pan, says


def block(content: bytes) -> bytes:
    return bytes([0x02, *content, reduce(xor, content), 0x03])


@pytest.mark.parametrize(
    ("grams", "moving", "answer"),
    [
        (1250, False, b"\n01.250KG\r\nS0p0\r\x03"),
        (0, False, b"\n00.000KG\r\nS2p0\r\x03"),
        (500, True, b"\nS1p0\r\x03"),
        (15_001, False, b"\nS0r0\r\x03"),
        (-15_000, False, b"\nS0q0\r\x03"),
    ],
)
async def test_an_nci_scale_weighs(grams: int, moving: bool, answer: bytes) -> None:
    assert await says(NciDialect(pan(grams, moving=moving)), b"W\r") == answer


async def test_an_nci_scale_tares_zeroes_and_does_not_know_everything() -> None:
    dialect = NciDialect(pan(250))
    assert await says(dialect, b"T\rW\r") == b"\nS2p4\r\x03\n00.000KG\r\nS2p4\r\x03"
    assert await says(dialect, b"Z") == b""
    assert await says(dialect, b"\rS\r") == b"\nS2p0\r\x03" * 2
    assert await says(dialect, b"Q\r") == b"\n?\r\x03"
    dialect.third_byte = dialect.knows_tare = False
    assert await says(dialect, b"T\rS\r") == b"\n?\r\x03\nS20\r\x03"
    dialect.motion_inverted = True
    assert await says(dialect, b"S\r") == b"\nS30\r\x03"
    adam = NciDialect(pan(20_000))
    adam.adam = True
    assert await says(adam, b"W\r") == b"\n^^^^^^kg\r\n0r0\r\x03"
    assert [
        (await says(NciDialect(pan(1250), unit=unit), b"W\r"))[1:].split(b"\r")[0] for unit in ("lb", "oz", "g", "lb-oz")
    ] == [
        b"002.76LB",
        b"044.09OZ",
        b"_1250G_",
        b"2LB 12.1OZ",
    ]


async def test_a_cas_scale_answers_byte_for_byte() -> None:
    dialect = CasDialect(pan(1250))
    assert await says(dialect, b"\x05") == b"\x06"
    assert await says(dialect, b"\x11") == bytes.fromhex("01 02 53 20 30 31 2e 32 35 30 6b 67 67 03 04")
    assert await says(dialect, b"\x11") == b""  # only after ENQ
    assert await says(dialect, b"\x05\x12") == b"".join(
        [b"\x06\x01", block(b"   15.63"), block(b"S 01.250kg"), block(b"   12.50"), b"\x04"]
    )
    dialect.ready = False
    assert await says(dialect, b"\x05\x11") == b"\x15"
    assert await says(CasDialect(pan(15_001)), b"\x05\x11") == b"\x06\x01\x02SFFFFFFFkg\x19\x03\x04"


async def test_a_cas_scale_of_type_0_and_epos() -> None:
    frame = block(b")01250")
    dialect = Cas01Dialect(pan(1250))
    assert await says(dialect, b"\x05\x12") == b"\x06" + frame
    assert await says(Cas01Dialect(pan(1250, moving=True)), b"\x05\x12") == b"\x15"
    assert await says(Cas01Dialect(pan(-10)), b"\x05\x12") == b"\x06" + block(b"900000")
    dialect.epos = True
    assert await says(dialect, b"\x05\x11\r") == b"\x06" + frame * 2
    assert dialect.confirmed == 1
    dialect.pan.held_moving = True
    assert await says(dialect, b"\x05") == b"\x18"
    dialect.no_data = True
    assert await says(dialect, b"\x05") == b"\x00"


async def test_a_checkout_scale_wants_the_price_first_and_tells_a_weight_once() -> None:
    dialect = DialogDialect(pan(1250))
    assert await says(dialect, b"\x04\x05") == b"\x15"
    assert await says(dialect, b"\x04\x0208\x03") == b"\x0209\x1b01\x03"
    price = b"\x04\x0201\x1b001250\x1b\x03"
    assert await says(dialect, price) == b"\x06"
    assert await says(dialect, b"\x04\x05") == b"\x0202\x1b3\x1b01250\x1b001250\x1b001563\x03"
    assert await says(dialect, b"\x04" + price + b"\x04\x05\x04\x0208\x03") == b"\x06\x15\x0209\x1b21\x03"
    assert await says(dialect, b"\x04\x0201\x1b000000\x1b\x03\x04\x0208\x03") == b"\x15\x0209\x1b11\x03"
    assert await says(dialect, b"\x04\x0207\x03\x04\x0208\x03") == b"\x15\x0209\x1b10\x03"


async def test_a_certified_checkout_scale_asks_and_judges() -> None:
    dialect = DialogDialect(pan(1250))
    dialect.certified = True
    price = b"\x04\x0201\x1b001250\x1b\x03"
    assert await says(dialect, price) == b"\x0211\x1b247\x03"  # DIVA p 55
    assert await says(dialect, b"\x04\x0210\x1b00000001\x03\x04\x05") == b"\x06\x0211\x1b0\x03"
    assert await says(dialect, b"\x04\x0210\x1b00000000\x03\x04\x05") == b"\x06\x0211\x1b1\x03"
    assert await says(dialect, price) == b"\x06"


def test_the_rest_of_a_division_by_the_polynomial() -> None:
    assert remainder(0) == 0
    assert remainder(1) == P & 0xFFFF  # x^16 is P without its highest bit
    assert remainder(3) == remainder(2) ^ remainder(1)
