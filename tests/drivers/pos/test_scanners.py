"""Scanners on a real wire: every code once, a cable that is pulled, noise, and a keyboard that nobody else hears."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.commands import Done, Refused, SetProperty, Tare
from drivers.contract import Device, DeviceGone
from drivers.counter_readings import PaymentCodeShown, Scanned
from drivers.pos import scanner_serial
from drivers.pos.key_events import EVENT, Keyboard
from drivers.pos.keyboard_layouts import LAYOUTS
from drivers.pos.scanner_hid import HidScanner, HidScannerSettings
from drivers.pos.scanner_serial import CodeFraming, SerialScanner, SerialScannerSettings
from drivers.readings import AnyReading, Presence, Unreadable
from drivers.sim.scanner_hid import HidScannerSim, enter, keys
from drivers.sim.scanner_serial import ScannerSim

EVENTUALLY_S = 60.0
WECHAT = "134567890123456789"


async def heard(readings: AsyncIterator[AnyReading]) -> AnyReading:
    async with asyncio.timeout(EVENTUALLY_S):
        return await anext(readings)


@asynccontextmanager
async def scanner(tmp_path: Path, **given: object) -> AsyncIterator[tuple[ScannerSim, AsyncIterator[AnyReading], Device]]:
    async with ScannerSim(tmp_path / "scanner-1") as sim:
        settings = SerialScannerSettings.model_validate({"port": sim.port, **given})
        async with SerialScanner("scanner-1", settings) as device:
            readings = device.readings()
            first = await heard(readings)
            assert isinstance(first, Presence)
            assert first.state == "open"
            yield sim, readings, device


async def test_two_codes_in_one_breath_are_two_readings(tmp_path: Path) -> None:
    async with scanner(tmp_path) as (sim, readings, _):
        sim.type(b"6901028075831\r\n96385074\r")
        one, two = await heard(readings), await heard(readings)
        assert isinstance(one, Scanned)
        assert isinstance(two, Scanned)
        assert (one.gtin, two.gtin) == ("06901028075831", "00000096385074")


async def test_a_scanner_that_ends_no_code_is_told_and_half_a_code_spoils_no_other(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(scanner_serial, "UNENDED_S", 0.05)
    async with scanner(tmp_path) as (sim, readings, _):
        sim.type(WECHAT.encode())
        told = await heard(readings)
        assert isinstance(told, Unreadable)
        assert (told.problem, told.payload) == (scanner_serial.NO_END, b"")
        sim.type(b"6901028075831\r\n")
        goods = await heard(readings)
        assert isinstance(goods, Scanned)
        assert goods.gtin == "06901028075831"
        with pytest.raises(TimeoutError):  # a line feed behind the end is no code
            async with asyncio.timeout(0.3):
                await anext(readings)


async def test_a_code_that_comes_byte_by_byte_is_one_reading(tmp_path: Path) -> None:
    async with scanner(tmp_path) as (sim, readings, _):
        for byte in b"]E06901028075831\r":
            sim.type(bytes([byte]))
            await asyncio.sleep(0)
        reading = await heard(readings)
        assert isinstance(reading, Scanned)
        assert (reading.gtin, reading.symbology) == ("06901028075831", "E0")


async def test_noise_and_endless_codes_are_told_and_the_next_code_is_read(tmp_path: Path) -> None:
    async with scanner(tmp_path) as (sim, readings, _):
        sim.noise(20)
        sim.type(b"7" * 4000 + b"\r")
        sim.scan("6901028075831")
        noise, endless, code = await heard(readings), await heard(readings), await heard(readings)
        assert isinstance(noise, Unreadable)
        assert isinstance(endless, Unreadable)
        assert "more than 512 characters" in endless.problem
        assert isinstance(code, Scanned)
        assert code.gtin == "06901028075831"


async def test_the_same_goods_twice_in_a_moment_are_read_once(tmp_path: Path) -> None:
    async with scanner(tmp_path, repeat_ms=5_000) as (sim, readings, _):
        for code in ("6901028075831", "6901028075831", "96385074"):
            sim.scan(code)
        one, two = await heard(readings), await heard(readings)
        assert isinstance(one, Scanned)
        assert isinstance(two, Scanned)
        assert two.gtin == "00000096385074"


async def test_a_pulled_cable_is_gone(tmp_path: Path) -> None:
    async with scanner(tmp_path) as (sim, readings, _):
        sim.unplug()
        with pytest.raises(DeviceGone, match="is gone"):
            await heard(readings)


async def test_a_lane_says_what_it_waits_for(tmp_path: Path) -> None:
    both = "123456789012345675"
    async with scanner(tmp_path) as (sim, readings, device):
        sim.scan(both)
        assert isinstance(await heard(readings), PaymentCodeShown)
        assert await device.perform(SetProperty(property="expects", value="goods")) == Done(detail="expects goods")
        sim.scan(both)
        assert isinstance(await heard(readings), Scanned)
        assert await device.perform(SetProperty(property="expects", value="")) == Done(detail="expects anything")
        assert await device.perform(SetProperty(property="beep", value="1")) == Refused(
            reason='scanner-1 knows the property expects only: "payment", "goods", or "" for neither'
        )
        assert await device.perform(Tare()) == Refused(reason="scanner-1 cannot tare; it can: set-property")


async def test_chinese_text_is_read_in_the_scanners_encoding(tmp_path: Path) -> None:
    async with scanner(tmp_path, encoding="gb18030", end="lf") as (sim, readings, _):
        sim.end = b"\r\n"
        sim.scan("会员 7", encoding="gb18030")
        reading = await heard(readings)
        assert isinstance(reading, Scanned)
        assert reading.code == "会员 7"


@given(st.lists(st.binary(max_size=40)))
def test_no_byte_is_lost_in_cutting(pieces: list[bytes]) -> None:
    framing, rest, frames, noise = CodeFraming(b"\r"), b"", b"", 0
    for piece in pieces:
        cut = framing.cut(rest + piece)
        rest, frames, noise = cut.rest, frames + b"".join(cut.frames), noise + len(cut.noise)
    assert frames + rest == b"".join(pieces)
    assert noise == 0


@asynccontextmanager
async def keyboard(tmp_path: Path) -> AsyncIterator[tuple[HidScannerSim, AsyncIterator[AnyReading], list[int]]]:
    held: list[int] = []
    with HidScannerSim(tmp_path / "event-kbd") as sim:
        settings = HidScannerSettings(event_device=str(sim.path))
        async with HidScanner("scanner-1", settings, hold=held.append) as device:
            readings = device.readings()
            assert isinstance(await heard(readings), Presence)
            yield sim, readings, held


async def test_a_keyboard_types_a_code_that_only_we_hear(tmp_path: Path) -> None:
    async with keyboard(tmp_path) as (sim, readings, held):
        sim.scan("https://s.cn/01/06901028075831?17=261231")
        reading = await heard(readings)
        assert isinstance(reading, Scanned)
        assert (reading.gtin, reading.expires) == ("06901028075831", "2026-12-31")
        sim.scan(WECHAT)
        assert isinstance(await heard(readings), PaymentCodeShown)
        assert len(held) == 1


async def test_half_an_event_waits_for_its_other_half(tmp_path: Path) -> None:
    async with keyboard(tmp_path) as (sim, readings, _):
        events = keys("0106901028075831\x1d10A") + enter()
        sim.write(events[:1000])
        sim.write(events[1000:])
        reading = await heard(readings)
        assert isinstance(reading, Scanned)
        assert (reading.gtin, reading.lot) == ("06901028075831", "A")


async def test_an_unplugged_keyboard_is_gone(tmp_path: Path) -> None:
    async with keyboard(tmp_path) as (sim, readings, _):
        sim.unplug()
        with pytest.raises(DeviceGone, match=r"event-kbd is gone: unplugged\? It is opened again when it comes back"):
            await heard(readings)


def refuse(_descriptor: int) -> None:
    raise OSError(16, os.strerror(16))


@pytest.mark.parametrize(
    ("make", "hold", "problem"),
    [
        (
            lambda path: None,
            refuse,
            "cannot open {path} (No such file or directory): is the scanner plugged in, may storebox read it?",
        ),
        (
            os.mkfifo,
            refuse,
            "cannot hold {path} for storebox alone (Device or resource busy): is it a keyboard, does another program hold it?",
        ),
    ],
)
async def test_a_keyboard_that_cannot_be_had_is_gone(
    tmp_path: Path, make: Callable[[Path], None], hold: Callable[[int], None], problem: str
) -> None:
    path = tmp_path / "kbd"
    make(path)
    with pytest.raises(DeviceGone) as gone:
        await HidScanner("scanner-1", HidScannerSettings(event_device=str(path)), hold=hold).__aenter__()
    assert str(gone.value) == problem.format(path=path)


async def test_what_is_no_keyboard_is_not_held(tmp_path: Path) -> None:
    with HidScannerSim(tmp_path / "fifo") as sim, pytest.raises(DeviceGone, match="is it a keyboard"):
        await HidScanner("scanner-1", HidScannerSettings(event_device=str(sim.path))).__aenter__()


def test_each_layout_types_what_is_printed_on_its_keys() -> None:
    assert [LAYOUTS["us"][21][0], LAYOUTS["de"][21][0], LAYOUTS["fr"][16][0], LAYOUTS["de"][12][0]] == ["y", "z", "a", "ß"]
    assert (LAYOUTS["fr"][2], LAYOUTS["fr"][50], LAYOUTS["us"][39]) == (("&", "1"), (",", "?"), (";", ":"))


def test_a_key_that_the_layout_does_not_know_spoils_the_code() -> None:
    unknown = EVENT.pack(0, 0, 1, 999, 1) + EVENT.pack(0, 0, 1, 28, 1)
    lost = EVENT.pack(0, 0, 0, 3, 0) + EVENT.pack(0, 0, 1, 28, 1)
    assert Keyboard("us").feed(unknown) == ["\ufffd"]
    assert Keyboard("us").feed(lost) == ["\ufffd"]


def test_a_key_that_is_held_down_for_ever_fills_nothing() -> None:
    board = Keyboard("us")
    for _ in range(2_000):
        board.feed(keys("7"))
    (code,) = board.feed(enter())
    assert len(code) == 513


@given(st.binary(max_size=480).map(lambda data: data[: len(data) // 24 * 24]))
def test_any_events_are_survived(events: bytes) -> None:
    Keyboard("de").feed(events)
