"""One answer of every scale that the box can read, as it comes from the wire, with what cuts and decodes it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from drivers.contract import Frame
from drivers.scales import (
    a_and_d,
    adam_azextra,
    adam_cpwplus,
    cas,
    cas_01,
    cas_frame,
    cas_stream,
    dahua,
    dialog_records,
    mt_sics,
    nci,
    toledo_8217,
    toledo_continuous,
)
from drivers.wires.framing import Cutter

CAS_01 = cas_01.Cas01Settings(port="/dev/ttyUSB0")


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """``data`` is a stable weight of 1250 g."""

    driver: str
    data: bytes
    framing: Cutter
    decode: Callable[[Frame], object]


ANSWERS = (
    Answer(driver="scale/toledo-8217", data=b"\x0201.250\r", framing=toledo_8217.FRAMING, decode=toledo_8217.decode),
    Answer(driver="scale/mt-sics", data=b"S S      1.250 kg\r\n", framing=mt_sics.FRAMING, decode=mt_sics.decode),
    Answer(driver="scale/nci", data=b"\n01.250KG\r\nS0p0\r\x03", framing=nci.FRAMING, decode=nci.decode),
    Answer(
        driver="scale/cas",
        data=bytes.fromhex("01 02 53 20 30 31 2e 32 35 30 6b 67 67 03 04"),
        framing=cas_frame.FRAMING,
        decode=cas.decode,
    ),
    Answer(
        driver="scale/cas-01",
        data=b"\x02)01250\x1f\x03",
        framing=cas_01.FRAMING,
        decode=partial(cas_01.decode, settings=CAS_01),
    ),
    Answer(
        driver="scale/dialog-06",
        data=b"\x0202\x1b3\x1b01250\x1b001250\x1b001563\x03",
        framing=dialog_records.FRAMING,
        decode=dialog_records.decode,
    ),
    Answer(
        driver="scale/toledo-continuous",
        data=bytes.fromhex("02 2d 30 20 30 30 31 32 35 30 30 30 30 30 30 30 0d 2c"),
        framing=toledo_continuous.framing(checksum=True),
        decode=toledo_continuous.decode,
    ),
    Answer(driver="scale/a-and-d", data=b"ST,+0001.250 kg\r\n", framing=a_and_d.FRAMING, decode=a_and_d.decode),
    Answer(driver="scale/adam-cpwplus", data=b"G/W+   1.25 kg\r\n", framing=adam_cpwplus.FRAMING, decode=adam_cpwplus.decode),
    Answer(driver="scale/adam-azextra", data=b"1.250kg", framing=adam_azextra.FRAMING, decode=adam_azextra.decode),
    Answer(
        driver="scale/cas-stream",
        data=b"ST,GS,1\xc4,   1.250 kg\r\n",
        framing=cas_stream.FRAMING,
        decode=cas_stream.decode,
    ),
    Answer(driver="scale/dahua", data=b"ww0001.250kg\r\n", framing=dahua.FRAMING, decode=dahua.decode),
)
