"""What the shop says about readings, at the time that the box's clock gives them."""

from __future__ import annotations

from dataclasses import replace
from functools import partial

from drivers.readings import AnyReading
from edge.host.wall_clock import WallClock
from edge.intake import Rules
from edge.shop.decide import entry_for, letter_for, notice
from edge.shop.shop import Shop
from edge.web.declining import refusal_in_words
from edge.web.words import load_words
from sync.entries import Entry


def rules(shop: Shop, clock: WallClock) -> Rules:
    """What ``shop`` says about readings; a simulated ``clock`` says when they came."""

    def at_simulated_time(reading: AnyReading) -> Entry:
        return entry_for(replace(reading, at=clock.at(reading.monotonic_ms)), shop)

    by_clock = partial(entry_for, shop=shop) if clock.began is None else at_simulated_time
    words = load_words()[shop.language]
    return Rules(notice=notice, entry_for=by_clock, letter_for=letter_for, say=partial(refusal_in_words, words))
