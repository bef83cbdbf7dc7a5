"""A printer on a pty and on TCP: silent is not without paper, gone is not silent, and its status is its own."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import aclosing, asynccontextmanager
from dataclasses import replace
from typing import Any

import pytest

from drivers.commands import Refused, Tare
from drivers.contract import BadFrame, DeviceError, DeviceGone, DeviceSilent, Wires
from drivers.counter_readings import PrinterSeen
from drivers.pos.escpos_printer import DRIVER, EscposPrinter
from drivers.pos.escpos_settings import EscposSettings
from drivers.readings import Presence
from drivers.sim.escpos_printer import EscposSim
from drivers.sim.tcp_port import TcpPort

SECONDS = 60
IMPATIENT = {"silent_after_ms": 500}

PrinterAt = Callable[..., EscposPrinter]
on_each_wire = pytest.mark.parametrize("port", [lambda: None, TcpPort], ids=["pty", "tcp"])


@asynccontextmanager
async def watching(printer: EscposPrinter) -> AsyncIterator[AsyncIterator[Any]]:
    async with asyncio.timeout(SECONDS), printer, aclosing(printer.readings()) as readings:  # type: ignore[type-var]
        yield readings


async def until(readings: AsyncIterator[Any], **expected: Any) -> PrinterSeen:
    """The first status that is as expected."""
    async for reading in readings:
        if isinstance(reading, PrinterSeen) and all(getattr(reading, name) == value for name, value in expected.items()):
            return reading
    raise AssertionError("the readings ended")


async def failure(readings: AsyncIterator[Any]) -> DeviceError:
    with pytest.raises(DeviceError) as caught:
        async for _ in readings:
            pass
    return caught.value


@on_each_wire
async def test_a_printer_tells_how_it_is(port: Callable[[], Any], printer_at: PrinterAt) -> None:
    async with EscposSim(port()) as sim, watching(printer_at(sim)) as readings:
        seen = await until(readings)
        assert replace(seen, at=seen.at, monotonic_ms=0) == PrinterSeen(
            device="printer-1", at=seen.at, monotonic_ms=0, paper="ok", cover_open=False, offline=False
        )
        sim.load_paper(10)
        await until(readings, paper="near-end", offline=False)
        sim.load_paper(0)
        await until(readings, paper="out", offline=True)
        sim.load_paper()
        sim.open_cover()
        await until(readings, paper="ok", cover_open=True, offline=True)
        sim.close_cover()
        sim.state.cutter_jammed = True
        await until(readings, offline=True, failure="its cutter is jammed: switch it off, take the paper out, and switch it on")


@on_each_wire
async def test_a_mute_printer_is_silent_and_never_out_of_paper(port: Callable[[], Any], printer_at: PrinterAt) -> None:
    async with EscposSim(port()) as sim, watching(printer_at(sim, **IMPATIENT)) as readings:
        await until(readings, paper="ok")
        sim.mute = True
        error = await failure(readings)
        place = sim.port if port() is None else sim.address
    assert type(error) is DeviceSilent
    assert str(error) == (
        f"{place}: no answer to DLE EOT 1 within 500 ms: is the printer switched on and cabled? "
        "A model that cannot answer at all needs answers = false"
    )


@on_each_wire
async def test_an_unplugged_printer_is_gone(port: Callable[[], Any], printer_at: PrinterAt) -> None:
    async with EscposSim(port()) as sim:
        printer = printer_at(sim)
        async with watching(printer) as readings:
            await until(readings)
            sim.unplug()
            assert type(await failure(readings)) is DeviceGone
        sim.plug()
        async with watching(printer) as readings:
            await until(readings, paper="ok")


async def test_a_usb_printer_is_read_through_its_device_file(printer_at: PrinterAt) -> None:
    async with EscposSim() as sim:
        settings = EscposSettings(port=sim.port).model_copy(update={"port": None, "device_file": sim.port})
        async with watching(EscposPrinter("printer-1", settings)) as readings:
            await until(readings, paper="ok")
            sim.unplug()
            assert type(await failure(readings)) is DeviceGone


async def test_one_lost_answer_is_not_silence(printer_at: PrinterAt) -> None:
    async with EscposSim() as sim, watching(printer_at(sim)) as readings:
        await until(readings)
        sim.mute = True
        asyncio.get_running_loop().call_later(0.3, setattr, sim, "mute", False)
        await until(readings, paper="ok")


async def test_noise_alone_is_a_bad_frame(printer_at: PrinterAt) -> None:
    async with EscposSim() as sim, watching(printer_at(sim, **IMPATIENT)) as readings:
        await until(readings)
        sim.garbled = b"\xff\x80"
        error = await failure(readings)
    assert type(error) is BadFrame
    assert str(error) == (
        f"{sim.port}: heard b'\\xff\\x80', which is no status: "
        "is baud and line as in the printer's self-test, and is it an ESC/POS printer?"
    )


async def test_noise_between_answers_changes_nothing(printer_at: PrinterAt) -> None:
    async with EscposSim() as sim, watching(printer_at(sim)) as readings:
        for noise in (b"\xff\x80\xfe", b"\x11\x13", b"\x10\x00\x0c\x0f", b"\x37\x22\x30\x30\x30\x31\x00", b"\x00\x0f"):
            sim.noise(noise)
            assert (await until(readings)).paper == "ok"


async def test_status_sent_unasked_is_told_apart(printer_at: PrinterAt) -> None:
    async with EscposSim() as sim, watching(printer_at(sim)) as readings:
        sim.asb = True
        sim.stutter_ms = 5
        sim.open_cover()  # and says so, in four bytes, between the answers
        await until(readings, cover_open=True, paper="ok")
        sim.close_cover()
        await until(readings, cover_open=False, paper="ok")


async def test_a_printer_that_cannot_answer_shows_an_open_wire_until_it_is_gone(printer_at: PrinterAt) -> None:
    async with EscposSim() as sim, watching(printer_at(sim, answers=False)) as readings:
        seen = await anext(readings)
        assert isinstance(seen, Presence)
        assert (seen.device, seen.state) == ("printer-1", "open")
        sim.unplug()
        assert type(await failure(readings)) is DeviceGone
        assert sim.received == b""


async def test_no_error_lamp_without_a_cause(printer_at: PrinterAt) -> None:
    async with EscposSim() as sim, watching(printer_at(sim)) as readings:
        sim.knows_error_cause = False
        sim.state.broken = True
        await until(readings, failure="it reports an error: look at its lamps")


async def test_a_printer_cannot_tare(printer_at: PrinterAt) -> None:
    async with EscposSim() as sim, printer_at(sim) as printer:
        assert await printer.perform(Tare()) == Refused(reason="a receipt printer cannot tare; it can: print, open-drawer")


async def test_the_driver_opens_what_the_settings_name() -> None:
    wires = Wires(broker=None)  # type: ignore[arg-type] # it needs none
    async with EscposSim(TcpPort()) as sim, DRIVER.open("printer-1", EscposSettings(address=sim.address), wires) as printer:
        assert isinstance(await anext(aiter(printer.readings())), PrinterSeen)
