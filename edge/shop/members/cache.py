"""Lays a document of members out on the side that nobody looks at, and turns the box round to it in one short transaction.

The keys by which members are found are gathered and sorted first: written as they come, each would dirty a page of its own.
"""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import partial
from itertools import islice

import msgspec

from edge.shop.members.document import Body, Members, Offer, Row, parse_member_lines, parse_members
from edge.shop.members.forget import bury_again
from edge.shop.members.hashes import HASH_BYTES, found_by, found_by_ref, seal
from edge.shop.shop import Shop
from sync.adopters import Adopter, DocumentRefused, Step
from sync.many_rows import ManyRows

SLICE_ROWS = 1_000
SLICE_KEYS = 4_000
"""Rows to a commit: some 5 ms of work, so that an order hardly waits."""

REST_EVERY = 200
SWEEP_ROWS = 3_000
BUCKETS = 256
SIDES = {
    "member_keys": "key",
    "member_rows": "number",
    "member_offers": "number",
    "member_words": "number",
    "member_offer_texts": "number",
}
"""The tables with two sides, and by what their rows are in order."""

KINDS = ("ref", "code", "phone", "card")
RECORD_BYTES = HASH_BYTES + 4

_ROWS = ManyRows("member_rows", "side, number, ref, tier, tags, guide, code_key, points, balance_minor")
_KEYS = ManyRows("member_keys", "side, key, number")
_WORDS = ManyRows("member_words", "side, number, word")
_TEXTS = ManyRows("member_offer_texts", "side, number, sku, category, zh, en, expires_s")
_OFFERS = ManyRows("member_offers", "side, number, offer")
Values = tuple[object, ...]


@dataclass(slots=True)
class _Slice:
    """What one commit inserts, still without its side."""

    rows: list[Values] = field(default_factory=list)
    words: list[Values] = field(default_factory=list)
    texts: list[Values] = field(default_factory=list)
    offers: list[Values] = field(default_factory=list)


class _Layout:
    """Numbers the members in the order of the document, and the words and offers that many of them share."""

    def __init__(self, member_key: bytes) -> None:
        self._member_key = member_key
        self._members = 0
        self._words: dict[str, int] = {}
        self._texts: dict[Offer, int] = {}
        self._buckets = [bytearray() for _ in range(BUCKETS)]

    def slices(self, rows: Iterator[Row]) -> Iterator[_Slice]:
        """The members, the shared words before those who use them."""
        while several := list(islice(rows, SLICE_ROWS)):
            laid = _Slice()
            for row in several:
                self._lay(row, laid)
                if self._members % REST_EVERY == 0:
                    time.sleep(0.0005)  # a thread that computes keeps the interpreter from the journal's many short turns
            yield laid

    def sorted_keys(self) -> Iterator[list[Values]]:
        """All keys in order. Raises DocumentRefused when two members share one."""
        several: list[Values] = []
        for bucket, records in enumerate(self._buckets):
            several += self._sorted(records)
            self._buckets[bucket] = bytearray()
            if len(several) >= SLICE_KEYS:
                yield several
                several = []
        yield several

    def _lay(self, row: Row, laid: _Slice) -> None:
        number = self._members
        self._members += 1
        tags = "\n".join(sorted(row.tags)) or None
        words = (self._word(row.tier, laid), self._word(tags, laid), self._word(row.guide, laid))
        laid.rows.append((number, row.ref, *words, row.code_key, row.points, row.balance_minor))
        for offer in {self._offer(each, laid) for each in row.offers}:
            laid.offers.append((number, offer))
        key = self._member_key
        self._find(0, found_by_ref(row.ref), number)
        if row.code is not None:
            self._find(1, found_by("code", row.code, key), number)
        if row.phone is not None:
            self._find(2, found_by("phone", row.phone, key), number)
        if row.card is not None:
            self._find(3, found_by("card", row.card, key), number)

    def _find(self, kind: int, key: bytes, number: int) -> None:
        self._buckets[key[0]] += key + (number << 2 | kind).to_bytes(4, "big")

    def _word(self, word: str | None, laid: _Slice) -> int | None:
        if word is None:
            return None
        known = self._words.get(word)
        if known is not None:
            return known
        number = self._words[word] = len(self._words)
        laid.words.append((number, word))
        return number

    def _offer(self, offer: Offer, laid: _Slice) -> int:
        known = self._texts.get(offer)
        if known is not None:
            return known
        number = self._texts[offer] = len(self._texts)
        laid.texts.append((number, offer.sku, offer.category, offer.zh, offer.en, int(offer.expires.timestamp())))
        return number

    def _sorted(self, records: bytearray) -> Iterator[Values]:
        before = b""
        packed = bytes(records)
        for record in sorted(packed[at : at + RECORD_BYTES] for at in range(0, len(packed), RECORD_BYTES)):
            if record[:HASH_BYTES] == before[:HASH_BYTES]:
                raise DocumentRefused(_shared(before, record))
            before = record
            yield record[:HASH_BYTES], int.from_bytes(record[HASH_BYTES:], "big") >> 2


