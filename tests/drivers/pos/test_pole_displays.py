"""Customer displays: what a shopper reads, the modes that swallow commands, and that nobody can prove any of it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import aclosing
from typing import Any

import pytest
from pydantic import ValidationError

from drivers.commands import Accepted, Command, Refused, Show, ShowAmount, Tare
from drivers.contract import DeviceGone, DeviceSilent, Wires
from drivers.pos import cd5220, led8
from drivers.pos.cd5220 import Cd5220Settings
from drivers.pos.led8 import Led8Settings
from drivers.pos.pole_display import CannotShow, PoleDisplay, amount_text
from drivers.readings import Presence
from drivers.sim.cd5220 import Cd5220Sim
from drivers.sim.led8 import Led8Sim
from drivers.sim.pole_display import PoleDisplaySim
from drivers.wires import one_way
from drivers.wires.one_way import presence

SENT = Accepted(detail="sent; this display cannot answer")
SECONDS = 60
PORT = "/dev/ttyS0"
WIRES = Wires(broker=None)  # type: ignore[arg-type] # they need none


def two_lines(port: str, **choices: Any) -> Any:
    return cd5220.DRIVER.open("display-1", Cd5220Settings(port=port, **choices), WIRES)


def digits(port: str, **choices: Any) -> Any:
    return led8.DRIVER.open("display-1", Led8Settings(port=port, **choices), WIRES)


both = pytest.mark.parametrize(("display", "sim"), [(two_lines, Cd5220Sim), (digits, Led8Sim)], ids=["cd5220", "led8"])


@pytest.mark.parametrize(
    ("command", "data"),
    [
        (Show(upper="WELCOME", lower="12.50"), "0c 1b5141 57454c434f4d45 0d 1b5142 31322e3530 0d"),
        (Show(upper="HI"), "0c 1b5141 4849 0d"),
        (Show(), "0c"),
        (Show(upper="x" * 25), "0c 1b5141" + "78" * 20 + "0d"),
        (Show(upper="a\x1b@\r\nb"), "0c 1b5141 61402062 0d"),
        (ShowAmount(amount_minor=1250), "0c 1b5141 544f54414c 0d 1b5142" + "20" * 15 + "31322e3530 0d"),
        (ShowAmount(amount_minor=-5, meaning="change"), "0c 1b5141 4348414e4745 0d 1b5142" + "20" * 15 + "2d302e3035 0d"),
    ],
)
def test_the_bytes_of_a_cd5220(command: Show | ShowAmount, data: str) -> None:
    assert cd5220.encode(Cd5220Settings(port=PORT), command) == bytes.fromhex(data)


@pytest.mark.parametrize(
    ("command", "choices", "data"),
    [
        (ShowAmount(amount_minor=1250), {}, "0c 024c30313030 1b5141 31322e3530 0d"),
        (ShowAmount(amount_minor=1250, meaning="price"), {}, "0c 024c31303030 1b5141 31322e3530 0d"),
        (ShowAmount(amount_minor=1250, meaning="change"), {"lamps": "esc-s"}, "0c 1b7334 1b5141 31322e3530 0d"),
        (ShowAmount(amount_minor=1250, meaning="received"), {"lamps": "none"}, "0c 1b5141 31322e3530 0d"),
        (ShowAmount(amount_minor=99_999_999), {"lamps": "none"}, "0c 1b5141 3939393939392e3939 0d"),
        (ShowAmount(amount_minor=12), {"lamps": "none", "decimals": 0}, "0c 1b5141 3132 0d"),
        (Show(upper="12-34"), {}, "0c 024c30303030 1b5141 31322d3334 0d"),
        (Show(lower="7"), {"lamps": "esc-s"}, "0c 1b7330 1b5141 37 0d"),
        (Show(), {}, "0c 024c30303030"),
    ],
)
def test_the_bytes_of_an_led8(command: Show | ShowAmount, choices: dict[str, Any], data: str) -> None:
    assert led8.encode(Led8Settings(port=PORT, **choices), command) == bytes.fromhex(data)


@pytest.mark.parametrize(
    ("command", "text"),
    [
        (Show(upper="1", lower="2"), "an eight-digit display has one line: give upper or lower"),
        (Show(upper="TOTAL"), "an eight-digit display shows digits, a point and a minus only"),
        (Show(upper="1\x1b@"), "an eight-digit display shows digits, a point and a minus only"),
        (Show(upper="１２"), "an eight-digit display shows digits, a point and a minus only"),
        (ShowAmount(amount_minor=100_000_000), "1000000.00 has more than 8 digits"),
        (ShowAmount(amount_minor=-10_000_000), "-100000.00 has more than 8 digits"),
    ],
)
def test_what_eight_digits_cannot_show(command: Show | ShowAmount, text: str) -> None:
    with pytest.raises(CannotShow) as caught:
        led8.encode(Led8Settings(port=PORT), command)
    assert str(caught.value) == text


async def test_an_amount_wider_than_the_display_is_refused_not_cut() -> None:
    async with Cd5220Sim() as sim, two_lines(sim.port) as display:
        answer = await display.perform(ShowAmount(amount_minor=10**19))
    assert answer == Refused(reason="100000000000000000.00 has more than 20 characters")


@pytest.mark.parametrize(
    ("amount", "decimals", "text"), [(0, 2, "0.00"), (5, 2, "0.05"), (-1250, 2, "-12.50"), (7, 0, "7"), (1234, 3, "1.234")]
)
def test_amounts_are_exact(amount: int, decimals: int, text: str) -> None:
    assert amount_text(amount, decimals) == text


async def test_a_shopper_reads_two_lines_again_and_again() -> None:
    async with asyncio.timeout(SECONDS), Cd5220Sim() as sim, two_lines(sim.port, brightness=2) as display:
        for number in range(3):  # every time out of the string mode that swallows all but CLR
            assert await display.perform(Show(upper=f"item {number}", lower="1.00")) == SENT
            await sim.until(lambda shown, upper=f"item {number}": shown.rows == [upper, "1.00"])  # type: ignore[misc]
        await display.perform(Show())
        await sim.until(lambda shown: shown.rows == ["", ""])
        assert (sim.dialect.ignored, sim.dialect.too_long, sim.dialect.brightness) == ([], 0, 2)


async def test_a_display_that_still_shows_a_string_obeys_when_it_is_opened() -> None:
    async with asyncio.timeout(SECONDS), Cd5220Sim() as sim:
        sim.dialect.hear(b"\x1bQAold\r")
        async with two_lines(sim.port, brightness=1):
            await sim.until(lambda shown: shown.brightness == 1)
        assert (sim.dialect.rows, sim.dialect.ignored) == (["", ""], [])


async def test_a_chinese_display_shows_chinese() -> None:
    chinese = "gb18030"
    async with asyncio.timeout(SECONDS), Cd5220Sim(encoding=chinese) as sim, two_lines(sim.port, encoding=chinese) as display:
        await display.perform(ShowAmount(amount_minor=1250, meaning="change"))
        await sim.until(lambda shown: shown.rows == ["找零", "               12.50"])
        await display.perform(Show(upper="十二个汉字只放得下十个字"))
        await sim.until(lambda shown: shown.rows == ["十二个汉字只放得下十", ""])


@pytest.mark.parametrize("lamps", ["stx-l", "esc-s"])
@pytest.mark.parametrize("meaning", ["price", "total", "received", "change"])
async def test_an_amount_stands_under_its_lamp(lamps: str, meaning: Any) -> None:
    async with asyncio.timeout(SECONDS), Led8Sim() as sim, digits(sim.port, lamps=lamps) as display:
        assert await display.perform(ShowAmount(amount_minor=-1250, meaning=meaning)) == SENT
        await sim.until(lambda shown: (shown.digits, shown.lamps) == ("-12.50", {meaning}))
        await display.perform(Show())
        await sim.until(lambda shown: (shown.digits, shown.lamps) == ("", set()))
        assert sim.dialect.refused == []


@both
async def test_a_display_is_present_while_its_port_is_open(
    display: Callable[..., Any], sim: Callable[..., PoleDisplaySim[Any]]
) -> None:
    async with asyncio.timeout(SECONDS), sim() as shown, display(shown.port) as opened, aclosing(opened.readings()) as readings:
        first = await anext(readings)
        assert isinstance(first, Presence)
        assert (first.device, first.state) == ("display-1", "open")
        shown.unplug()
        with pytest.raises(DeviceGone):
            await anext(readings)
        with pytest.raises(DeviceGone):
            await opened.perform(Show(upper="1"))


@both
async def test_a_display_that_is_not_there(display: Callable[..., Any], sim: Callable[..., Any], tmp_path: Any) -> None:
    with pytest.raises(DeviceGone, match="no port"):
        async with display(f"{tmp_path}/display"):
            pass


async def test_a_port_that_takes_no_bytes_is_closed_again(monkeypatch: pytest.MonkeyPatch) -> None:
    from drivers.pos import pole_display
    from drivers.pos.pole_display import serial_wire

    monkeypatch.setattr(pole_display, "OPENING_MS", 100)
    async with Cd5220Sim() as sim:
        sim._wire.pause()
        stuck = PoleDisplay("display-1", serial_wire(sim.port, 9600), what="x", greeting=bytes(1_000_000), encode=lambda _: b"")
        with pytest.raises(DeviceSilent):
            async with stuck:
                pass
        with pytest.raises(DeviceGone):
            await stuck._wire.send(b"x", deadline_ms=100)


@both
@pytest.mark.parametrize("command", [Tare()])
async def test_a_display_cannot_tare(command: Command, display: Callable[..., Any], sim: Callable[..., Any]) -> None:
    what = {two_lines: "a CD5220 display", digits: "an LED8 display"}[display]
    async with sim() as shown, display(shown.port) as opened:
        assert await opened.perform(command) == Refused(reason=f"{what} cannot tare; it can: show, show-amount")


async def test_an_open_wire_is_told_again_and_again_whatever_comes_over_it() -> None:
    async with asyncio.timeout(SECONDS), Cd5220Sim() as sim, two_lines(sim.port) as display:
        readings = presence(display._wire, "display-1", every_ms=20)
        for _ in range(3):
            sim._wire.write(b"noise")
            assert (await anext(readings)).state == "open"
    assert one_way.STILL_OPEN_MS == 10_000


@pytest.mark.parametrize("wrong", [{"brightness": 5}, {"encoding": "utf-8"}, {"baud": 1}, {"decimals": 4}])
def test_settings_out_of_range(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        Cd5220Settings(port=PORT, **wrong)
