"""Eight-digit LED displays (客显): ``STX L 0100`` lights the lamp 总计, ``ESC Q A 12.50 CR`` shows the digits.

Source: LED8N users manual (2400 8N1, STX L, ESC Q A with at most eight digits; a point takes no cell of its own).
Not read in a manual: ``ESC s n`` for the lamps, which other makes use; it is the setting ``lamps``.
"""

from __future__ import annotations

import re
from functools import partial
from typing import Literal, assert_never

from config.schema import Section
from drivers.commands import Show, ShowAmount
from drivers.contract import Driver, Wires
from drivers.pos.pole_display import CannotShow, Decimals, DisplayBaud, PoleDisplay, amount_text, serial_wire
from drivers.scales.serial_settings import PortPath

CELLS = 8
CLEAR = b"\x0c"
INITIALIZE = b"\x1b@"
DIGITS = re.compile(r"-?[0-9]+(?:[.-][0-9]+)*\.?\Z", re.ASCII)
LAMPS = ("price", "total", "received", "change")


class Led8Settings(Section):
    """``lamps`` is how the lamps are lit: ``stx-l`` as in the LED8N manual, ``esc-s`` on other makes, or ``none``."""

    port: PortPath
    baud: DisplayBaud = 2400
    decimals: Decimals = 2
    lamps: Literal["stx-l", "esc-s", "none"] = "stx-l"


def encode(settings: Led8Settings, command: Show | ShowAmount) -> bytes:
    """An amount under its lamp, or bare digits under none. Raises CannotShow for letters and for more than eight digits."""
    match command:
        case Show(upper=upper, lower=lower):
            if upper and lower:
                raise CannotShow("an eight-digit display has one line: give upper or lower")
            text = (upper or lower).strip()
            return CLEAR + _lamp(settings, None) + (_digits(text) if text else b"")
        case ShowAmount():
            digits = _digits(amount_text(command.amount_minor, settings.decimals))
            return CLEAR + _lamp(settings, command.meaning) + digits
        case _:
            assert_never(command)


def _digits(text: str) -> bytes:
    if not DIGITS.match(text):
        raise CannotShow("an eight-digit display shows digits, a point and a minus only")
    if len(text.replace(".", "")) > CELLS:
        raise CannotShow(f"{text} has more than {CELLS} digits")
    return b"\x1bQA" + text.encode("ascii") + b"\r"


def _lamp(settings: Led8Settings, meaning: str | None) -> bytes:
    lit = None if meaning is None else LAMPS.index(meaning)
    match settings.lamps:
        case "stx-l":
            return b"\x02L" + bytes(0x31 if at == lit else 0x30 for at in range(len(LAMPS)))
        case "esc-s":
            return b"\x1bs" + (b"0" if lit is None else bytes([0x31 + lit]))
        case "none":
            return b""


def _open(device: str, settings: Led8Settings, _wires: Wires) -> PoleDisplay:
    wire = serial_wire(settings.port, settings.baud)
    return PoleDisplay(
        device, wire, what="an LED8 display", greeting=CLEAR + INITIALIZE, encode=partial(encode, settings)
    )  # fmt: skip


DRIVER = Driver(kind="display", settings_class=Led8Settings, open=_open, commands=(Show, ShowAmount))