def _shared(first: bytes, second: bytes) -> str:
    at, same = int.from_bytes(second[HASH_BYTES:], "big"), int.from_bytes(first[HASH_BYTES:], "big")
    kind = KINDS[at & 3]
    return f"the {kind} at `$.members[{at >> 2}].{kind}` stands at `$.members[{same >> 2}].{kind}` already: merge the two members"


def members_adopter(shop: Shop) -> Adopter:
    """Adopts documents of kind ``members`` for the box of ``shop``."""
    return Adopter(
        kind="members",
        parse=parse_members,
        parse_lines=parse_member_lines,
        shape=Body,
        stage=lambda members, _version: stage_members(members, shop.member_key),
        adopt=partial(adopt_members, shop),
        sweep=sweep_members,
    )


def stage_members(members: Members, member_key: bytes) -> Iterator[Step]:
    """Insert everything; no member is found in it before the adoption. Raises DocumentRefused at the first mistake."""
    layout = _Layout(member_key)
    for laid in layout.slices(members.rows()):
        yield partial(_insert, laid)
    for keys in layout.sorted_keys():
        yield partial(_insert_keys, keys)


def _insert(laid: _Slice, db: sqlite3.Connection) -> None:
    side = 1 - _looked_at(db)
    for table, rows in ((_WORDS, laid.words), (_TEXTS, laid.texts), (_ROWS, laid.rows), (_OFFERS, laid.offers)):
        table.insert(db, [(side, *row) for row in rows])


def _insert_keys(keys: list[Values], db: sqlite3.Connection) -> None:
    side = 1 - _looked_at(db)
    _KEYS.insert(db, [(side, *row) for row in keys])


def adopt_members(shop: Shop, members: Members, version: int, db: sqlite3.Connection) -> tuple[()]:
    """From now on members are found in what was laid out. Raises DocumentRefused for one that counted this box wrongly."""
    as_of = members.head.as_of.get(shop.box, 0)
    _check_count(as_of, db)
    side = 1 - _looked_at(db)
    rules = msgspec.json.encode(members.head.rules()).decode()
    secrets = seal(msgspec.json.encode(members.head.secrets()), shop.member_key)
    db.execute(
        "INSERT OR REPLACE INTO member_cache (only, side, version, as_of_sequence, rules, secrets) VALUES (1, ?, ?, ?, ?, ?)",
        (side, version, as_of, rules, secrets),
    )
    bury_again(db)
    return ()


def _check_count(as_of: int, db: sqlite3.Connection) -> None:
    """What headquarters counted once cannot be uncounted, and it cannot have counted what this box never told."""
    (counted,) = db.execute("SELECT as_of_sequence FROM member_cache").fetchone() or (0,)
    if as_of < counted:
        raise DocumentRefused(
            f"`$.as_of` counts this box up to event {as_of}, but the document before it up to {counted}: points would count twice"
        )
    (told,) = db.execute("SELECT coalesce(max(sequence), 0) FROM events").fetchone()
    if as_of > told:
        raise DocumentRefused(f"`$.as_of` counts this box up to event {as_of}, but it has only told {told}: is it another box's?")


def sweep_members(db: sqlite3.Connection) -> bool:
    """Remove a slice of the other side, or of what headquarters has counted; says whether there may be more."""
    side = 1 - _looked_at(db)
    for table, key in SIDES.items():
        last = db.execute(
            f"SELECT {key} FROM {table} WHERE side = ? ORDER BY {key} LIMIT 1 OFFSET ?",  # noqa: S608 - our own names
            (side, SWEEP_ROWS),
        ).fetchone()
        within, values = ("", (side,)) if last is None else (f"AND {key} <= ?", (side, *last))
        if db.execute(f"DELETE FROM {table} WHERE side = ? {within}", values).rowcount:  # noqa: S608
            return True
    counted = """
        DELETE FROM member_movements WHERE sequence IN (
            SELECT sequence FROM member_movements WHERE sequence <= (SELECT as_of_sequence FROM member_cache)
            ORDER BY sequence LIMIT ?
        )
        """
    return db.execute(counted, (SWEEP_ROWS,)).rowcount > 0


def _looked_at(db: sqlite3.Connection) -> int:
    row = db.execute("SELECT side FROM member_cache").fetchone()
    return 1 if row is None else int(row[0])
