"""What headquarters lets this box do for members by itself: earn, spend up to a cap, invite. Kept as JSON, read per decision."""

from __future__ import annotations

import re
import sqlite3
from typing import Annotated, Literal

import msgspec

from edge.shop.members.hashes import unseal

Secret = Annotated[bytes, msgspec.Meta(min_length=16, max_length=64)]
"""As base64 in the document."""

Count = Annotated[int, msgspec.Meta(ge=0, le=1_000_000_000_000)]
Some = Annotated[int, msgspec.Meta(ge=1, le=1_000_000_000_000)]
Word = Annotated[str, msgspec.Meta(min_length=1, max_length=64)]
INVITATION_PLACES = ("store", "guide", "till", "box", "token")
PLACE = re.compile(r"\{([^{}]*)\}")
Method = Literal["code", "dynamic", "phone", "card", "face"]
"""How a member was named. ``face`` says nothing of what the member had shown when they agreed to it."""


class CodeKey(msgspec.Struct, frozen=True, kw_only=True):
    """With which key, in which rhythm and with how many digits the phones of some members make their codes."""

    id: Annotated[int, msgspec.Meta(ge=1, le=1_000_000)]
    secret: Secret
    step_s: Literal[30, 60] = 30
    digits: Annotated[int, msgspec.Meta(ge=6, le=8)] = 8


class Rate(msgspec.Struct, frozen=True, kw_only=True):
    """``points`` for every ``per_minor`` that was paid; what is left of the money earns nothing."""

    points: Count
    per_minor: Some


class Cap(msgspec.Struct, frozen=True, kw_only=True):
    """The most that may be spent here on one order, and by one member on one business day: points, or minor units."""

    per_order: Count
    per_day: Count


class PointsRules(msgspec.Struct, frozen=True, kw_only=True):
    """How points are earned and spent.

    ``rates`` by tier; ``rate`` holds for every other, and for a member whom headquarters does not know yet. Goods of the
    categories ``excluded`` earn nothing. ``unit`` points are worth ``unit_minor``, and only whole units can be spent; without
    ``offline_cap`` none can.
    """

    rate: Rate
    rates: dict[Word, Rate] = {}
    excluded: tuple[Word, ...] = ()
    unit: Some = 100
    unit_minor: Some = 100
    offline_cap: Cap | None = None


class BalanceRules(msgspec.Struct, frozen=True, kw_only=True):
    """How much of the stored value may be spent without asking headquarters."""

    offline_cap: Cap


class JoinRules(msgspec.Struct, frozen=True, kw_only=True):
    """``qr`` is the text of the invitation, with places for {store}, {guide}, {till}, {box} and {token}."""

    qr: Annotated[str, msgspec.Meta(min_length=1, max_length=500)]


class Rules(msgspec.Struct, frozen=True, kw_only=True):
    """All of it. ``spend_by``: how a member must have been named to spend; a phone number is said aloud too easily."""

    points: PointsRules | None = None
    balance: BalanceRules | None = None
    join: JoinRules | None = None
    spend_by: tuple[Method, ...] = ("code", "dynamic", "card")


class Secrets(msgspec.Struct, frozen=True, kw_only=True):
    """What turns a code into a member: the salts (the second one is going out of use) and the keys of dynamic codes."""

    salts: Annotated[tuple[Secret, ...], msgspec.Meta(min_length=1, max_length=2)]
    keys: Annotated[tuple[CodeKey, ...], msgspec.Meta(max_length=100)] = ()

    def key(self, id_: int) -> CodeKey | None:
        """The key of this id."""
        return next((key for key in self.keys if key.id == id_), None)


_NO_RULES = Rules()
_read_rules = msgspec.json.Decoder(Rules).decode
_read_secrets = msgspec.json.Decoder(Secrets).decode


def rules_now(db: sqlite3.Connection) -> Rules:
    """What holds now; before the first document nothing is allowed."""
    row = db.execute("SELECT rules FROM member_cache").fetchone()
    return _NO_RULES if row is None else _read_rules(row[0])


def secrets_now(db: sqlite3.Connection, member_key: bytes) -> Secrets | None:
    """The secrets of the document that was adopted last; None when there is none, or it was adopted by another box."""
    row = db.execute("SELECT secrets FROM member_cache").fetchone()
    unsealed = None if row is None else unseal(row[0], member_key)
    return None if unsealed is None else _read_secrets(unsealed)
