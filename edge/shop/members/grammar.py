"""Tells by its form what a shopper has shown: a phone number, a card, a dynamic code, or a static one."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from config.schema import Members
from edge.shop.members.hashes import Kind
from edge.shop.members.rules import Method

MOST_CHARS = 512
SEPARATORS = re.compile(r"[ \-]")


@dataclass(frozen=True, slots=True, kw_only=True)
class Shape:
    """``plain`` is what a pseudonym is made of, ``known_as`` under what headquarters may know it; in clear, so keep neither.

    A dynamic code is looked for by its lasting part; as a whole it might be a static code that only looks like one.
    """

    method: Method
    plain: str = field(repr=False)
    known_as: tuple[tuple[Kind, str], ...] = field(repr=False)
    otp: str | None = field(default=None, repr=False)


def shape_of(code: str, grammar: Members) -> Shape:
    """What ``code`` looks like."""
    text = code.strip()
    if len(text) > MOST_CHARS:
        return Shape(method="code", plain=text, known_as=(("code", text),))
    bare = SEPARATORS.sub("", text)
    national = _national(bare, grammar.phone_country)
    if re.fullmatch(grammar.phone, national):
        known_as: tuple[tuple[Kind, str], ...] = (("phone", grammar.phone_country + national), ("code", text))
        return Shape(method="phone", plain=national, known_as=known_as)
    if re.fullmatch(grammar.card, bare):
        return Shape(method="card", plain=bare, known_as=(("card", bare), ("code", text)))
    dynamic = re.fullmatch(grammar.dynamic, text)
    if dynamic is not None:
        member, otp = dynamic["member"], dynamic["otp"]
        return Shape(method="dynamic", plain=member, known_as=(("code", member),), otp=otp)
    return Shape(method="code", plain=text, known_as=(("code", text),))


def _national(bare: str, country: str) -> str:
    """A phone number as people of the country say it."""
    for prefix in (f"+{country}", f"00{country}"):
        if bare.startswith(prefix):
            return bare.removeprefix(prefix)
    return bare
