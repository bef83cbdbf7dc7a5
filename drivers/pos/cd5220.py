"""CD5220 customer displays, two lines of twenty: ``CLR``, ``ESC Q A TOTAL CR``, ``ESC Q B                12.50 CR``.

After ESC Q the display ignores everything but CLR, CAN and ESC Q, so everything that is shown begins with CLR.
Sources: Epson P07303 p 16 (remark), POS-X XP8200 p 19, Partner CD-5220 p 10.
"""

from __future__ import annotations

from functools import partial
from typing import Annotated, assert_never

from pydantic import Field

from config.schema import Section
from drivers.commands import Show, ShowAmount
from drivers.contract import Driver, Wires
from drivers.pos.pole_display import CannotShow, Decimals, DisplayBaud, PoleDisplay, amount_text, serial_wire
from drivers.pos.receipt_text import CodePage, Encoding
from drivers.scales.serial_settings import PortPath

COLUMNS = 20
CLEAR = b"\x0c"
INITIALIZE = b"\x1b@"
WORDS = {"price": "PRICE", "total": "TOTAL", "received": "PAID", "change": "CHANGE"}
CHINESE_WORDS = {"price": "单价", "total": "总计", "received": "收款", "change": "找零"}


class Cd5220Settings(Section):
    """``encoding`` is the display's font; most know no Chinese."""

    port: PortPath
    baud: DisplayBaud = 9600
    encoding: Encoding = "cp437"
    decimals: Decimals = 2
    brightness: Annotated[int, Field(ge=1, le=4)] = 4


def greeting(settings: Cd5220Settings) -> bytes:
    """CLR first: a display that shows a string obeys nothing else."""
    return CLEAR + INITIALIZE + b"\x1b*" + bytes([settings.brightness])


def encode(settings: Cd5220Settings, command: Show | ShowAmount) -> bytes:
    """Both lines, each cut to what fits. Raises CannotShow for an amount that does not."""
    page = CodePage(settings.encoding)
    match command:
        case Show(upper=upper, lower=lower):
            return CLEAR + _row(b"A", upper, page) + _row(b"B", lower, page)
        case ShowAmount():
            words = CHINESE_WORDS if page.chinese else WORDS
            amount = amount_text(command.amount_minor, settings.decimals).rjust(COLUMNS)
            if len(amount) > COLUMNS:
                raise CannotShow(f"{amount} has more than {COLUMNS} characters")
            return CLEAR + _row(b"A", words[command.meaning], page) + _row(b"B", amount, page)
        case _:
            assert_never(command)


def _row(row: bytes, text: str, page: CodePage) -> bytes:
    """ESC Q A or B with at most twenty columns; nothing for nothing, CLR has emptied it."""
    shown = page.cut_to(COLUMNS, text)
    return b"\x1bQ" + row + page.encode(shown) + b"\r" if shown else b""


def _open(device: str, settings: Cd5220Settings, _wires: Wires) -> PoleDisplay:
    wire = serial_wire(settings.port, settings.baud)
    encoding = partial(encode, settings)
    return PoleDisplay(device, wire, what="a CD5220 display", greeting=greeting(settings), encode=encoding)


DRIVER = Driver(kind="display", settings_class=Cd5220Settings, open=_open, commands=(Show, ShowAmount))
