"""200 answers in a storm of random bytes, cut anywhere, on a real pty: 200 weights found, in order, and no other."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable, Iterator
from functools import partial, reduce
from itertools import pairwise
from operator import xor
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.contract import DeviceError, Frame
from drivers.readings import Weight
from drivers.scales import cas, cas_01, cas_frame, mt_sics, nci, toledo_8217
from drivers.sim.pty_port import PtyPort
from drivers.wires.framing import Cutter
from drivers.wires.serial_line import SerialLine

Decode = Callable[[Frame], Weight]


def toledo_frame(grams: int) -> bytes:
    return b"\x02%02d.%03d\r" % divmod(grams, 1000)


def sics_frame(grams: int) -> bytes:
    return f"S S {grams / 1000:10.3f} kg\r\n".encode()


def nci_frame(grams: int) -> bytes:
    return b"\n%02d.%03dKG\r\nS0p0\r\x03" % divmod(grams, 1000)


def cas_frame_of(grams: int) -> bytes:
    content = b"S %02d.%03dkg" % divmod(grams, 1000)
    return bytes([0x01, 0x02, *content, reduce(xor, content), 0x03, 0x04])


def cas_01_frame(grams: int) -> bytes:
    content = b")%05d" % grams
    return bytes([0x02, *content, reduce(xor, content), 0x03])


scales = pytest.mark.parametrize(
    ("encode_frame", "framing", "decode"),
    [
        (toledo_frame, toledo_8217.FRAMING, toledo_8217.decode),
        (sics_frame, mt_sics.FRAMING, mt_sics.decode),
        (nci_frame, nci.FRAMING, nci.decode),
        (cas_frame_of, cas_frame.FRAMING, cas.decode),
        (cas_01_frame, cas_01.FRAMING, partial(cas_01.decode, settings=cas_01.Cas01Settings(port="/dev/ttyUSB0"))),
    ],
    ids=["8217", "MT-SICS", "NCI", "CAS", "CAS 0/1"],
)


def weight_in(data: bytes, decode: Decode, stamp: Frame) -> Weight | None:
    try:
        return decode(Frame(data=data, device=stamp.device, at=stamp.at, monotonic_ms=stamp.monotonic_ms))
    except DeviceError:
        return None


def pieces(data: bytes, dice: random.Random) -> Iterator[bytes]:
    at = 0
    while at < len(data):
        length = dice.choice([1, 1, 2, 3, 7, 30, 100])
        yield data[at : at + length]
        at += length


@scales
@pytest.mark.parametrize("seed", range(3))
async def test_200_of_200_weights_in_a_storm(
    tmp_path: Path, encode_frame: Callable[[int], bytes], framing: Cutter, decode: Decode, seed: int
) -> None:
    dice = random.Random(seed)
    truth = [dice.randrange(99_999) for _ in range(200)]
    storm = b"".join(dice.randbytes(dice.randrange(40)) + encode_frame(grams) for grams in truth)
    far_end = PtyPort(tmp_path / "port")
    far_end.plug()
    line = SerialLine(str(far_end.link), device="lane-1", framing=framing, explain=str, baud=9600)
    found: list[int | None] = []

    async def listen() -> None:
        while len(found) < 200 or found[-1] != truth[-1]:
            frame = await line.frame()
            weight = weight_in(frame.data, decode, frame)
            if weight is not None and weight.state == "stable":
                found.append(weight.grams)

    async with asyncio.timeout(60), line:
        listening = asyncio.ensure_future(listen())
        for piece in pieces(storm, dice):
            assert far_end.write(piece) == len(piece)
            await asyncio.sleep(0)
        await listening
    far_end.unplug()
    assert found == truth


@scales
@given(
    noises=st.lists(st.binary(max_size=40), min_size=1, max_size=6),
    grams=st.integers(0, 99_990),
    at=st.lists(st.integers(0, 2000), max_size=30),
)
def test_noise_before_between_and_after(  # noqa: PLR0917 - pytest passes them by name
    encode_frame: Callable[[int], bytes],
    framing: Cutter,
    decode: Decode,
    noises: list[bytes],
    grams: int,
    at: list[int],
    stamp: Frame,
) -> None:
    data = b"".join(noise + encode_frame(grams + number) for number, noise in enumerate(noises)) + noises[0]
    edges = sorted({0, len(data), *(place % len(data) for place in at)})
    found, rest = [], b""
    for begin, end in pairwise(edges):
        cut = framing.cut(rest + data[begin:end])
        rest = cut.rest
        weights = [weight for frame in cut.frames if (weight := weight_in(frame, decode, stamp)) is not None]
        found += [weight.grams for weight in weights if weight.state == "stable"]
    assert found == [grams + number for number in range(len(noises))]
