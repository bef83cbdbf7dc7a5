"""What the shop refused, in the words of the person in front of the screen, or as problem details for a program."""

from __future__ import annotations

from collections.abc import Mapping
from http import HTTPStatus

from edge.shop.declined import Declined
from edge.web.problems import Problem
from edge.web.words import Words


def in_words(refusal: Declined, words: Words) -> str:
    """``declined.<key>`` of ``words`` with the facts in it; the refusal's own text where no words were written for it."""
    return refusal_in_words(words, refusal.key, refusal.facts) or str(refusal)


def refusal_in_words(words: Words, key: str, facts: Mapping[str, object]) -> str:
    """The same by its key and facts; empty where no words were written for it."""
    named = f"declined.{key}"
    return words.say(named, **facts) if named in words.strings else ""


def as_problem(refusal: Declined) -> Problem:
    """The refusal for a program: 409, its key as the kind; its title is for people, in the language of the store."""
    return Problem(HTTPStatus.CONFLICT, refusal.key, str(refusal), facts=refusal.facts)
