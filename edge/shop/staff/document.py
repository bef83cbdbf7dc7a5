"""The roster as headquarters sends it, document kind ``staff``.

    {"salt": "q1…", "staff": [{"id": "g-17", "names": {"zh": "李敏", "en": "Li Min"}, "roles": ["guide"], "badge": "3f…"}],
     "return_reasons": [{"code": "broken", "names": {"zh": "损坏", "en": "Broken"}}]}

``badge`` is the first 16 bytes of HMAC-SHA-256(salt, text of the badge) in hex: the box never holds a badge.
"""

from __future__ import annotations

import sqlite3
from base64 import b64decode
from binascii import Error as NotBase64
from dataclasses import dataclass
from datetime import date
from typing import Annotated, Literal

import msgspec

from edge.shop.bodies import read_body
from edge.shop.shop import Shop
from sync.adopters import Adopter, DocumentRefused

StaffId = Annotated[str, msgspec.Meta(pattern=r"^[a-z0-9-]{1,32}\Z")]
Code = Annotated[str, msgspec.Meta(pattern=r"^[a-z0-9-]{1,32}\Z")]
Name = Annotated[str, msgspec.Meta(min_length=1, max_length=80)]
Badge = Annotated[str, msgspec.Meta(pattern=r"^[0-9a-f]{32}\Z")]
StaffRole = Literal["guide", "cashier", "stock", "lead"]


class Names(msgspec.Struct, frozen=True, kw_only=True):
    """What somebody or something is called."""

    zh: Name
    en: Name


class Person(msgspec.Struct, frozen=True, kw_only=True):
    """One person of the roster; ``until`` is the last day of work."""

    id: StaffId
    names: Names
    roles: Annotated[tuple[StaffRole, ...], msgspec.Meta(min_length=1)]
    badge: Badge | None = None
    until: date | None = None


class Reason(msgspec.Struct, frozen=True, kw_only=True):
    """Why goods come back."""

    code: Code
    names: Names


class Body(msgspec.Struct, frozen=True, kw_only=True):
    """The whole document; ``salt`` is base64 of at least 16 bytes."""

    salt: str
    staff: Annotated[tuple[Person, ...], msgspec.Meta(max_length=2_000)]
    return_reasons: Annotated[tuple[Reason, ...], msgspec.Meta(max_length=100)] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Roster:
    """A checked roster."""

    salt: bytes
    body: Body


def staff_adopter(_shop: Shop) -> Adopter:
    """Adopts documents of kind ``staff``."""
    return Adopter(kind="staff", parse=parse_staff, adopt=adopt_staff, shape=Body)


def parse_staff(body: bytes) -> Roster:
    """Check ``body`` (JSON). Raises DocumentRefused with the place of the first mistake."""
    parsed = read_body(body, Body, "the roster")
    try:
        salt = b64decode(parsed.salt, validate=True)
    except (NotBase64, ValueError) as error:
        raise DocumentRefused("the salt at `$.salt` is no base64") from error
    if len(salt) < 16:
        raise DocumentRefused(f"the salt at `$.salt` has {len(salt)} bytes, which can be tried out: at least 16 are needed")
    _check_once("staff", "id", [person.id for person in parsed.staff])
    _check_once("staff", "badge", [person.badge for person in parsed.staff])
    _check_once("return_reasons", "code", [reason.code for reason in parsed.return_reasons])
    return Roster(salt=salt, body=parsed)


def adopt_staff(roster: Roster, _version: int, db: sqlite3.Connection) -> tuple[()]:
    """The roster is this one from now on; who is no longer on it is no longer on duty."""
    db.execute("DELETE FROM roster")
    db.execute("DELETE FROM return_reasons")
    db.execute("INSERT OR REPLACE INTO roster_salt (only, salt) VALUES (1, ?)", (roster.salt,))
    db.executemany(
        "INSERT INTO roster (staff, name_zh, name_en, roles, badge, until) VALUES (?, ?, ?, ?, ?, ?)",
        [
            (
                *(each.id, each.names.zh, each.names.en, " ".join(each.roles)),
                *(None if each.badge is None else bytes.fromhex(each.badge), None if each.until is None else str(each.until)),
            )
            for each in roster.body.staff
        ],
    )
    db.executemany(
        "INSERT INTO return_reasons (code, name_zh, name_en) VALUES (?, ?, ?)",
        [(each.code, each.names.zh, each.names.en) for each in roster.body.return_reasons],
    )
    db.execute("DELETE FROM on_duty WHERE staff NOT IN (SELECT staff FROM roster)")
    return ()


def _check_once(table: str, field: str, values: list[str] | list[str | None]) -> None:
    first: dict[str, int] = {}
    for place, value in enumerate(values):
        if value is not None and first.setdefault(value, place) != place:
            raise DocumentRefused(f"`$.{table}[{place}].{field}` stands at `$.{table}[{first[value]}].{field}` already")
