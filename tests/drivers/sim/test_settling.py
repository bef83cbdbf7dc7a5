"""The detector of a simulated shelf: what is an event, what is drift, what is noise."""

from __future__ import annotations

from collections.abc import Iterable

from drivers.sim.settling import Change, Settling


def fed(settling: Settling, samples: Iterable[float], *, from_ms: int = 0, every_ms: int = 25) -> list[Change]:
    told = [settling.feed(grams, from_ms + number * every_ms) for number, grams in enumerate(samples)]
    return [change for change in told if change is not None]


def rested(grams: int = 1000) -> Settling:
    settling = Settling(unit_g=100, settle_ms=500, remembered_g=grams)
    assert fed(settling, [grams] * 40) == []
    return settling


def test_a_hand_that_takes_is_one_pick() -> None:
    assert fed(rested(), [980, 930, 860, *[900] * 40], from_ms=1000) == [Change(kind="pick", before_g=1000, after_g=900)]


def test_goods_that_come_back_are_a_put() -> None:
    assert fed(rested(), [1200] * 40, from_ms=1000) == [Change(kind="put", before_g=1000, after_g=1200)]


def test_a_spike_is_nothing() -> None:
    assert fed(rested(), [1000, 6000, 1000, 1000, -4000, *[1000] * 40], from_ms=1000) == []


def test_a_weight_that_swings_is_not_settled() -> None:
    assert fed(rested(), [700, 900] * 40, from_ms=1000) == []


def test_what_is_put_back_before_it_settled_is_nothing() -> None:
    assert fed(rested(), [*[900] * 10, *[1000] * 40], from_ms=1000) == []


def test_drift_is_followed_and_never_told() -> None:
    settling = rested()
    assert fed(settling, (1000 + number * 0.05 for number in range(4000)), from_ms=1000) == []
    drifted_g = settling.level_g
    assert abs(drifted_g - 1200) < 10
    assert fed(settling, [1100] * 60, from_ms=200_000) == [Change(kind="pick", before_g=drifted_g, after_g=1100)]


def test_a_step_found_at_switch_on_is_an_adjustment() -> None:
    settling = Settling(unit_g=100, settle_ms=500, remembered_g=1000)
    assert fed(settling, [700] * 40) == [Change(kind="adjust", before_g=1000, after_g=700)]
    assert settling.settled_at(700)
    assert not settling.settled_at(1000)
