"""The words between a mirror's page and the box, as ``mirror_wire.py`` shows them; without them both would guess."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated

import msgspec

from edge.mirror.words import Percent, Problem

Name = Annotated[str, msgspec.Meta(min_length=1, max_length=64)]


class Said(msgspec.Struct, frozen=True):
    """One word of the page; ``n`` is repeated in the answer."""

    n: int
    name: str
    body: msgspec.Raw


class Answered(msgspec.Struct, frozen=True):
    """What became of it."""

    n: int
    ok: bool
    retry: bool
    problem: str


class Wished(msgspec.Struct, frozen=True):
    """What the page is asked to show."""

    wish: Mapping[str, str]


class Stands(msgspec.Struct, frozen=True, kw_only=True):
    """Who stands there. ``painted``: makeup is on; else only the camera's picture is shown and nobody is looked for.

    ``picture``: there is one; what stands on the glass without it is an old one.
    """

    painted: bool
    picture: bool = False
    faces: int = 0
    problem: Problem = ""


class Presented(msgspec.Struct, frozen=True):
    """``Stands`` as it is said."""

    present: Stands


class Over(msgspec.Struct, frozen=True):
    """The visit of that name has ended: the page must not go on with it."""

    over: str


class WearAsked(msgspec.Struct, frozen=True, kw_only=True):
    """What is to be worn: SKU, region and intensity of each shade, look by look from left to right in the picture."""

    session: Name
    looks: Annotated[
        tuple[Annotated[tuple[tuple[Name, str, Percent], ...], msgspec.Meta(max_length=8)], ...], msgspec.Meta(max_length=4)
    ]
    split: Annotated[int, msgspec.Meta(ge=0, le=1000)] | None = None
