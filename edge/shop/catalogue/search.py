"""Finds products by a part of a name, of a code or of pinyin initials among tens of thousands, the best sellers first.

An index of SQLite finds no one or two Chinese characters in the middle of a name (FTS5's trigrams need three), and LIKE reads
every row each time. Here the products stand in the order of sales, so that a search ends as soon as enough is found:

    wide:  香蕉\n青苹果\n可口可乐500ml\n               names beyond ASCII: one text, searched at the speed of memory
    plain: bananas xj 4011\n qpg 4017\n ...            names in ASCII, initials, codes: a long text of few letters, so for each
                                                      pair of letters there is a bit for each product that has it
"""

from __future__ import annotations

import sqlite3
import time
from array import array
from bisect import bisect_right
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from heapq import merge
from itertools import groupby, islice, pairwise
from operator import add

MOST_CHARS = 64
SLICE_ROWS = 200
REST_S = 0.001
_IN_ORDER = """
    SELECT item.sku, name_zh, name_en, initials, coalesce(sold, 0) + sold_before AS best
    FROM catalogue JOIN catalogue_items AS item ON item.version = catalogue.version
    LEFT JOIN product_sales ON product_sales.sku = item.sku ORDER BY best DESC, item.sku
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Lines:
    """A text with a line for each product; ``starts`` is where each begins."""

    text: str
    starts: array[int]

    def holding(self, words: str) -> Iterator[int]:
        """The numbers of the lines that hold ``words``, in order, each once."""
        at = self.text.find(words)
        while at >= 0:
            number = bisect_right(self.starts, at) - 1
            yield number
            if number + 1 == len(self.starts):
                return
            at = self.text.find(words, self.starts[number + 1])

    def has(self, number: int, words: str) -> bool:
        """Whether line ``number`` holds ``words``."""
        ends = self.starts[number + 1] if number + 1 < len(self.starts) else len(self.text)
        return self.text.find(words, self.starts[number], ends) >= 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Pairs:
    """Lines of few different letters: bit n of ``having[pair]`` says that line n has the pair of letters."""

    lines: Lines
    having: Mapping[str, int]

    def holding(self, words: str) -> Iterator[int]:
        """The numbers of the lines that hold ``words``, in order, each once."""
        if len(words) == 1:
            yield from self.lines.holding(words)
            return
        left = ~0
        for first, second in pairwise(words):
            left &= self.having.get(first + second, 0)
        while left:
            lowest = left & -left
            left ^= lowest
            number = lowest.bit_length() - 1
            if len(words) == 2 or self.lines.has(number, words):
                yield number


@dataclass(frozen=True, slots=True, kw_only=True)
class SearchIndex:
    """Every product of the catalogue of ``version``, in the order of sales; ``sold`` is the sum of the sales it was made by."""

    version: int
    sold: int
    skus: tuple[str, ...]
    wide: Lines
    plain: Pairs

    def find(self, words: str, limit: int) -> list[str]:
        """The SKUs of the products whose name, initials or code hold ``words``, the best sellers first."""
        wanted = searchable(words)
        if not wanted:
            return []
        ways = [self.wide.holding(wanted)]
        if wanted.isascii():
            ways.append(self.plain.holding(wanted))
        numbers = (number for number, _same in groupby(merge(*ways)))
        return [self.skus[number] for number in islice(numbers, limit)]


def searchable(words: str) -> str:
    """``words`` as they are compared: small letters, no control characters, nothing around them."""
    return "".join(letter for letter in words[:MOST_CHARS] if letter.isprintable()).strip().lower()


def standing_of(db: sqlite3.Connection) -> tuple[int, int]:
    """The version of the catalogue and the number of sales: an index made of others is old. (0, 0) without a catalogue."""
    row = db.execute("SELECT version, (SELECT coalesce(sum(sold), 0) FROM product_sales) FROM catalogue").fetchone()
    return (0, 0) if row is None else (int(row[0]), int(row[1]))


def build_index(db: sqlite3.Connection, rest: Callable[[float], None] = time.sleep) -> SearchIndex:
    """An index of what ``db`` has now. It takes a second and lets others work in between: run it in a thread."""
    version, sold = standing_of(db)
    codes = _codes(db, rest)
    skus, wide, plain = [], [], []
    for sku, name_zh, name_en, initials, _best in _rested(db.execute(_IN_ORDER), rest):
        names = [searchable(name) for name in (name_zh, name_en)]
        skus.append(sku)
        wide.append(" ".join(name for name in names if not name.isascii()))
        plain.append(" ".join([*(name for name in names if name.isascii()), initials, codes.get(sku, "")]).lower())
    return SearchIndex(version=version, sold=sold, skus=tuple(skus), wide=_lines(wide), plain=_pairs(plain, rest))


def find_by_like(db: sqlite3.Connection, words: str, limit: int) -> list[str]:
    """The same by reading every row: for the moment after a start or an adoption, until there is an index."""
    wanted = f"%{_escaped(searchable(words))}%"
    if wanted == "%%":
        return []
    rows = db.execute(
        r"""
        SELECT item.sku FROM catalogue JOIN catalogue_items AS item ON item.version = catalogue.version
        LEFT JOIN product_sales ON product_sales.sku = item.sku
        WHERE name_zh LIKE :words ESCAPE '\' OR name_en LIKE :words ESCAPE '\' OR initials LIKE :words ESCAPE '\'
        OR item.sku IN (
            SELECT sku FROM catalogue_codes WHERE version = (SELECT version FROM catalogue) AND code LIKE :words ESCAPE '\'
        )
        ORDER BY coalesce(sold, 0) + sold_before DESC, item.sku LIMIT :limit
        """,
        {"words": wanted, "limit": limit},
    )
    return [sku for (sku,) in rows]


def _escaped(words: str) -> str:
    return words.replace("\\", "\\\\").replace("%", r"\%").replace("_", r"\_")


def _codes(db: sqlite3.Connection, rest: Callable[[float], None]) -> dict[str, str]:
    rows = db.execute("SELECT sku, code FROM catalogue JOIN catalogue_codes USING (version)")
    codes: dict[str, str] = {}
    for sku, code in _rested(rows, rest):
        codes[sku] = f"{codes[sku]} {code}" if sku in codes else code
    return codes


def _rested(rows: sqlite3.Cursor, rest: Callable[[float], None]) -> Iterator[tuple[str, ...]]:
    """A thread that computes keeps the interpreter for 5 ms at each turn of another; so it rests often."""
    while some := rows.fetchmany(SLICE_ROWS):
        yield from some
        rest(REST_S)


def _lines(lines: list[str]) -> Lines:
    starts, at = array("I"), 0
    for line in lines:
        starts.append(at)
        at += len(line) + 1
    return Lines(text="\n".join(lines), starts=starts)


def _pairs(lines: list[str], rest: Callable[[float], None]) -> Pairs:
    numbers: dict[str, array[int]] = {}
    for number, line in enumerate(lines):
        if number % SLICE_ROWS == SLICE_ROWS - 1:
            rest(REST_S)
        for pair in set(map(add, line, line[1:])):
            numbers.setdefault(pair, array("I")).append(number)
    return Pairs(lines=_lines(lines), having={pair: _bits(each, len(lines)) for pair, each in numbers.items()})


def _bits(numbers: array[int], size: int) -> int:
    bits = bytearray((size + 7) // 8)
    for number in numbers:
        bits[number >> 3] |= 1 << (number & 7)
    return int.from_bytes(bits, "little")
