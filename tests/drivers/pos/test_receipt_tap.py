"""A tap between a till and a printer, over real sockets and real serial lines: the paper first, whatever becomes of the copy."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator, Callable, Iterator, MutableMapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager, suppress
from pathlib import Path
from typing import Any

import pytest
from structlog.testing import capture_logs

from drivers.commands import Refused, Tare
from drivers.contract import DeviceGone, Receipt
from drivers.counter_readings import ReceiptTapped
from drivers.pos import receipt_tap, tap_copies, tap_sides
from drivers.pos.receipt_roll import Roll
from drivers.pos.receipt_tap import ReceiptTap, TapSettings
from drivers.pos.tap_sides import TcpSides
from drivers.readings import AnyReading, Presence
from drivers.sim.pty_port import PtyPort

RECEIPT = "示例超市\n单号: {number}\n2026-11-21 15:30\n牛奶   2   6.50   13.00\n合计: 13.00\n现金  13.00\n"
READ_IN_TIME_S = 30


def receipt(number: str = "42") -> bytes:
    from escpos.printer import Dummy  # type: ignore[import-untyped]

    till = Dummy()
    till._raw(b"\x1b@" + RECEIPT.format(number=number).encode("gb18030"))
    till.cut()
    return bytes(till.output)


class Printer:
    """A printer on the network: keeps what comes, answers status requests, and can stop taking bytes."""

    def __init__(self) -> None:
        self.paper = bytearray()
        self.port = 0
        self.taking = asyncio.Event()
        self.taking.set()
        self.news = asyncio.Event()
        self._server: asyncio.Server | None = None
        self._writers: set[asyncio.StreamWriter] = set()

    async def switch_on(self) -> None:
        self._server = await asyncio.start_server(self._print, "127.0.0.1", self.port, limit=1024)
        self.port = self._server.sockets[0].getsockname()[1]

    async def switch_off(self) -> None:
        if self._server is not None:
            self._server.close()
        for writer in self._writers:
            writer.transport.abort()
        while self._writers:  # noqa: ASYNC110 - they end in a moment, each by itself
            await asyncio.sleep(0.001)

    async def printed(self, expected: bytes) -> None:
        async with asyncio.timeout(READ_IN_TIME_S):
            while bytes(self.paper) != expected:
                self.news.clear()
                await self.news.wait()

    async def _print(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._writers.add(writer)
        try:
            while True:
                await self.taking.wait()
                data = await reader.read(4096)
                if not data:
                    return
                self.paper += data
                self.news.set()
                if b"\x10\x04" in data:
                    writer.write(b"\x12")
        except ConnectionError:
            return
        finally:
            writer.close()
            self._writers.discard(writer)


@pytest.fixture
async def printer() -> AsyncIterator[Printer]:
    printer = Printer()
    await printer.switch_on()
    yield printer
    printer.taking.set()
    await printer.switch_off()


class Shop:
    """Listens to a tap as the box does; ``answer`` is what the journal says."""

    def __init__(self, tap: ReceiptTap) -> None:
        self.tap = tap
        self.receipts: list[ReceiptTapped] = []
        self.seen: list[AnyReading] = []
        self.failure: asyncio.Future[DeviceGone] = asyncio.get_running_loop().create_future()
        self.answer: Callable[[], Receipt] = lambda: Receipt(ok=True)
        self.news = asyncio.Event()

    async def listen(self) -> None:
        try:
            async for reading in self.tap.readings():
                self.seen.append(reading)
                if isinstance(reading, ReceiptTapped):
                    self.receipts.append(reading)
                    await self.tap.acknowledge(reading, self.answer())
                self.news.set()
        except DeviceGone as gone:
            self.failure.set_result(gone)

    async def has(self, count: int) -> list[ReceiptTapped]:
        async with asyncio.timeout(READ_IN_TIME_S):
            while len(self.receipts) < count:
                self.news.clear()
                await self.news.wait()
        return self.receipts

    @property
    def port(self) -> int:
        assert isinstance(self.tap.sides, TcpSides)
        return self.tap.sides.port

    async def till(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        return await asyncio.open_connection("127.0.0.1", self.port)


@asynccontextmanager
async def tapped(till_side: str, printer_side: str, **settings: object) -> AsyncIterator[Shop]:
    told = TapSettings.model_validate({"till_side": till_side, "printer_side": printer_side, **settings})
    async with ReceiptTap("tap-1", told) as tap:
        shop = Shop(tap)
        listening = asyncio.create_task(shop.listen(), name="readings")
        try:
            yield shop
        finally:
            listening.cancel()
            await asyncio.gather(listening, return_exceptions=True)


def between(printer: Printer, **settings: object) -> AbstractAsyncContextManager[Shop]:
    return tapped("127.0.0.1:0", f"127.0.0.1:{printer.port}", **settings)


async def test_a_receipt_is_printed_byte_for_byte_and_read(printer: Printer) -> None:
    async with between(printer, till="till-3") as shop:
        _, till = await shop.till()
        till.write(receipt("20261121-0042"))
        (read,) = await shop.has(1)
        await printer.printed(receipt("20261121-0042"))
        assert (read.device, read.till, read.number, read.business_day) == ("tap-1", "till-3", "20261121-0042", "2026-11-21")
        assert (read.total_minor, read.tender, [line.name for line in read.lines]) == (1300, "cash", ["牛奶"])
        assert read.report.id == "2026-11-21:20261121-0042"
        assert isinstance(shop.seen[0], Presence)
        till.close()


async def test_the_printers_answers_flow_back(printer: Printer) -> None:
    async with between(printer) as shop:
        answers, till = await shop.till()
        till.write(b"\x10\x04\x01")
        async with asyncio.timeout(READ_IN_TIME_S):
            assert await answers.readexactly(1) == b"\x12"
        till.close()


async def test_a_till_that_hangs_up_at_once_has_printed_everything(printer: Printer) -> None:
    big = b"x" * 300_000 + b"\n" + receipt()
    async with between(printer) as shop:
        for count in (1, 2):
            answers, till = await shop.till()
            till.write(big)
            till.write_eof()
            assert await answers.read() == b"", "the printer hung up in its turn"
            await printer.printed(big * count)
            till.close()


async def test_a_slow_printer_slows_the_till_and_loses_nothing(printer: Printer) -> None:
    printer.taking.clear()
    async with between(printer) as shop:
        _, till = await shop.till()
        sent = 0
        piece = b"y" * 65_536
        with suppress(TimeoutError):
            while True:
                till.write(piece)
                sent += len(piece)
                async with asyncio.timeout(0.3):
                    await till.drain()
        assert sent < 64 << 20, "a plain cable would hold the till back"
        printer.taking.set()
        await printer.printed(b"y" * sent)
        till.transport.abort()


async def test_a_stuttering_till_is_read_byte_by_byte(printer: Printer) -> None:
    async with between(printer) as shop:
        _, till = await shop.till()
        for byte in receipt():
            till.write(bytes((byte,)))
            await asyncio.sleep(0)
        (read,) = await shop.has(1)
        assert read.total_minor == 1300
        till.close()


async def test_two_tills_print_at_once_and_are_read_apart(printer: Printer) -> None:
    async with between(printer) as shop:
        (_, one), (_, other) = await shop.till(), await shop.till()
        first, second = receipt("1"), receipt("2")
        one.write(first[:60])
        await asyncio.sleep(0.01)
        other.write(second)
        await shop.has(1)
        one.write(first[60:])
        assert [read.number for read in await shop.has(2)] == ["2", "1"]
        one.close()
        other.close()


async def test_the_same_receipt_again_is_the_same_report(printer: Printer) -> None:
    async with between(printer) as shop:
        _, till = await shop.till()
        copy = receipt().replace("示例超市".encode("gb18030"), "** 重打 **".encode("gb18030"))
        till.write(receipt() + copy + receipt("43"))
        first, again, other = await shop.has(3)
        assert first.report == again.report
        assert other.report.id != first.report.id
        till.close()


@pytest.fixture
def said() -> Iterator[list[MutableMapping[str, Any]]]:
    """What is logged, however the log was set up by tests before this one."""
    with capture_logs() as lines:
        yield lines


async def test_what_the_shop_could_not_record_is_offered_again(printer: Printer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(receipt_tap, "AGAIN_S", 0.02)
    async with between(printer) as shop:
        answers = [Receipt(ok=False, retry=True, problem="disk full"), Receipt(ok=False, retry=True), Receipt(ok=True)]
        shop.answer = lambda: answers.pop(0)
        _, till = await shop.till()
        till.write(receipt())
        assert len({read.report.id for read in await shop.has(3)}) == 1
        shop.answer = lambda: Receipt(ok=False, problem="refused for good")
        till.write(receipt("43"))
        await shop.has(4)
        till.write(receipt("44"))
        assert [read.number for read in await shop.has(5)][3:] == ["43", "44"]
        till.close()


async def test_a_shop_that_records_nothing_for_long_loses_the_newest_and_says_so(
    printer: Printer, monkeypatch: pytest.MonkeyPatch, said: list[MutableMapping[str, Any]]
) -> None:
    monkeypatch.setattr(receipt_tap, "MOST_RECEIPTS", 1)
    async with between(printer) as shop:
        shop.answer = lambda: Receipt(ok=False, retry=True)
        _, till = await shop.till()
        till.write(receipt() + receipt("43"))
        await shop.has(2)
        await shop.has(3)
        till.close()
    assert "a receipt is lost: the shop records nothing, and no more are kept" in [each["event"] for each in said]


async def test_a_bug_in_the_reader_costs_the_copy_and_not_the_paper(
    printer: Printer, monkeypatch: pytest.MonkeyPatch, said: list[MutableMapping[str, Any]]
) -> None:
    def broken(_roll: object, data: bytes) -> None:
        raise KeyError(data)

    async with between(printer) as shop:
        _, till = await shop.till()
        with monkeypatch.context() as patched:
            patched.setattr(Roll, "feed", broken)
            till.write(receipt("4111111111111111"))
            (read,) = await shop.has(1)
            assert read.unparsed == "the box failed to read it (KeyError); it went to the printer all the same"
        await printer.printed(receipt("4111111111111111"))
        till.write(receipt("43"))
        assert (await shop.has(2))[1].number == "43"
        till.close()
    assert "a receipt was not read, by a bug" in [each["event"] for each in said]
    assert "4111" not in repr(said)


async def test_copies_beyond_the_bound_are_dropped_and_told_and_the_paper_is_whole(
    printer: Printer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tap_copies, "MOST_BYTES", 4_000)
    async with between(printer) as shop:
        _, till = await shop.till()
        flood = b"z" * 70_000 + b"\n"
        till.write(flood)
        await printer.printed(flood)
        till.write(receipt())
        read = await shop.has(2)
        assert read[0].unparsed == "the box had no room for a copy of it; it went to the printer all the same"
        assert read[1].total_minor == 1300
        till.close()


async def test_without_its_printer_the_till_is_refused_as_on_a_plain_cable(
    printer: Printer,
) -> None:
    async with between(printer) as shop:
        port = shop.port
        await printer.switch_off()
        answers, till = await shop.till()
        with pytest.raises(ConnectionError):
            await answers.readexactly(1)  # the first one is cut off
        till.close()
        gone = await shop.failure
        assert str(gone) == (
            f"cannot connect to the printer 127.0.0.1:{printer.port} (Connection refused): "
            "is it on? The till is refused till then"
        )
        with pytest.raises(ConnectionRefusedError):
            await asyncio.open_connection("127.0.0.1", port)
    with pytest.raises(DeviceGone, match="is it on"):
        async with between(printer):
            raise AssertionError("it must not open")
    await printer.switch_on()
    async with tapped(f"127.0.0.1:{port}", f"127.0.0.1:{printer.port}") as shop:
        _, till = await shop.till()
        till.write(receipt())
        await shop.has(1)
        till.close()


async def test_a_printer_that_was_switched_off_is_found_without_printing(printer: Printer) -> None:
    async with between(printer, check_s=1) as shop:
        await printer.switch_off()
        assert isinstance(await shop.failure, DeviceGone)


async def test_a_printer_that_breaks_off_breaks_the_till_off(printer: Printer) -> None:
    async with between(printer) as shop:
        answers, till = await shop.till()
        till.write(b"half a receipt")
        await printer.printed(b"half a receipt")
        await printer.switch_off()
        async with asyncio.timeout(READ_IN_TIME_S):
            assert await answers.read() == b"", "the till sees that nobody is there any more"
        till.close()


async def test_an_address_that_is_taken_is_named(printer: Printer) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        with pytest.raises(DeviceGone) as gone:
            async with tapped(f"127.0.0.1:{port}", f"127.0.0.1:{printer.port}"):
                raise AssertionError("it must not open")
    told = f"cannot listen for the till at 127.0.0.1:{port} (Address already in use): is another program there?"
    assert str(gone.value) == told


async def test_a_printer_that_does_not_answer_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tap_sides, "CONNECT_S", 0.05)
    with socket.socket() as full:
        full.bind(("127.0.0.1", 0))
        full.listen(0)
        address = full.getsockname()
        fillers = [socket.socket() for _ in range(4)]
        for filler in fillers:
            filler.setblocking(False)
            filler.connect_ex(address)
        with pytest.raises(DeviceGone, match=r"did not answer within 0\.05 s: is it on\? The till is refused"):
            async with tapped("127.0.0.1:0", f"127.0.0.1:{address[1]}"):
                raise AssertionError("it must not open")
        for filler in fillers:
            filler.close()


async def test_a_receipt_without_a_cut_ends_with_a_pause_or_with_the_line(printer: Printer) -> None:
    uncut = RECEIPT.format(number="7").encode("gb18030")
    async with between(printer, pause_ms=200) as shop:
        _, till = await shop.till()
        till.write(uncut)
        await shop.has(1)
        till.write(RECEIPT.format(number="8").encode("gb18030"))
        till.close()
        assert [read.number for read in await shop.has(2)] == ["7", "8"]


async def test_a_receipt_that_waits_for_paper_is_not_torn_in_two(printer: Printer) -> None:
    whole = receipt()
    half = whole.index("合计".encode("gb18030"))
    async with between(printer, pause_ms=200) as shop:
        _, till = await shop.till()
        till.write(whole[:half])
        await asyncio.sleep(0.6)
        till.write(whole[half:])
        (read,) = await shop.has(1)
        assert (read.number, read.total_minor, len(read.lines)) == ("42", 1300, 1)
        till.close()


async def test_it_takes_no_commands(printer: Printer) -> None:
    async with between(printer) as shop:
        assert await shop.tap.perform(Tare()) == Refused(reason="a receipt tap cannot tare; it can: nothing")


async def test_a_serial_till_prints_through_and_hears_its_printer(tmp_path: Path) -> None:
    till, printer = PtyPort(tmp_path / "till"), PtyPort(tmp_path / "printer")
    till.plug()
    printer.plug()
    try:
        async with tapped(str(till.link), str(printer.link)) as shop:
            await asyncio.sleep(0)
            till.write(receipt())
            paper = b""
            async with asyncio.timeout(READ_IN_TIME_S):
                while len(paper) < len(receipt()):
                    paper += await printer.read()
                assert paper == receipt()
                printer.write(b"\x12\x14")
                assert await till.read() == b"\x12\x14"
            (read,) = await shop.has(1)
            assert read.number == "42"
            printer.unplug()
            gone = await shop.failure
            assert str(gone).startswith(f"{till.link} or {printer.link} is gone (")
            assert str(gone).endswith("): unplugged? Both are opened again")
    finally:
        till.unplug()
        printer.unplug()


async def test_a_serial_side_that_is_missing_is_named(tmp_path: Path) -> None:
    till = PtyPort(tmp_path / "till")
    till.plug()
    with pytest.raises(DeviceGone, match="no port"):
        async with tapped(str(till.link), str(tmp_path / "printer")):
            raise AssertionError("it must not open")
    till.unplug()


def test_settings_that_make_no_cable_are_refused() -> None:
    def refusal(**settings: object) -> str:
        with pytest.raises(ValueError, match=r"side|pattern|brackets|lacks|repeats") as refused:
            TapSettings.model_validate({"till_side": "/dev/ttyUSB0", "printer_side": "/dev/ttyUSB1", **settings})
        return str(refused.value)

    kinds = "till_side and printer_side are both serial ports (/dev/…) or both ADDRESS:PORT"
    assert kinds in refusal(printer_side="192.168.1.50:9100")
    assert "till_side and printer_side are the same: the tap needs two plugs" in refusal(printer_side="/dev/ttyUSB0")
    odd = "'printer' is neither a serial port (/dev/…) nor ADDRESS:PORT, for example 192.168.1.50:9100"
    assert odd in refusal(till_side="0.0.0.0:9100", printer_side="printer")
    assert "'(' is no pattern: missing ), unterminated subpattern at position 0" in refusal(total="(")
    assert "'total' needs brackets around the total" in refusal(total="total")
    assert "'(.*)' lacks (?P<name>…), (?P<amount>…)" in refusal(goods="(.*)")
    assert "'(a+)+' repeats a group that repeats itself: it could take for ever" in refusal(number="(a+)+")
    assert TapSettings(till_side="127.0.0.1:9100", printer_side="[::1]:9100").patterns().has_total("合计 1.00")
