"""What an ESC/POS byte stream prints, as lines of text: commands are stepped over, pictures are noticed, cuts end a receipt.

    1b 40 … e6 80 bb … 0a 1d 56 42 00     ->     "总计 43.50", cut

It reads in pieces: a command or a letter may be split anywhere. Sources: manuals of Epson TM-T88III, Citizen CT, iDP-3551,
Samsung SRP-350, HPRT TP809; python-escpos is the independent producer in the tests.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import msgspec

Mark = Literal["cut", "reset", "line", "picture"]
"""What is worth telling apart: a cut, a reset (ESC @), the end of a line, a picture."""

HT, ESC, FS, GS, DLE = 0x09, 0x1B, 0x1C, 0x1D, 0x10
_TEXT = re.compile(rb"[^\x00-\x1f]+")
_LINE_ENDS = re.compile(rb"[\n\f\r]+")  # empty lines are not counted
_NOTHING = re.compile(rb"[\x00-\x08\x0b\x0e\x0f\x11-\x1a\x1e\x1f]+")  # some tills pad with NULs
_LONGEST_HEAD = 8_192  # of a command; a longer one is none. Payloads are counted, not kept

FIXED = {
    ESC: dict.fromkeys(b"2LSv<\x0c", 0)
    | dict.fromkeys(b" !%-3=?EGKMRTUVaert{9", 1)
    | dict.fromkeys(b"Bcf", 2)
    | dict.fromkeys(b"p", 3)
    | dict.fromkeys(b"W", 8),
    FS: dict.fromkeys(b"&.", 0) | dict.fromkeys(b"!-CW", 1) | dict.fromkeys(b"?S", 2) | dict.fromkeys(b"2", 74),
    GS: dict.fromkeys(b":Fc", 0) | dict.fromkeys(b"!#BEHITabfhrwj", 1) | dict.fromkeys(b"$LPWZ\\z", 2) | dict.fromkeys(b"^", 3),
    DLE: dict.fromkeys(b"\x04\x05", 1) | dict.fromkeys(b"\x14", 3),
}
"""How many bytes follow a command of two; one that stands neither here nor below has one."""


class Incomplete(Exception):
    """The command goes on in the next piece."""


class Step(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """One thing on the wire: ``text`` as it stood, or a ``mark``. ``length`` bytes are taken, ``skip`` more follow unread.

    A struct, for a frozen dataclass takes four times as long to make.
    """

    length: int
    skip: int = 0
    text: bytes = b""
    mark: Mark | None = None


@dataclass(slots=True)
class EscposText:
    """Reads a stream piece by piece; ``steps`` gives text and marks in their order."""

    _rest: bytes = b""
    _skip: int = 0

    def steps(self, data: bytes) -> list[Step]:
        """What ``data`` adds. What is not finished is kept for the next piece, at most one command's head."""
        found: list[Step] = []
        data, at = self._rest + data, 0
        self._rest = b""
        while at < len(data):
            if self._skip:
                taken = min(self._skip, len(data) - at)
                self._skip -= taken
                at += taken
                continue
            try:
                step = step_at(data, at)
            except Incomplete:
                if len(data) - at <= _LONGEST_HEAD:
                    self._rest = data[at:]
                    break
                step = Step(length=2)
            found.append(step)
            at += step.length
            self._skip = step.skip
        return found


def step_at(data: bytes, at: int) -> Step:
    """The text or command that begins at ``at``. Raises Incomplete."""
    text = _TEXT.match(data, at)
    if text is not None:
        return Step(length=text.end() - at, text=text[0])
    ends = _LINE_ENDS.match(data, at)
    if ends is not None:
        return Step(length=ends.end() - at, mark="line")
    nothing = _NOTHING.match(data, at)
    if nothing is not None:
        return Step(length=nothing.end() - at)
    if data[at] == HT:
        return Step(length=1, text=b" ")
    return _command(data, at)


def _command(data: bytes, at: int) -> Step:
    special = SPECIAL.get(_bytes(data, at, 2))
    if special is not None:
        return special(data, at)
    length = 2 + FIXED[data[at]].get(data[at + 1], 0 if data[at] == DLE else 1)
    _bytes(data, at, length)
    return Step(length=length)


def _reset(_data: bytes, _at: int) -> Step:
    return Step(length=2, mark="reset")


def _cut(_data: bytes, _at: int) -> Step:
    return Step(length=2, mark="cut")


def _cut_and_feed(data: bytes, at: int) -> Step:
    """GS V m, from 65 on with a feed behind it."""
    length = 4 if _byte(data, at + 2) in {65, 66, 97, 98, 103, 104} else 3
    _bytes(data, at, length)
    return Step(length=length, mark="cut")


