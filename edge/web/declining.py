"""What the shop refused, in the words of the person in front of the screen, or as problem details for a program."""

from __future__ import annotations

from http import HTTPStatus

from edge.shop.declined import Declined
from edge.web.problems import Problem
from edge.web.words import Words


def in_words(refusal: Declined, words: Words) -> str:
    """``declined.<key>`` of ``words`` with the facts in it; the refusal's own text where no words were written for it."""
    key = f"declined.{refusal.key}"
    return words.say(key, **refusal.facts) if key in words.strings else str(refusal)


def as_problem(refusal: Declined) -> Problem:
    """The refusal for a program: 409, its key as the kind."""
    return Problem(HTTPStatus.CONFLICT, refusal.key, str(refusal))
