"""The members as headquarters sends them: hashes, tiers, points, offers; checked and laid out slice by slice, 200 000 of them.

    {"salts": ["c2FsdCBvZiAyMDI2LTAz…"], "as_of": {"0197…": 4711}, "points": {"rate": {"points": 1, "per_minor": 100}},
     "members": [{"ref": "m-17", "code": "kYlq…", "phone": "S0pD…", "tier": "gold", "points": 1200, "balance_minor": 5000}]}

A large document comes as NDJSON: this object without ``members`` on the first line, then a member on each. A mistake in any
row refuses the whole; until all of it is laid out nothing of it counts. ``as_of`` says for each box up to which event (its
``sequence``, none missing below) headquarters has counted what was earned and spent there; a box left out has told nothing yet.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Annotated, BinaryIO, TypeVar

import msgspec

from edge.shop.members.hashes import HASH_BYTES
from edge.shop.members.rules import (
    INVITATION_PLACES,
    PLACE,
    BalanceRules,
    CodeKey,
    Count,
    JoinRules,
    Method,
    PointsRules,
    Rules,
    Secret,
    Secrets,
    Word,
)
from sync.adopters import DocumentRefused

Ref = Annotated[str, msgspec.Meta(pattern=r"^[A-Za-z0-9._-]{1,64}\Z")]
Hash = Annotated[bytes, msgspec.Meta(min_length=HASH_BYTES, max_length=HASH_BYTES)]
"""16 bytes as base64: see edge/shop/members/hashes.py."""

Text = Annotated[str, msgspec.Meta(max_length=200)]
T = TypeVar("T")


class Offer(msgspec.Struct, frozen=True, kw_only=True):
    """What is offered to one member until ``expires``, of one product, of a category, or of anything."""

    zh: Text = ""
    en: Text = ""
    sku: Word | None = None
    category: Word | None = None
    expires: Annotated[datetime, msgspec.Meta(tz=True)]


class Row(msgspec.Struct, frozen=True, kw_only=True):
    """One member: ``ref`` is the member's name in every event, never a phone or a card number."""

    ref: Ref
    code: Hash | None = None
    phone: Hash | None = None
    card: Hash | None = None
    code_key: Annotated[int, msgspec.Meta(ge=1, le=1_000_000)] | None = None
    tier: Word | None = None
    tags: Annotated[tuple[Annotated[str, msgspec.Meta(pattern=r"^[^\n]{1,64}\Z")], ...], msgspec.Meta(max_length=50)] = ()
    guide: Word | None = None
    points: Annotated[int, msgspec.Meta(ge=-1_000_000_000_000, le=1_000_000_000_000)] = 0
    balance_minor: Annotated[int, msgspec.Meta(ge=-1_000_000_000_000, le=1_000_000_000_000)] = 0
    offers: Annotated[tuple[Offer, ...], msgspec.Meta(max_length=20)] = ()


class Head(msgspec.Struct, frozen=True, kw_only=True):
    """The document without its members. ``salts``: the one in use first, then the one that is going out of use."""

    salts: Annotated[tuple[Secret, ...], msgspec.Meta(min_length=1, max_length=2)]
    keys: Annotated[tuple[CodeKey, ...], msgspec.Meta(max_length=100)] = ()
    as_of: dict[str, Count] = {}
    points: PointsRules | None = None
    balance: BalanceRules | None = None
    join: JoinRules | None = None
    spend_by: tuple[Method, ...] = ("code", "dynamic", "card")

    def rules(self) -> Rules:
        """What is kept to be read by everyone."""
        return Rules(points=self.points, balance=self.balance, join=self.join, spend_by=self.spend_by)

    def secrets(self) -> Secrets:
        """What is kept sealed."""
        return Secrets(salts=self.salts, keys=self.keys)


class Body(Head, frozen=True, kw_only=True):
    """The whole document."""

    members: tuple[Row, ...] = ()


class _Listed(Head, frozen=True, kw_only=True):
    """The whole document with its members unread: all of them in one call would hold up the whole box meanwhile."""

    members: tuple[msgspec.Raw, ...] = ()


_read_head = msgspec.json.Decoder(Head).decode
_read_listed = msgspec.json.Decoder(_Listed).decode
_read_row = msgspec.json.Decoder(Row).decode


@dataclass(frozen=True, slots=True, kw_only=True)
class Members:
    """A document whose head is checked; ``rows()`` reads the rows one by one and raises DocumentRefused at the first mistake."""

    head: Head
    rows: Callable[[], Iterator[Row]]


def parse_members(body: bytes) -> Members:
    """``body`` is the document in one piece. Raises DocumentRefused with the place of the first mistake."""
    parsed = _decoded(body, _read_listed, "")
    members = _checked(parsed, partial(_rows, parsed.members))
    for _ in members.rows():
        pass
    return members


def parse_member_lines(lines: BinaryIO) -> Members:
    """``lines`` are the document as NDJSON, which stays open: 50 MB are read when they are laid out, and never kept.

    Raises DocumentRefused with the place of the first mistake.
    """
    head = next(_lines(lines), b"")
    after = lines.tell()

    def rows() -> Iterator[Row]:
        lines.seek(after)
        return _rows(_lines(lines))

    return _checked(_decoded(head, _read_head, ""), rows)


def _lines(lines: BinaryIO) -> Iterator[bytes]:
    while line := lines.readline():
        if line.strip():
            yield line


def _checked(head: Head, rows: Callable[[], Iterator[Row]]) -> Members:
    ids = [key.id for key in head.keys]
    for place, id_ in enumerate(ids):
        if id_ in ids[:place]:
            raise DocumentRefused(f"the key {id_} at `$.keys[{place}].id` stands at `$.keys[{ids.index(id_)}].id` already")
    for name in () if head.join is None else PLACE.findall(head.join.qr):
        if name not in INVITATION_PLACES:
            able = ", ".join(f"{{{each}}}" for each in INVITATION_PLACES)
            raise DocumentRefused(f"nobody fills {{{name}}} of the invitation at `$.join.qr`; it may have: {able}")
    return Members(head=head, rows=rows)


def _rows(raws: Iterable[bytes | msgspec.Raw]) -> Iterator[Row]:
    for place, raw in enumerate(raws):
        yield _decoded(raw, _read_row, f".members[{place}]")


def _decoded(content: bytes | msgspec.Raw, read: Callable[[bytes | msgspec.Raw], T], place: str) -> T:
    try:
        return read(content)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        told = str(error) if "`$" in str(error) else f"{error} - at `$`"
        raise DocumentRefused(f"the members cannot be read: {told.replace('`$', f'`${place}', 1)}") from error
