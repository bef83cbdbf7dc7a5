"""A drawer is kicked once, on one pin, and what it does is told by its contact."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Any

import pytest

from drivers.commands import Accepted, Done, Line, OpenDrawer, Print, Refused, Unknown
from drivers.counter_readings import DrawerMoved, PrinterSeen
from drivers.pos import cash_drawer
from drivers.pos.escpos_printer import EscposPrinter
from drivers.sim.escpos_printer import EscposSim
from drivers.sim.escpos_state import Kick
from drivers.sim.tcp_port import TcpPort

SECONDS = 60
PrinterAt = Callable[..., EscposPrinter]
Until = Callable[[Callable[[], bool]], Awaitable[None]]
KICK = OpenDrawer(reason="change for till 1")


async def moved(printer: EscposPrinter) -> DrawerMoved:
    async with asyncio.timeout(SECONDS):
        async for reading in printer.readings():
            if isinstance(reading, DrawerMoved):
                return reading
    raise AssertionError("the readings ended")


@pytest.mark.parametrize("port", [lambda: None, TcpPort], ids=["pty", "tcp"])
@pytest.mark.parametrize("pin", [2, 5])
@pytest.mark.parametrize("level", ["high", "low"])
async def test_the_drawer_opens_on_its_own_pin_only(port: Any, pin: int, level: Any, printer_at: PrinterAt) -> None:
    async with EscposSim(port()) as sim, printer_at(sim, drawer_pin=pin, drawer_open_is=level) as printer:
        sim.drawer_pin, sim.state.pin_3_when_open = pin, level
        assert await printer.perform(KICK) == Done(detail="the drawer is open")
        assert sim.kicks == [Kick(pin=pin, on_ms=100, off_ms=500, real_time=False)]
        opened = await moved(printer)
        assert (opened.device, opened.open, opened.asked) == ("printer-1", True, True)


async def test_the_pulse_is_as_long_as_the_settings_say(printer_at: PrinterAt, until: Until) -> None:
    choices = {"drawer_pin": 2, "drawer_on_ms": 50, "drawer_off_ms": 510}
    async with EscposSim() as sim, printer_at(sim, **choices) as printer:
        await printer.perform(KICK)
        await until(lambda: bool(sim.kicks))
        assert sim.kicks == [Kick(pin=2, on_ms=50, off_ms=510, real_time=False)]


async def test_a_printer_without_a_drawer_refuses(printer_at: PrinterAt) -> None:
    async with EscposSim() as sim, printer_at(sim) as printer:
        answer = await printer.perform(KICK)
        assert answer == Refused(reason="no drawer is configured: set drawer_pin = 2 or 5, as the drawer's cable has it")
        assert sim.received == b""


async def test_a_drawer_without_a_contact_is_accepted(printer_at: PrinterAt) -> None:
    async with EscposSim() as sim, printer_at(sim, drawer_pin=5) as printer:
        assert await printer.perform(KICK) == Accepted(
            detail="the pulse was sent to pin 5; no contact tells whether the drawer opened"
        )
        readings = aiter(printer.readings())
        seen = await anext(readings)
        assert isinstance(seen, PrinterSeen)
        assert seen.drawer_open is None


async def test_a_locked_drawer_is_not_called_open(printer_at: PrinterAt) -> None:
    async with EscposSim() as sim, printer_at(sim, drawer_pin=2, drawer_open_is="high") as printer:
        sim.drawer_locked = True
        assert await printer.perform(OpenDrawer(reason="x", deadline_ms=150)) == Accepted(
            detail="the pulse was sent, but the contact still says shut after 150 ms: is the drawer locked or jammed, "
            "or is drawer_open_is the wrong way round?"
        )
        assert len(sim.kicks) == 1  # never a second time by itself


async def test_an_open_drawer_is_not_kicked(printer_at: PrinterAt) -> None:
    async with EscposSim() as sim, printer_at(sim, drawer_pin=2, drawer_open_is="high") as printer:
        sim.open_drawer()
        assert await printer.perform(KICK) == Done(detail="it was open already; it was not kicked")
        assert sim.kicks == []


async def test_a_printer_without_paper_does_not_open_the_drawer_later(printer_at: PrinterAt) -> None:
    async with EscposSim() as sim, printer_at(sim, drawer_pin=2) as printer:
        sim.load_paper(0)
        assert await printer.perform(KICK) == Refused(
            reason="the drawer was not kicked, for it would open later: the printer cannot do it now, "
            "it has no paper: put a new roll in; use the key until then"
        )
        sim.load_paper()
        await asyncio.sleep(0.02)
        assert sim.kicks == []


async def test_a_kick_in_real_time_needs_no_paper(printer_at: PrinterAt) -> None:
    choices = {"drawer_pin": 5, "drawer_open_is": "high", "drawer_kick": "real-time"}
    async with EscposSim() as sim, printer_at(sim, **choices) as printer:
        sim.drawer_pin = 5
        sim.load_paper(0)
        assert await printer.perform(KICK) == Done(detail="the drawer is open")
        assert sim.kicks == [Kick(pin=5, on_ms=100, off_ms=100, real_time=True)]


async def test_a_silent_printer_is_not_sent_a_kick(printer_at: PrinterAt) -> None:
    async with EscposSim() as sim, printer_at(sim, drawer_pin=2, silent_after_ms=500) as printer:
        sim.mute = True
        answer = await printer.perform(KICK)
        assert isinstance(answer, Refused)
        assert answer.reason.startswith(f"the drawer was not kicked: {sim.port}: no answer to DLE EOT 1")
        assert sim.kicks == []


async def test_a_printer_that_cannot_answer_is_kicked_all_the_same(printer_at: PrinterAt) -> None:
    async with EscposSim() as sim, printer_at(sim, drawer_pin=2, answers=False) as printer:
        sim.mute = True
        assert isinstance(await printer.perform(KICK), Accepted)


async def test_a_wire_lost_after_the_kick_is_unknown(printer_at: PrinterAt) -> None:
    async with EscposSim() as sim, printer_at(sim, drawer_pin=2, drawer_open_is="high") as printer:
        sim.drawer_locked = True
        sim.done = lambda command: sim.unplug() if command.startswith(b"\x1bp") else None
        answer = await printer.perform(KICK)
        assert isinstance(answer, Unknown)
        assert answer.reason.startswith("the drawer was kicked, then ")
        assert answer.reason.endswith("; look whether it is open")


async def test_a_wire_lost_with_the_kick_is_unknown(printer_at: PrinterAt) -> None:
    async with EscposSim() as sim, printer_at(sim, drawer_pin=2, answers=False) as printer:
        sim.unplug()
        answer = await printer.perform(KICK)
        assert isinstance(answer, Unknown)
        assert answer.reason.startswith(f"the drawer may have been kicked: {sim.port} is gone (")
        assert answer.reason.endswith("; look whether it is open")


async def test_silence_after_the_kick_is_waited_through(printer_at: PrinterAt) -> None:
    choices = {"drawer_pin": 2, "drawer_open_is": "high", "silent_after_ms": 500}
    async with EscposSim() as sim, printer_at(sim, **choices) as printer:

        def falls_silent(command: bytes) -> None:
            if command.startswith(b"\x1bp"):
                sim.mute = True
                asyncio.get_running_loop().call_later(0.3, setattr, sim, "mute", False)

        sim.done = falls_silent
        assert await printer.perform(OpenDrawer(reason="x", deadline_ms=30_000)) == Done(detail="the drawer is open")
        assert len(sim.kicks) == 1


async def test_a_drawer_opened_with_the_key_was_not_asked_for(printer_at: PrinterAt, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cash_drawer, "ASKED_WITHIN_S", 60.0)
    async with EscposSim() as sim, printer_at(sim, drawer_pin=2, drawer_open_is="high") as printer:
        readings = aiter(printer.readings())
        seen = await anext(readings)
        assert isinstance(seen, PrinterSeen)
        assert seen.drawer_open is False
        sim.open_drawer()
        opened = await moved(printer)
        assert (opened.open, opened.asked) == (True, False)
        sim.shut_drawer()
        shut = await moved(printer)
        assert (shut.open, shut.asked) == (False, False)
        await printer.perform(KICK)
        assert (await moved(printer)).asked
        monkeypatch.setattr(cash_drawer, "ASKED_WITHIN_S", 0.0)
        sim.shut_drawer()
        assert not (await moved(printer)).asked


async def test_what_was_open_before_the_box_looked_did_not_move(printer_at: PrinterAt) -> None:
    async with EscposSim() as sim, printer_at(sim, drawer_pin=2, drawer_open_is="low") as printer:
        sim.state.pin_3_when_open = "low"
        sim.state.drawer_open = True
        first = await anext(aiter(printer.readings()))
        assert isinstance(first, PrinterSeen)
        assert first.drawer_open is True


async def test_a_kick_waits_for_the_receipt_before_it(printer_at: PrinterAt) -> None:
    async with EscposSim() as sim, printer_at(sim, drawer_pin=2, drawer_open_is="high") as printer:
        receipt = Print(blocks=tuple(Line(text="a") for _ in range(300)))
        printed, kicked = await asyncio.gather(printer.perform(receipt), printer.perform(replace(KICK, deadline_ms=30_000)))
        assert isinstance(printed, Done)
        assert isinstance(kicked, Done)
        assert len(sim.paper.slips) == 1
        assert b"\x1bp\x00\x32\xfa" in sim.received[sim.received.index(b"\x1dr\x01") :]


async def test_a_kick_does_not_wait_for_ever_behind_a_long_receipt(printer_at: PrinterAt, until: Until) -> None:
    async with EscposSim() as sim, printer_at(sim, drawer_pin=2) as printer, asyncio.TaskGroup() as group:
        sim.line_ms = 10
        receipt = Print(blocks=tuple(Line(text="Tea") for _ in range(50)))
        first = group.create_task(printer.perform(receipt), name="first")
        await until(lambda: b"Tea" in sim.received)
        assert await printer.perform(OpenDrawer(reason="change", deadline_ms=20)) == Refused(
            reason="the drawer was not kicked: the printer was busy for 20 ms; use the key"
        )
        assert await printer.perform(Print(blocks=(Line(text="Milk"),), deadline_ms=20)) == Refused(
            reason="nothing was printed: the printer was busy with another receipt for 20 ms"
        )
        assert isinstance(await first, Done)
        assert sim.kicks == []
        assert b"Milk" not in sim.received