def _feed(data: bytes, at: int) -> Step:
    _byte(data, at + 2)
    return Step(length=3, mark="line")


def _further_right(data: bytes, at: int) -> Step:
    _short(data, at + 2)
    return Step(length=4, text=b" ")


def _bands(data: bytes, at: int) -> Step:
    """ESC * m nL nH: a picture in bands of 8 or 24 dots."""
    dots = 3 if _byte(data, at + 2) in {32, 33} else 1
    return Step(length=5, skip=_short(data, at + 3) * dots, mark="picture")


def _raster(data: bytes, at: int) -> Step:
    """GS v 0 m xL xH yL yH, and GS Q 0 alike."""
    return Step(length=8, skip=_short(data, at + 4) * _short(data, at + 6), mark="picture")


def _large(data: bytes, at: int) -> Step:
    """GS 8 L p1 p2 p3 p4: a large picture."""
    return Step(length=7, skip=int.from_bytes(_bytes(data, at + 3, 4), "little"), mark="picture")


def _measured(data: bytes, at: int) -> Step:
    """ESC, GS or FS ( x pL pH; GS ( L is a picture."""
    picture = data[at] == GS and _byte(data, at + 2) == 0x4C
    return Step(length=5, skip=_short(data, at + 3), mark="picture" if picture else None)


def _kept_picture(data: bytes, at: int) -> Step:
    """GS / m and FS p n m print what the printer keeps."""
    length = 3 if data[at] == GS else 4
    _bytes(data, at, length)
    return Step(length=length, mark="picture")


def _keep_picture(data: bytes, at: int) -> Step:
    """GS * x y, or the first of FS q n: shops store pictures once, not while they sell."""
    if data[at] == GS:
        return Step(length=4, skip=_byte(data, at + 2) * _byte(data, at + 3) * 8)
    return Step(length=7, skip=_short(data, at + 3) * _short(data, at + 5) * 8)


def _barcode(data: bytes, at: int) -> Step:
    """GS k m: up to a NUL, or of a length."""
    return _until_nul(data, at, 3) if _byte(data, at + 2) < 65 else Step(length=4, skip=_byte(data, at + 3))


def _tab_stops(data: bytes, at: int) -> Step:
    return _until_nul(data, at, 2)


def _counter(data: bytes, at: int) -> Step:
    length = 6 if data[at + 1] == 0x67 else {0x30: 5, 0x31: 9, 0x32: 5}.get(_byte(data, at + 2), 3)
    return Step(length=len(_bytes(data, at, length)))


def _own_letters(data: bytes, at: int) -> Step:
    """A font's letters: of each its width, then as many columns of ``y`` bytes. One step takes the head and the first letter."""
    high, first, last = _byte(data, at + 2), _byte(data, at + 3), _byte(data, at + 4)
    place = at + 5
    for _ in range(max(0, last - first + 1)):
        place += 1 + _byte(data, place) * high
    _bytes(data, at, place - at)
    return Step(length=place - at)


def _until_nul(data: bytes, at: int, head: int) -> Step:
    end = data.find(b"\0", at + head, at + head + 256)
    if end >= 0:
        return Step(length=end + 1 - at)
    if len(data) - at > head + 256:
        return Step(length=head)
    raise Incomplete


def _byte(data: bytes, at: int) -> int:
    if at >= len(data):
        raise Incomplete
    return data[at]


def _short(data: bytes, at: int) -> int:
    return int.from_bytes(_bytes(data, at, 2), "little")


def _bytes(data: bytes, at: int, count: int) -> bytes:
    if at + count > len(data):
        raise Incomplete
    return data[at : at + count]


SPECIAL: dict[bytes, Callable[[bytes, int], Step]] = {
    b"\x1b@": _reset,
    b"\x1bi": _cut,
    b"\x1bm": _cut,
    b"\x1dV": _cut_and_feed,
    b"\x1bJ": _feed,
    b"\x1bd": _feed,
    b"\x1b$": _further_right,
    b"\x1b\\": _further_right,
    b"\x1bD": _tab_stops,
    b"\x1b*": _bands,
    b"\x1dv": _raster,
    b"\x1dQ": _raster,
    b"\x1d8": _large,
    b"\x1b(": _measured,
    b"\x1d(": _measured,
    b"\x1c(": _measured,
    b"\x1d/": _kept_picture,
    b"\x1cp": _kept_picture,
    b"\x1d*": _keep_picture,
    b"\x1cq": _keep_picture,
    b"\x1dk": _barcode,
    b"\x1dg": _counter,
    b"\x1dC": _counter,
    b"\x1b&": _own_letters,
}
"""The commands that say more than that they are there, or whose length stands in them."""
