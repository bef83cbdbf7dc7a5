"""Receipts are printed once, and what is said of them is what the printer said: done, accepted, refused or unknown."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from drivers.commands import Accepted, Block, Done, Feed, Line, Print, Qr, Refused, Unknown
from drivers.contract import DeviceGone
from drivers.counter_readings import PrinterSeen
from drivers.pos import printing
from drivers.pos.escpos_printer import EscposPrinter
from drivers.sim.escpos_paper import Paper, PrintedLine, PrintedQr, PrintedRaster
from drivers.sim.escpos_printer import EscposSim
from drivers.sim.tcp_port import TcpPort

PrinterAt = Callable[..., EscposPrinter]
Until = Callable[[Callable[[], bool]], Awaitable[None]]
LOOK = "look at the paper before it is printed again"
CONFIRMED = Done(detail="the printer has worked through all of it")
on_each_wire = pytest.mark.parametrize("port", [lambda: None, TcpPort], ids=["pty", "tcp"])


@pytest.fixture(autouse=True)
def _hurried(monkeypatch: pytest.MonkeyPatch) -> None:
    """What fails is not waited for as long as the slowest printer would need."""
    monkeypatch.setattr(printing, "SLOWEST_LINE_MS", 10)


def receipt(*texts: str, deadline_ms: int = 10_000) -> Print:
    return Print(blocks=tuple(Line(text=text) for text in texts), deadline_ms=deadline_ms)


def long_receipt(lines: int, deadline_ms: int = 10_000) -> Print:
    return receipt(*(f"line {number}" for number in range(lines)), deadline_ms=deadline_ms)


@on_each_wire
@pytest.mark.parametrize("qr", ["native", "raster"])
async def test_a_receipt_stands_on_the_paper_as_it_was_meant(port: Callable[[], Any], qr: str, printer_at: PrinterAt) -> None:
    blocks: tuple[Block, ...] = (
        Line(text="水果店", align="center", large=True),
        Line(text="苹果 ¥12.50"),
        Line(text="合计", bold=True, align="right"),
        Qr(text="https://s.cn/r/1"),
        Feed(lines=1),
    )
    async with EscposSim(port()) as sim, printer_at(sim, qr=qr) as printer:
        assert await printer.perform(Print(blocks=blocks)) == CONFIRMED
        (slip,) = sim.paper.slips
        texts = [
            (item.text, item.style.align, item.style.bold, item.style.wide) for item in slip if isinstance(item, PrintedLine)
        ]
        assert texts == [
            ("水果店", "center", False, 2),
            ("苹果 ￥12.50", "left", False, 1),
            ("合计", "right", True, 1),
            ("", "left", False, 1),
        ]
        picture = slip[3]
        if qr == "native":
            assert picture == PrintedQr(text="https://s.cn/r/1", module=6, correction="M", align="center")
        else:
            assert isinstance(picture, PrintedRaster)
            assert (picture.width_bytes, len(picture.rows)) == (25, 33 * 6)
        assert (sim.paper.cuts, sim.paper.unknown, sim.buffer.torn) == (["partial"], [], 0)


async def test_an_empty_receipt_is_a_cut(printer_at: PrinterAt) -> None:
    async with EscposSim() as sim, printer_at(sim) as printer:
        assert await printer.perform(Print(blocks=())) == CONFIRMED
        assert sim.paper.slips == [()]


async def test_the_printers_own_process_id_is_proof(printer_at: PrinterAt) -> None:
    async with EscposSim() as sim, printer_at(sim, proof="process-id") as printer:
        for number in ("0001", "0002"):
            answer = await printer.perform(receipt("a"))
            assert answer == Done(detail=f"the printer has printed all of it (process id {number})")


async def test_the_proof_of_the_receipt_before_proves_nothing(printer_at: PrinterAt) -> None:
    async with EscposSim() as sim, printer_at(sim, proof="process-id") as printer:
        sim.knows_process_id = False
        printing = asyncio.ensure_future(printer.perform(receipt("a", deadline_ms=100)))
        await asyncio.sleep(0.2)
        sim.noise(b"\x37\x22\x30\x30\x34\x32\x00" + b"\x00")  # process id 0042, and a GS r
        assert isinstance(await printing, Accepted)


async def test_real_time_status_shows_trouble_and_never_success(printer_at: PrinterAt) -> None:
    async with EscposSim() as sim, printer_at(sim, proof="real-time") as printer:
        assert await printer.perform(receipt("a")) == Accepted(
            detail="the printer took all of it and reports no trouble; it has no way to say that it was printed"
        )
        sim.arrived = lambda command: sim.open_cover() if command.startswith(b"\x1dV") else None
        assert await printer.perform(receipt("b")) == Unknown(
            reason=f"all of it was sent, and now its cover is open: close it; {LOOK}"
        )


async def test_without_proof_it_is_accepted(printer_at: PrinterAt) -> None:
    async with EscposSim() as sim:
        for choices in ({"proof": "none"}, {"answers": False}):
            async with printer_at(sim, **choices) as printer:
                assert await printer.perform(receipt("a")) == Accepted(
                    detail="all of it was sent; this printer cannot say whether it was printed"
                )


async def test_a_printer_that_cannot_answer_is_asked_nothing(printer_at: PrinterAt, until: Until) -> None:
    async with EscposSim() as sim, printer_at(sim, answers=False) as printer:
        sim.mute = True
        await printer.perform(receipt("a"))
        await until(lambda: sim.paper.lines[:1] == ["a"])
        assert b"\x10\x04" not in sim.received
        assert b"\x1dr" not in sim.received


@pytest.mark.parametrize(
    ("ruin", "why"),
    [
        (lambda sim: sim.load_paper(0), "it has no paper: put a new roll in"),
        (lambda sim: sim.open_cover(), "its cover is open: close it"),
        (
            lambda sim: setattr(sim.state, "broken", True),
            "it reports a fault that does not pass: switch it off and on, or have it repaired",
        ),
    ],
)
async def test_what_cannot_print_is_sent_nothing(ruin: Callable[[EscposSim], None], why: str, printer_at: PrinterAt) -> None:
    async with EscposSim() as sim, printer_at(sim) as printer:
        ruin(sim)
        assert await printer.perform(receipt("a")) == Refused(reason=f"nothing was printed: {why}")
        assert sim.paper.lines == []
        assert b"a" not in sim.received


async def test_a_silent_printer_is_sent_nothing_and_not_called_empty(printer_at: PrinterAt) -> None:
    async with EscposSim() as sim, printer_at(sim, silent_after_ms=500) as printer:
        sim.mute = True
        answer = await printer.perform(receipt("a"))
        assert isinstance(answer, Refused)
        assert answer.reason.startswith(f"nothing was printed: {sim.port}: no answer to DLE EOT 1 within 500 ms")
        assert "paper" not in answer.reason
        assert b"a\n" not in sim.received


async def test_a_receipt_that_no_paper_can_hold_is_refused(printer_at: PrinterAt) -> None:
    async with EscposSim() as sim, printer_at(sim) as printer:
        answer = await printer.perform(Print(blocks=(Line(text="a"), Qr(text=""))))
        assert answer == Refused(reason="nothing was printed: a QR code needs a text")
        assert sim.received == b""


@on_each_wire
async def test_paper_that_ends_in_the_receipt(port: Callable[[], Any], printer_at: PrinterAt) -> None:
    async with EscposSim(port()) as sim, printer_at(sim) as printer:
        sim.load_paper(50)
        answer = await printer.perform(long_receipt(100))
        assert answer == Unknown(
            reason=f"the printer stopped in the receipt: it has no paper: put a new roll in. It may print the rest then; {LOOK}"
        )
        assert sim.paper.slips == []
        assert sum(line.startswith("line") for line in sim.paper.lines) == 50
        sim.load_paper()
        assert await printer.perform(receipt("next")) == CONFIRMED  # the rest came out before it; nothing came twice
        assert [line for line in sim.paper.lines if line.startswith("line")] == [f"line {number}" for number in range(100)]


async def test_a_cover_opened_in_the_receipt(printer_at: PrinterAt) -> None:
    async with EscposSim() as sim, printer_at(sim) as printer:
        sim.misbehave_after(30, "open-cover")
        assert await printer.perform(long_receipt(100)) == Unknown(
            reason=f"the printer stopped in the receipt: its cover is open: close it. It may print the rest then; {LOOK}"
        )


async def test_a_head_that_cools_down_is_waited_for(printer_at: PrinterAt) -> None:
    async with EscposSim() as sim, printer_at(sim) as printer:

        def heat(command: bytes) -> None:
            if command == b"line 50":
                sim.state.hot = True
                asyncio.get_running_loop().call_later(0.7, lambda: sim._set(hot=False))

        sim.done = heat
        assert await printer.perform(long_receipt(100)) == CONFIRMED
        assert len(sim.paper.slips) == 1


async def test_a_head_that_stays_hot_is_told(printer_at: PrinterAt) -> None:
    async with EscposSim() as sim, printer_at(sim) as printer:
        sim.done = lambda command: setattr(sim.state, "hot", sim.state.hot or command == b"a")
        assert await printer.perform(receipt("a", "b", deadline_ms=100)) == Unknown(
            reason="the printer stopped in the receipt: its head is too hot or its voltage is wrong: it goes on by itself. "
            f"It may print the rest then; {LOOK}"
        )


@on_each_wire
async def test_a_printer_that_falls_silent_in_the_receipt(port: Callable[[], Any], printer_at: PrinterAt) -> None:
    async with EscposSim(port()) as sim, printer_at(sim, silent_after_ms=500) as printer:
        sim.misbehave_after(2, "hang")
        answer = await printer.perform(receipt("a", "b", "c", deadline_ms=300))
        assert answer == Unknown(reason=f"the printer has been silent since the receipt was sent, for 330 ms; {LOOK}")
        assert sim.paper.lines == ["a", "b"]


async def test_a_real_time_printer_that_falls_silent(printer_at: PrinterAt) -> None:
    async with EscposSim() as sim, printer_at(sim, proof="real-time", silent_after_ms=500) as printer:
        sim.arrived = lambda command: setattr(sim, "mute", command.startswith(b"\x1dV") or sim.mute)
        answer = await printer.perform(receipt("a"))
        assert isinstance(answer, Unknown)
        assert answer.reason.startswith(f"all of it was sent, then {sim.port}: no answer to DLE EOT 1 within 500 ms")
        assert answer.reason.endswith(LOOK)


@on_each_wire
async def test_a_wire_lost_behind_the_last_byte(port: Callable[[], Any], printer_at: PrinterAt) -> None:
    async with EscposSim(port()) as sim, printer_at(sim) as printer:
        sim.knows_gs_r = False
        sim.done = lambda command: sim.unplug() if command.startswith(b"\x1dr") else None
        answer = await printer.perform(receipt("a"))
        assert isinstance(answer, Unknown)
        assert answer.reason.startswith("all of it was sent, then ")
        assert answer.reason.endswith(LOOK)
        assert sim.paper.lines == ["a"]


@on_each_wire
async def test_a_wire_lost_in_the_receipt(port: Callable[[], Any], printer_at: PrinterAt) -> None:
    async with EscposSim(port()) as sim, printer_at(sim) as printer:
        sim.misbehave_after(300, "hang-up")
        answer = await printer.perform(long_receipt(1000))
        assert isinstance(answer, Unknown)
        assert answer.reason.endswith(f"; {LOOK}")
        assert answer.reason.startswith(("the receipt broke off after ", "all of it was sent, then "))
        assert sum(line.startswith("line") for line in sim.paper.lines) == 300
        with pytest.raises(DeviceGone):
            await anext(aiter(printer.readings()))


async def test_a_printer_that_takes_no_more_bytes(printer_at: PrinterAt) -> None:
    async with EscposSim() as sim, printer_at(sim, stalled_after_ms=500) as printer:
        sim.misbehave_after(5, "hang")
        sim.line_ms = 1
        answer = await printer.perform(Print(blocks=tuple(Line(text="x" * 48) for _ in range(4000))))
    assert isinstance(answer, Unknown)
    assert answer.reason.startswith("the receipt broke off after ")
    assert f"{sim.port} took no more bytes for 500 ms" in answer.reason
    assert answer.reason.endswith(LOOK)


async def test_a_printer_that_does_not_know_the_proof_is_accepted(printer_at: PrinterAt) -> None:
    async with EscposSim() as sim, printer_at(sim) as printer:
        sim.knows_gs_r = False
        assert await printer.perform(receipt("a", deadline_ms=100)) == Accepted(
            detail="the printer reports no trouble, but did not confirm the receipt within 110 ms"
        )


async def test_paper_that_ends_with_the_last_line_is_looked_at(printer_at: PrinterAt) -> None:
    async with EscposSim() as sim, printer_at(sim) as printer:
        sim.load_paper(1)
        answer = await printer.perform(Print(blocks=(Line(text="a"),), cut=False))
        assert isinstance(answer, Unknown)
        assert "no paper" in answer.reason


async def test_what_goes_wrong_behind_the_last_line_is_looked_at(printer_at: PrinterAt) -> None:
    async with EscposSim() as sim, printer_at(sim) as printer:
        sim.done = lambda command: sim.open_cover() if command.startswith(b"\x1dr") else None
        answer = await printer.perform(receipt("a"))
        assert answer == Unknown(reason=f"the printer took all of it, but now its cover is open: close it; {LOOK}")


async def test_a_gs_r_that_reports_no_paper(printer_at: PrinterAt) -> None:
    async with EscposSim() as sim, printer_at(sim) as printer:
        sim.knows_gs_r = False
        sim.done = lambda command: sim.noise(b"\x0f") if command.startswith(b"\x1dr") else None  # as some makers report it
        answer = await printer.perform(receipt("a"))
        assert answer == Unknown(reason=f"the printer took all of it, but now it has no paper; {LOOK}")


@on_each_wire
async def test_a_receipt_of_a_thousand_lines_is_never_cut_off(port: Callable[[], Any], printer_at: PrinterAt) -> None:
    """Longer than any deadline: the deadline is for the answer, not for the paper."""
    async with EscposSim(port(), paper=Paper(columns=48)) as sim, printer_at(sim) as printer:
        sim.line_ms = 0.5
        sim.buffer.capacity = 512
        assert await printer.perform(long_receipt(1000, deadline_ms=50)) == CONFIRMED
        (slip,) = sim.paper.slips
        assert [item.text for item in slip if isinstance(item, PrintedLine)] == [f"line {number}" for number in range(1000)]


async def test_a_slow_printer_that_answers_nothing_while_it_prints(printer_at: PrinterAt) -> None:
    async with EscposSim() as sim, printer_at(sim, silent_after_ms=500) as printer:
        sim.real_time_while_printing = False
        sim.line_ms = 20
        assert await printer.perform(long_receipt(60)) == CONFIRMED


async def test_answers_that_come_byte_by_byte(printer_at: PrinterAt) -> None:
    async with EscposSim() as sim, printer_at(sim, proof="process-id") as printer:
        sim.asb = True
        sim.stutter_ms = 3
        assert isinstance(await printer.perform(long_receipt(3)), Done)


async def test_commands_in_the_text_stay_text(printer_at: PrinterAt) -> None:
    evil = "a\x1b@\x00b\x10\x14\x01\x00\x01c\x1dV\x00d\x10\x04\x04e"
    async with EscposSim() as sim, printer_at(sim, drawer_pin=2) as printer:
        assert await printer.perform(receipt(evil)) == CONFIRMED
        (slip,) = sim.paper.slips
        assert [item.text for item in slip if isinstance(item, PrintedLine)] == ["a@bcVde"]
        assert (sim.kicks, sim.paper.cuts) == ([], ["partial"])


async def test_a_line_of_4_kilobytes_is_broken_and_complete(printer_at: PrinterAt) -> None:
    text = "苹果" * 1000
    async with EscposSim() as sim, printer_at(sim) as printer:
        assert await printer.perform(receipt(text)) == CONFIRMED
        lines = [item for item in sim.paper.slips[0] if isinstance(item, PrintedLine)]
        assert "".join(line.text for line in lines) == text
        assert not any(line.wrapped for line in lines)  # by us, where it was meant, not by the printer


@on_each_wire
async def test_two_receipts_at_once_never_mix(port: Callable[[], Any], printer_at: PrinterAt) -> None:
    async with EscposSim(port()) as sim, printer_at(sim) as printer:
        readings = aiter(printer.readings())
        watching = asyncio.ensure_future(anext(readings))
        prints = (receipt(*[name] * 100) for name in "abc")
        assert await asyncio.gather(*map(printer.perform, prints)) == [CONFIRMED] * 3
        slips = [{item.text for item in slip if isinstance(item, PrintedLine)} for slip in sim.paper.slips]
        assert sorted(map(sorted, slips)) == [["a"], ["b"], ["c"]]
        assert isinstance(await watching, PrinterSeen)
        assert sim.buffer.torn == 0  # no status was asked for inside a command
