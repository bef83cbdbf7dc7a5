"""Text of a receipt, in any code page and on paper of any width."""

from __future__ import annotations

from typing import get_args

from drivers.pos.receipt_text import CodePage, Encoding


def feed(data: bytes) -> None:
    """The first byte chooses code page and width. No text is an error, no command leaves, no line is too long."""
    encodings = get_args(Encoding)
    page, columns = CodePage(encodings[data[0] % len(encodings)] if data else "gb18030"), 2 + len(data) % 47
    text = data[1:].decode("utf-8", "surrogateescape")
    for line in page.lines(text, columns):
        assert page.columns(line) <= columns
        assert min(page.encode(line), default=0x20) >= 0x20
