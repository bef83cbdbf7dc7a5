"""Reads the body of a document: what cannot be read, or is of another currency, is refused with its place, whatever the kind."""

from __future__ import annotations

from collections.abc import Hashable, Iterable
from typing import TypeVar

import msgspec

from sync.adopters import DocumentRefused

T = TypeVar("T")


def read_body(body: bytes, shape: type[T], called: str) -> T:
    """``body`` (JSON) as ``shape``. Raises DocumentRefused for what is none; ``called`` is the document in words."""
    try:
        return msgspec.json.decode(body, type=shape)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise DocumentRefused(f"{called} cannot be read: {error}") from error


def refuse_repeats(where: str, named: Iterable[tuple[Hashable, str]]) -> None:
    """Raise DocumentRefused for what stands twice: each with what it is called, the places as ``$.orders[{}].order``."""
    seen: dict[Hashable, int] = {}
    for place, (key, called) in enumerate(named):
        first = seen.setdefault(key, place)
        if first != place:
            raise DocumentRefused(f"{called} at `{where.format(place)}` stands at `{where.format(first)}` already")


def refuse_currency(found: str, own: str, so_it_is: str) -> None:
    """Raise DocumentRefused for prices in another currency than the store's ``own``; ``so_it_is`` begins the sentence."""
    if found != own:
        raise DocumentRefused(f"{so_it_is} in {found} at `$.currency`, but this store sells in {own}")
