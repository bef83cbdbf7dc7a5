"""Receipts as ESC/POS bytes: the vectors of the manuals, each cut, each code page, and what no paper can hold."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from drivers.commands import Block, Feed, Line, Qr
from drivers.pos.escpos import Format, drawer_pulse, drawer_pulse_now, encode, lines_in
from drivers.pos.receipt_qr import CannotPrint, native, raster
from drivers.pos.receipt_text import CodePage

GB = Format(code_page=CodePage("gb18030"))
START = bytes.fromhex("1b40 1c26")


def sent(*blocks: Block, form: Format = GB, cut: bool = False) -> bytes:
    return b"".join(encode(blocks, form, cut=cut))


def test_a_line_of_each_kind() -> None:
    assert sent(Line(text="合计")) == START + bytes.fromhex("bacfbcc6 0a")
    assert sent(Line(text="a", align="center")) == START + bytes.fromhex("1b6101 610a 1b6100")
    assert sent(Line(text="a", align="right", bold=True)) == START + bytes.fromhex("1b6102 1b4501 610a 1b4500 1b6100")
    assert sent(Line(text="a", large=True)) == START + bytes.fromhex("1d2111 1c5701 610a 1d2100 1c5700")
    assert sent(Feed(lines=3), Line(text="")) == START + bytes.fromhex("1b6403 0a")


def test_large_letters_take_two_columns() -> None:
    assert sent(Line(text="x" * 25, large=True)).count(b"\n") == 2


@pytest.mark.parametrize(
    ("encoding", "number", "select"),
    [
        ("cp437", None, "1c2e 1b7400"),
        ("cp1252", None, "1c2e 1b7410"),
        ("cp858", None, "1c2e 1b7413"),
        ("cp866", 7, "1c2e 1b7407"),  # a maker who numbers otherwise
        ("big5", 7, "1c26"),
    ],
)
def test_the_code_page_is_selected(encoding: Any, number: int | None, select: str) -> None:
    form = replace(GB, code_page=CodePage(encoding), page_number=number)
    assert sent(form=form) == bytes.fromhex("1b40" + select)


@pytest.mark.parametrize(
    ("cut", "end"),
    [
        ("full", "1b6404 1d5600"),
        ("partial", "1b6404 1d5601"),
        ("feed-full", "1d564100"),
        ("feed-partial", "1d564200"),
        ("none", "1b6404"),
    ],
)
def test_each_way_to_cut(cut: Any, end: str) -> None:
    assert sent(cut=True, form=replace(GB, cut=cut)) == START + bytes.fromhex(end)
    assert sent(cut=False, form=replace(GB, cut=cut)) == START
    assert sent(cut=True, form=replace(GB, cut="none", tail_lines=0)) == START


def test_the_qr_vector_of_the_manual() -> None:
    commands = native(Qr(text="https://s.cn/r/1"), width_dots=576)
    assert b"".join(commands) == (
        bytes.fromhex("1d286b0400314132001d286b03003143061d286b03003145311d286b1300315030")
        + b"https://s.cn/r/1"
        + bytes.fromhex("1d286b0300315130")
    )
    assert sent(Qr(text="https://s.cn/r/1")) == START + b"\x1ba\x01" + b"".join(commands) + b"\x1ba\x00"


@pytest.mark.parametrize(("correction", "byte"), [("L", 0x30), ("M", 0x31), ("Q", 0x32), ("H", 0x33)])
def test_each_correction_of_a_qr_code(correction: Any, byte: int) -> None:
    assert native(Qr(text="x", correction=correction), width_dots=576)[2] == b"\x1d(k\x03\x00\x31\x45" + bytes([byte])


def test_a_raster_comes_in_slices_of_255_rows() -> None:
    commands = raster(Qr(text="https://s.cn/r/1", module_dots=10), width_dots=576)
    sizes = [(command[4] + 256 * command[5], command[6] + 256 * command[7], len(command) - 8) for command in commands]
    assert sizes == [(42, 255, 42 * 255), (42, 75, 42 * 75)]  # 25 modules and 4 white ones on each side, 330 dots
    assert all(command.startswith(b"\x1dv0\x00") for command in commands)


def test_a_raster_never_looks_like_a_real_time_command() -> None:
    for length in range(1, 200, 13):
        data = b"".join(raster(Qr(text="x" * length, module_dots=2), width_dots=576))
        assert not any(start in data for start in (b"\x10\x04", b"\x10\x05", b"\x10\x14"))


def test_a_qr_code_shrinks_until_it_fits_the_paper() -> None:
    assert native(Qr(text="x" * 200, module_dots=16), width_dots=384)[1][-1] == 384 // (57 + 8)
    assert len(raster(Qr(text="x" * 200, module_dots=16), width_dots=384)[0][8:]) <= 255 * 384 // 8


@pytest.mark.parametrize(
    ("block", "text"),
    [
        (Qr(text=""), "a QR code needs a text"),
        (Qr(text="\x1d01"), "the text of a QR code must not hold control characters"),
        (Qr(text="x\x10\x14\x01\x00\x01"), "the text of a QR code must not hold control characters"),
        (
            Qr(text="x" * 1500),
            "a QR code of 1500 characters is too wide for paper of 192 dots: shorten its text",
        ),
        (Feed(lines=256), "256 empty lines cannot be fed: 0 to 255"),
        (Feed(lines=-1), "-1 empty lines cannot be fed: 0 to 255"),
    ],
)
@pytest.mark.parametrize("qr", ["native", "raster"])
def test_what_cannot_be_printed_says_why(block: Block, text: str, qr: Any) -> None:
    with pytest.raises(CannotPrint) as caught:
        encode([block], replace(GB, qr=qr, width_dots=192), cut=True)
    assert str(caught.value) == text


@pytest.mark.parametrize("text", ["x" * 3000, "\ud800"])
def test_a_text_that_makes_no_qr_code(text: str) -> None:
    with pytest.raises(CannotPrint) as caught:
        native(Qr(text=text), width_dots=576)
    assert str(caught.value).startswith("this text makes no QR code of correction M: ")


def test_the_drawer_is_kicked_on_one_pin() -> None:
    assert drawer_pulse(2, on_ms=100, off_ms=500) == bytes.fromhex("1b700032fa")
    assert drawer_pulse(5, on_ms=50, off_ms=510) == bytes.fromhex("1b700119ff")
    assert drawer_pulse_now(2, on_ms=100) == bytes.fromhex("1014010001")
    assert drawer_pulse_now(5, on_ms=510) == bytes.fromhex("1014010105")
    assert drawer_pulse_now(5, on_ms=2) == bytes.fromhex("1014010101")


def test_paper_is_counted() -> None:
    assert lines_in(encode([Line(text="a"), Feed(lines=7)], GB, cut=True)) == 1 + 7
    assert lines_in(encode([Line(text="a" * 100)], GB, cut=False)) == 3
    assert lines_in(encode([Qr(text="x")], GB, cut=False)) == 24
    assert lines_in(encode([Qr(text="x")], replace(GB, qr="raster"), cut=False)) == 8  # 29 modules of 6 dots are 174 rows
