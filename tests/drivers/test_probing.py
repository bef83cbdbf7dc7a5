"""``storebox probe``: every simulated scale is found where it stands, and nothing on it was zeroed, tared or changed."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest

from drivers.catalogue import installed
from drivers.contract import DeviceGone, Driver
from drivers.probe import Found, NothingFound, Probe
from drivers.probing import find
from drivers.scales.mt_sics import MtSicsSettings
from drivers.sim.pty_port import PtyPort
from drivers.sim.scale_sim import ScaleSim
from drivers.wires.port_names import lasting_name
from edge.cli.sim import KINDS

SECONDS = 110
AT_ONCE = 9
BEAT_S = 0.01
DRIVERS, _ = installed().every()
ON_THE_PAN_G = 20  # small enough that a zero would be taken, and enough for a tare


def nothing(_dialect: Any) -> None:
    pass


@dataclass(frozen=True)
class Stand:
    """A simulated scale and where it stands; ``settings`` are those of its driver that the bytes tell."""

    kind: str
    baud: int
    line: str
    settings: dict[str, Any] = field(default_factory=dict)
    set_up: Callable[[Any], None] = nothing

    def __str__(self) -> str:
        return f"{self.kind}-{self.baud}-{self.line}-{'-'.join(map(str, self.settings.values()))}"


def stream(dialect: Any) -> None:
    dialect.stream()


def indicator(dialect: Any) -> None:
    dialect.indicator = True


def bare(dialect: Any) -> None:
    dialect.checksum = False


def epos(dialect: Any) -> None:
    dialect.epos = True


STANDS = [
    Stand("scale/toledo-8217", 9600, "7E1", {"unit": "kg"}),
    Stand("scale/toledo-8217", 19200, "7E1", {"unit": "kg"}),
    Stand("scale/mt-sics", 9600, "8N1"),
    Stand("scale/mt-sics", 2400, "7E1"),
    Stand("scale/nci", 9600, "7E1"),
    Stand("scale/cas", 9600, "8N1"),
    Stand("scale/cas-01", 9600, "7E1", {"dialogue": "cas"}),
    Stand("scale/cas-01", 9600, "7E1", {"dialogue": "epos"}, epos),
    Stand("scale/dialog-06", 9600, "7O1"),
    Stand("scale/dialog-02", 2400, "7O1"),
    Stand("scale/toledo-continuous", 9600, "7E1"),
    Stand("scale/toledo-continuous", 2400, "8N1", {"checksum": False}, bare),
    Stand("scale/a-and-d", 2400, "7E1", {"commands": "Q"}),
    Stand("scale/a-and-d", 9600, "8N1", {"commands": "RW"}, indicator),
    Stand("scale/a-and-d", 2400, "7E1", {"stream": True}, stream),
    Stand("scale/adam-cpwplus", 9600, "8N1"),
    Stand("scale/cas-stream", 4800, "8N1"),
    Stand("scale/dahua", 9600, "7O1"),
]


def simulated(stand: Stand) -> ScaleSim[Any]:
    """The simulator of ``storebox sim``, at the rate and parity of ``stand``."""
    module = import_module(KINDS[stand.kind][0])
    make = next(made for name, made in vars(module).items() if name.endswith("Sim") and name != "ScaleSim")
    sim: ScaleSim[Any] = make(settle_ms=0)
    sim.rate, sim.line = stand.baud, stand.line
    stand.set_up(sim.dialect)
    sim.put(ON_THE_PAN_G)
    return sim


def test_every_installed_driver_with_a_probe_is_tried_here() -> None:
    assert {name for name, driver in DRIVERS.items() if driver.probes} == {stand.kind for stand in STANDS}


class Pulse:
    """Tells when this process has stood still: then an answer came too late, whoever gave it."""

    def __init__(self) -> None:
        self.stood_still = False

    async def beat(self) -> None:
        while True:
            before = time.monotonic()
            await asyncio.sleep(BEAT_S)
            self.stood_still |= time.monotonic() - before > 5 * BEAT_S


async def found_at(port: str) -> Found | NothingFound:
    """What is found by a process that was given a processor all the time."""
    while True:
        pulse = Pulse()
        beating = asyncio.ensure_future(pulse.beat())
        try:
            outcome = await find(port, DRIVERS, lambda _step: None)
        finally:
            beating.cancel()
        if isinstance(outcome, Found) or not pulse.stood_still:
            return outcome


async def looked_for(stand: Stand, turn: asyncio.Semaphore) -> tuple[Found | NothingFound, dict[str, Any]]:
    """What is found, and what the settings must be. Some at once, for each mostly waits; all at once would answer late."""
    async with turn, simulated(stand) as sim:
        outcome = await found_at(sim.port)
        assert (sim.pan.gross_g, sim.pan.tare_g, sim.pan.net_g) == (ON_THE_PAN_G, 0, ON_THE_PAN_G), f"{stand} was touched"
        lines = {"port": sim.port, "baud": stand.baud, "line": stand.line}
    known = DRIVERS[stand.kind].settings_class.model_fields
    return outcome, {"driver": stand.kind} | {name: line for name, line in lines.items() if name in known} | stand.settings


async def test_every_scale_is_found_where_it_stands_and_nothing_on_it_was_touched() -> None:
    turn = asyncio.Semaphore(AT_ONCE)
    async with asyncio.timeout(SECONDS):
        outcomes = await asyncio.gather(*(looked_for(stand, turn) for stand in STANDS))
    for stand, (outcome, settings) in zip(STANDS, outcomes, strict=True):
        assert isinstance(outcome, Found), (stand, outcome)
        assert dict(outcome.settings) == settings
        assert outcome.heard


@pytest.mark.parametrize("stand", [stand for stand in STANDS if "dialog" not in stand.kind], ids=str)
async def test_the_settings_that_are_found_hear_the_scale(stand: Stand) -> None:
    """What is pasted works: the driver reads with exactly these settings (a checkout scale weighs only for a price)."""
    lines = {"baud": stand.baud, "line": stand.line} | stand.settings
    known = DRIVERS[stand.kind].settings_class.model_fields
    async with asyncio.timeout(SECONDS), simulated(stand) as sim:
        settings = DRIVERS[stand.kind].settings_class(port=sim.port, **{n: v for n, v in lines.items() if n in known})
        sim.line, sim.rate = "8N1", None  # a pty has no parity: the driver's port is 8N1 whatever it asks for
        async with DRIVERS[stand.kind].open("lane-1", settings, None) as device:  # type: ignore[arg-type]
            async for reading in device.readings():
                if getattr(reading, "grams", None) == ON_THE_PAN_G:
                    break


@pytest.fixture
async def quiet(tmp_path: Path) -> Any:
    port = PtyPort(tmp_path / "port")
    port.plug()
    yield port
    port.unplug()


def only(*probes: Probe) -> dict[str, Driver]:
    def refuse(*_args: object) -> Any:
        raise AssertionError("a probe opens no device")

    return {"scale/ours": Driver(kind="scale", settings_class=MtSicsSettings, open=refuse, probes=probes)}


def probe(
    *words: bytes, recognises: bytes = b"yes", lines: tuple[tuple[int, str], ...] = ((9600, "8N1"),), answer_ms: int = 100
) -> Probe:
    return Probe(
        lines=lines,
        words=words,
        recognise=lambda heard: {"poll_ms": 100} if recognises in heard else None,
        harmless="a test",
        answer_ms=answer_ms,
    )


async def test_a_foreign_driver_brings_its_probe(quiet: PtyPort) -> None:
    async def answer() -> None:
        assert await quiet.read() == b"\xaa\xaa"  # *, as 7E1 says it: 0x2a has three bits
        quiet.write(b"ye\xf3")

    answering = asyncio.ensure_future(answer())
    async with asyncio.timeout(SECONDS):
        found = await find(str(quiet.link), only(probe(b"**", lines=((2400, "7E1"),))), lambda _step: None)
        await answering
    assert isinstance(found, Found)
    assert found.settings == {"driver": "scale/ours", "port": str(quiet.link), "baud": 2400, "line": "7E1", "poll_ms": 100}


async def test_the_second_word_is_said_only_when_something_answered_the_first(quiet: PtyPort) -> None:
    heard: list[bytes] = []

    async def listen() -> None:
        while True:
            heard.append(await quiet.read())
            if len(heard) == 2:
                quiet.write(b"ready")
            if len(heard) == 3:
                quiet.write(b"yes")

    listening = asyncio.ensure_future(listen())
    async with asyncio.timeout(SECONDS):
        lines = ((9600, "8N1"), (4800, "8N1"))
        found = await find(str(quiet.link), only(probe(b"1", b"2", lines=lines, answer_ms=2_000)), lambda _step: None)
    listening.cancel()
    assert heard == [b"1", b"1", b"2"]
    assert isinstance(found, Found)
    assert found.settings["baud"] == 4800


async def test_what_nobody_knows_is_shown_and_an_unsafe_probe_is_not_asked(quiet: PtyPort) -> None:
    async def babble() -> None:
        while True:
            quiet.write(b"who knows")
            await asyncio.sleep(0.05)

    babbling = asyncio.ensure_future(babble())
    async with asyncio.timeout(SECONDS):
        listener = Probe(lines=((9600, "8N1"),), recognise=lambda _heard: None)
        outcome = await find(str(quiet.link), only(listener, probe(b"Z"), probe(b"1")), lambda _step: None)
    babbling.cancel()
    assert isinstance(outcome, NothingFound)
    assert b"who knows" in outcome.heard[9600]
    assert outcome.refused == ("scale/ours: b'Z' holds 'Z', which acts in another protocol",)
    assert b"Z" not in b"".join([quiet._heard.get_nowait() for _ in range(quiet._heard.qsize())])


async def test_a_quiet_port_is_listened_to_once(quiet: PtyPort) -> None:
    steps: list[str] = []
    listeners = Probe(lines=((9600, "8N1"), (4800, "8N1"), (2400, "8N1")), recognise=lambda _heard: None)
    async with asyncio.timeout(SECONDS):
        outcome = await find(str(quiet.link), only(listeners), steps.append)
    assert outcome == NothingFound(heard={})
    assert len(steps) == 1


async def test_a_port_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(DeviceGone, match="no port"):
        await find(str(tmp_path / "gone"), DRIVERS, lambda _step: None)


async def test_a_port_that_vanishes_while_it_is_probed_is_gone(quiet: PtyPort) -> None:
    asyncio.get_running_loop().call_later(0.3, quiet.unplug)
    with pytest.raises(DeviceGone, match="is gone"):
        await find(str(quiet.link), DRIVERS, lambda _step: None)


def test_the_name_that_lasts_is_preferred(tmp_path: Path) -> None:
    port, by_id = tmp_path / "ttyUSB7", tmp_path / "by-id"
    port.touch()
    by_id.mkdir()
    (by_id / "usb-other").symlink_to("../ttyUSB1")
    (by_id / "usb-FTDI_A1-if00").symlink_to("../ttyUSB7")
    assert lasting_name(str(port), by_id) == str(by_id / "usb-FTDI_A1-if00")
    assert lasting_name(str(tmp_path / "ttyS0"), by_id) == str(tmp_path / "ttyS0")
    assert lasting_name(str(port), tmp_path / "none") == str(port)
