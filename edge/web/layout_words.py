"""What is wrong with a layout, in the words of the person who drew it."""

from __future__ import annotations

from collections.abc import Sequence

from edge.vision.layout_check import Mistake
from edge.web.words import Words


def in_words(mistakes: Sequence[Mistake], words: Words) -> list[str]:
    """A sentence for each mistake: ``layout_mistake.<key>`` with its facts."""
    return [words.say(f"layout_mistake.{mistake.key}", **mistake.facts) for mistake in mistakes]
