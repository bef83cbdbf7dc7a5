"""A moment holds all the chance that a decision needs."""

from __future__ import annotations

import re
from datetime import UTC, datetime

from edge.shop.moment import Moment

AT = datetime(2026, 3, 1, tzinfo=UTC)


def test_the_same_moment_gives_the_same_token_for_the_same_purpose() -> None:
    moment = Moment(at=AT, monotonic_ms=1)
    assert moment.token("receipt") == moment.token("receipt")
    assert moment.token("receipt") != moment.token("handover")
    assert re.fullmatch(r"[a-z2-7]{16}", moment.token("receipt"))


def test_another_moment_gives_another_token_and_shows_nothing_of_its_seed() -> None:
    one, other = Moment(at=AT, monotonic_ms=1), Moment(at=AT, monotonic_ms=1)
    assert one.token("receipt") != other.token("receipt")
    assert "seed" not in repr(one)
