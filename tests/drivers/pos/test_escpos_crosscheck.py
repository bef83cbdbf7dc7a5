"""python-escpos makes the same receipts from another reading of the manuals: on the paper both must look alike."""

from __future__ import annotations

import json
import warnings
from collections.abc import Callable
from dataclasses import replace
from importlib import import_module
from typing import Any

import pytest
import segno

from drivers.commands import Feed, Line, Qr
from drivers.pos.escpos import Format, drawer_pulse, encode
from drivers.pos.receipt_text import CodePage
from drivers.sim.escpos_commands import length
from drivers.sim.escpos_paper import Paper, Printed, PrintedLine, PrintedRaster

PC437 = Format(code_page=CodePage("cp437"), cut="full", tail_lines=6)


@pytest.fixture
def other() -> Any:
    """A printer of python-escpos that keeps what it would send."""
    with warnings.catch_warnings(), pytest.MonkeyPatch.context() as patched:
        warnings.simplefilter("ignore")
        patched.setattr("yaml.safe_load", json.load)  # what printers can do is in JSON; read as YAML it takes a second
        return import_module("escpos.printer").Dummy()


def printed(data: bytes) -> Paper:
    """The paper after ``data``."""
    paper = Paper(chinese_at_power_on=False)
    while data:
        size = length(data)
        assert size is not None
        paper.obey(data[:size])
        data = data[size:]
    assert paper.unknown == []
    return paper


def slip(paper: Paper) -> list[Printed]:
    """The one slip, its style where letters stand: how the two set the style back between lines is their own."""
    (items,) = paper.slips
    return [
        replace(item, style=type(item.style)()) if isinstance(item, PrintedLine) and not item.text else item for item in items
    ]


def ours(*blocks: Any, form: Format = PC437) -> Paper:
    return printed(b"".join(encode(blocks, form, cut=True)))


def theirs(dummy: Any, write: Callable[[Any], None]) -> Paper:
    write(dummy)
    dummy.cut(mode="FULL")
    return printed(dummy.output)


def test_plain_lines(other: Any) -> None:
    def write(printer: Any) -> None:
        printer.text("Apples 1.250 kg   12.50\nTotal             12.50\n")

    mine = ours(Line(text="Apples 1.250 kg   12.50"), Line(text="Total             12.50"))
    assert slip(mine) == slip(theirs(other, write))


@pytest.mark.parametrize("align", ["left", "center", "right"])
@pytest.mark.parametrize(("large", "bold"), [(False, False), (True, False), (False, True), (True, True)])
def test_styles(other: Any, align: Any, large: bool, bold: bool) -> None:
    def write(printer: Any) -> None:
        printer.set(align=align, bold=bold, double_width=large, double_height=large, normal_textsize=not large)
        printer.textln("TOTAL 12.50")

    assert slip(ours(Line(text="TOTAL 12.50", align=align, large=large, bold=bold))) == slip(theirs(other, write))


@pytest.mark.parametrize(("correction", "ec"), [("L", 0), ("M", 1), ("Q", 2), ("H", 3)])
def test_qr_codes_drawn_by_the_printer(other: Any, correction: Any, ec: int) -> None:
    def write(printer: Any) -> None:
        printer.set(align="center")
        printer.qr("https://s.cn/r/1", ec=ec, size=5, native=True)

    assert slip(ours(Qr(text="https://s.cn/r/1", module_dots=5, correction=correction))) == slip(theirs(other, write))


def test_feeds_and_cuts(other: Any) -> None:
    def write(printer: Any) -> None:
        printer.textln("a")
        printer.ln(3)

    mine, their = ours(Line(text="a"), Feed(lines=3)), theirs(other, write)
    assert slip(mine) == slip(their)
    assert mine.cuts == their.cuts == ["full"]


@pytest.mark.parametrize(("text", "encoding", "page"), [("café", "cp437", "CP437"), ("Größe 5 €", "cp858", "CP858")])
def test_code_pages(other: Any, text: str, encoding: Any, page: str) -> None:
    def write(printer: Any) -> None:
        printer.charcode(page)
        printer.textln(text)

    assert slip(ours(Line(text=text), form=replace(PC437, code_page=CodePage(encoding)))) == slip(theirs(other, write))


def test_the_drawer_is_kicked_on_the_same_pin(other: Any) -> None:
    other.cashdraw(2)
    assert other.output[:3] == drawer_pulse(2, on_ms=100, off_ms=500)[:3]
    other.clear()
    other.cashdraw(5)
    assert other.output[:3] == drawer_pulse(5, on_ms=100, off_ms=500)[:3]


def test_the_qr_code_that_we_draw_has_its_modules_where_they_belong() -> None:
    """Read back dot by dot."""
    text, dots = "https://s.cn/r/1?金额=12.50", 4
    (picture,) = [
        item
        for item in slip(ours(Qr(text=text, module_dots=dots), form=replace(PC437, qr="raster")))
        if isinstance(item, PrintedRaster)
    ]
    rows = [[byte >> (7 - bit) & 1 for byte in row for bit in range(8)] for row in picture.rows]
    symbol = segno.make_qr(text, error="M", encoding="utf-8", boost_error=False)
    modules = [list(row) for row in symbol.matrix_iter(border=4)]
    size = len(modules)
    assert len(rows) == size * dots
    for y, row in enumerate(rows):
        assert row[: size * dots] == [modules[y // dots][x // dots] for x in range(size * dots)]
        assert not any(row[size * dots :])
    finder = [modules[4][4:11], modules[5][4:11], modules[10][4:11]]
    assert finder == [[1] * 7, [1, 0, 0, 0, 0, 0, 1], [1] * 7]
