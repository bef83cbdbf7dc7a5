"""Secret bytes that are planted, and every form in which they could leave: as they are, hex, base64, escaped in JSON or in
Python, packed by zstandard, gzip or zlib.
"""

from __future__ import annotations

import base64
import gzip
import json
import re
import zlib
from collections.abc import Iterator, Mapping

import zstandard

WINDOW = 18
"""Bytes that nothing holds by chance; a multiple of three, so that base64 of them has no rest."""

MOST_WINDOWS = 24
ZSTD, GZIP = b"\x28\xb5\x2f\xfd", b"\x1f\x8b\x08"


class Canaries:
    """What was planted, by name."""

    def __init__(self, planted: Mapping[str, bytes]) -> None:
        assert all(len(each) >= WINDOW for each in planted.values()), "too short to be told from chance"
        # Letters look the same in many a form: each is searched for once.
        self._forms = {name: {pattern: form for form, pattern in forms(content)} for name, content in planted.items()}

    def found(self, seen: Mapping[str, bytes]) -> list[str]:
        """Where one can be read, in which form."""
        return [
            f"{place}: {name} as {form}"
            for place, content in seen.items()
            for layer in layers(content)
            for name, known in self._forms.items()
            if (form := next((form for pattern, form in known.items() if pattern in layer), ""))
        ]


def forms(content: bytes) -> Iterator[tuple[str, bytes]]:
    """Parts of ``content`` from its begin to its end, each in every form."""
    step = max(WINDOW, (len(content) - WINDOW) // MOST_WINDOWS)
    for at in range(0, len(content) - WINDOW + 1, step):
        part = content[at : at + WINDOW]
        yield "raw", part
        yield "hex", part.hex().encode()
        yield "hex", part.hex().upper().encode()
        yield "numbers", ", ".join(map(str, part)).encode()
        yield "numbers", ",".join(map(str, part)).encode()
        text = part.decode("latin-1")
        yield "JSON", json.dumps(text)[1:-1].encode()
        yield "JSON", json.dumps(text, ensure_ascii=False)[1:-1].encode()
        yield "UTF-8", text.encode()
        yield "Python", repr(part)[2:-1].encode()
        # Base64 of what stands before moves it by none, one or two bytes.
        for moved in range(3):
            whole = part[moved : len(part) - (len(part) - moved) % 3]
            yield "base64", base64.b64encode(whole)
            yield "base64", base64.urlsafe_b64encode(whole)


def layers(content: bytes) -> Iterator[bytes]:
    """``content`` and what is packed in it."""
    yield content
    for mark in (ZSTD, GZIP):
        for hit in re.finditer(re.escape(mark), content):
            unpacked = _unpacked(content[hit.start() :])
            if unpacked:
                yield unpacked
    if unpacked := _inflated(content):
        yield unpacked


def _unpacked(packed: bytes) -> bytes:
    try:
        if packed.startswith(ZSTD):
            return zstandard.ZstdDecompressor().decompressobj().decompress(packed)
        return zlib.decompressobj(wbits=31).decompress(packed)
    except (zstandard.ZstdError, zlib.error):
        return b""


def _inflated(content: bytes) -> bytes:
    try:
        return zlib.decompressobj().decompress(content)
    except zlib.error:
        return b""


def packed(content: bytes) -> dict[str, bytes]:
    """``content`` in every form that must be found, for the test that shows so."""
    beside = b"the beginning \x00\xff" + content + b"\x00 and the end"
    text = content.decode("latin-1")
    return {
        "raw": beside,
        "hex": b"{" + content.hex().encode() + b"}",
        "HEX": content.hex().upper().encode(),
        "base64": b'{"x":"' + base64.b64encode(content) + b'"}',
        "base64, one byte on": base64.b64encode(b"." + content),
        "base64, two bytes on": base64.b64encode(b".." + content),
        "base64 of URLs": base64.urlsafe_b64encode(content),
        "JSON": json.dumps({"x": text}).encode(),
        "JSON in UTF-8": json.dumps({"x": text}, ensure_ascii=False).encode(),
        "numbers in JSON": json.dumps(list(content)).encode(),
        "repr": repr(content).encode(),
        "zstd": zstandard.ZstdCompressor().compress(beside),
        "zstd of base64, in something": b"head " + zstandard.ZstdCompressor().compress(base64.b64encode(content)) + b" tail",
        "gzip": gzip.compress(beside),
        "zlib": zlib.compress(beside),
        "a part": content[7:60],
    }
