"""Text for printers and displays: what is shown, how wide it is, where it breaks, and that no command is in it."""

from __future__ import annotations

import time
from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.pos.receipt_text import CodePage, Encoding

GB, GBK, BIG5, PC437, LATIN = (CodePage(name) for name in ("gb18030", "gbk", "big5", "cp437", "cp1252"))


@pytest.mark.parametrize(
    ("page", "text", "data"),
    [
        (GB, "合计 12.50", "bacf bcc6 20 31322e3530"),
        (GB, "¥5", "a3a4 35"),  # the yen sign of two bytes: U+00A5 itself has only a code of four
        (GB, "𠀀", "95328236"),  # four bytes, for printers that have them
        (GBK, "𠀀", "3f"),
        (BIG5, "總計", "c160 ad70"),
        (PC437, "é→价", "82 3f 3f"),
        (LATIN, "€5 – “x”…", "80 35 20 96 20 93 78 94 85"),
        (PC437, "“5–6”…", "22 35 2d 36 22 2e2e2e"),  # what is missing is written with what there is
        (LATIN, "e\u0301", "e9"),
    ],
)
def test_the_bytes_of_a_code_page(page: CodePage, text: str, data: str) -> None:
    assert page.encode(text) == bytes.fromhex(data)


@pytest.mark.parametrize(
    "text", ["\x1b@", "\x10\x04\x01", "\x10\x14\x01\x00\x01", "\x00", "\x1d", "\x7f", "\x9b", "\u200b", "\u202e"]
)
def test_a_control_character_never_reaches_the_wire(text: str) -> None:
    for name in get_args(Encoding):
        assert CodePage(name).encode(f"a{text}b") == b"a" + "".join(c for c in text if " " <= c <= "~").encode() + b"b"


@pytest.mark.parametrize(
    ("page", "columns", "text", "lines"),
    [
        (GB, 10, "", [""]),
        (GB, 10, "1234567890", ["1234567890"]),
        (GB, 10, "12345678901", ["1234567890", "1"]),
        (GB, 10, "苹果红富士特价", ["苹果红富士", "特价"]),
        (GB, 10, "a苹果红富士", ["a苹果红富", "士"]),  # half a character fits nowhere
        (GB, 10, "苹果红富士，特价", ["苹果红富", "士，特价"]),  # no comma begins a line
        (GB, 10, "red apple pie", ["red apple", "pie"]),
        (GB, 10, "  indented text", ["  indented", "text"]),
        (GB, 10, "苹果      5.00", ["苹果", "5.00"]),
        (GB, 10, "one\ntwo\r\nthree\rfour", ["one", "two", "three", "four"]),
        (GB, 10, "a\tb", ["a b"]),
        (PC437, 10, "价格价格价格价格价格价", ["??????????", "?"]),  # one column each, for one byte is sent
        (GB, 1, "价", ["价"]),  # never without end
    ],
)
def test_where_a_line_breaks(page: CodePage, columns: int, text: str, lines: list[str]) -> None:
    assert list(page.lines(text, columns)) == lines


@pytest.mark.parametrize(("text", "cut"), [("苹果abc", "苹果a"), ("苹果苹", "苹果"), ("a\nb", "a b"), ("", "")])
def test_what_fits_on_one_line(text: str, cut: str) -> None:
    assert GB.cut_to(5, text) == cut


@given(text=st.text(max_size=300), name=st.sampled_from(get_args(Encoding)), columns=st.integers(2, 60))
def test_any_text_is_printed_without_commands_and_without_overflow(text: str, name: Encoding, columns: int) -> None:
    page = CodePage(name)
    for line in page.lines(text, columns):
        data = page.encode(line)
        assert page.columns(line) <= columns
        assert all(byte >= 0x20 and byte != 0x7F for byte in data) or page.chinese
        assert min(data, default=0x20) >= 0x20


@given(text=st.text(alphabet="ab 苹果，.", max_size=200), columns=st.integers(2, 30))
def test_breaking_loses_nothing_but_spaces(text: str, columns: int) -> None:
    assert "".join(GB.lines(text, columns)).replace(" ", "") == text.replace(" ", "")


def test_a_line_of_4_kilobytes_is_no_burden() -> None:
    before = time.process_time()
    lines = list(GB.lines("苹果" * 1000 + "a" * 96, 48))
    assert len(lines) == 86
    assert time.process_time() - before < 0.5
