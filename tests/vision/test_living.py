"""Claims about who stirs."""

from __future__ import annotations

from typing import Literal

import numpy as np
from numpy.typing import NDArray

from edge.vision.living import Living
from models.findings import Box, Track

S = 1_000_000_000
PLACE: Box = (100, 20, 130, 110)
Picture = NDArray[np.uint8]


def shop(sway: int = 0, light: float = 1.0, seed: int = 0) -> Picture:
    """A poster or a person of stripes at PLACE, swaying by so many pixels, under so much light, with the camera's noise."""
    picture = np.full((120, 160, 3), 120, dtype=np.float32)
    picture[20:110, 100 + sway : 130 + sway] = 40
    picture[30:50, 108 + sway : 122 + sway] = 200
    noise = 3 * np.random.default_rng(seed).standard_normal(picture.shape, np.float32)
    return np.asarray(np.clip(picture * light + noise, 0, 255), dtype=np.uint8)


def track(box: Box = PLACE, number: int = 1, state: Literal["tentative", "confirmed", "lost"] = "confirmed") -> Track:
    return Track(number=number, box=box, state=state)


def states(living: Living, seconds: float, begins_s: float = 0.0, number: int = 1, *, swaying: bool = False) -> list[str]:
    """Of one who stands at PLACE, five times a second."""
    told = []
    for step in range(round(seconds * 5)):
        sway = 4 if swaying and step % 10 >= 3 else 0
        picture = shop(sway, light=1 + 0.1 * np.sin(step), seed=step)
        told += living.take(picture, [track(number=number)], round((begins_s + step / 5) * S))
    return [each.state for each in told]


def test_a_poster_is_nobody_also_when_the_light_flickers() -> None:
    assert set(states(Living(), 30)) == {"tentative"}


def test_who_walks_is_somebody_after_a_step() -> None:
    living = Living()
    told = [living.take(shop(), [track((10 + x, 20, 40 + x, 110))], round(x / 80 * S))[0].state for x in range(0, 80, 8)]
    assert told == ["tentative"] * 5 + ["confirmed"] * 5


def test_who_stands_and_sways_is_somebody_soon() -> None:
    told = states(Living(), 4, swaying=True)
    assert told[0] == "tentative"
    assert told[-1] == "confirmed"


def test_who_has_walked_may_stand_still() -> None:
    living = Living()
    living.take(shop(), [track((20, 20, 50, 110))], 0)
    assert set(states(living, 30, begins_s=2)) == {"confirmed"}


def test_somebody_who_passes_before_a_poster_does_not_make_it_live() -> None:
    living = Living()
    states(living, 5)
    passing = shop()
    passing[10:120, 90:130] = 250
    for step in range(3):
        assert living.take(passing, [track()], round((5 + step / 5) * S))[0].state == "tentative"
    assert set(states(living, 5, begins_s=5.6)) == {"tentative"}


def test_a_thing_is_one_after_ten_seconds_also_when_it_is_found_anew() -> None:
    living = Living()
    states(living, 9)
    assert not living.is_thing(1)
    states(living, 2, begins_s=9)
    assert living.is_thing(1)
    living.take(shop(), [], 12 * S)
    living.take(shop(), [track(number=2)], 14 * S)
    assert living.is_thing(2)


def test_who_was_there_for_a_moment_only_is_forgotten() -> None:
    living = Living()
    states(living, 2)
    living.take(shop(), [], 3 * S)
    living.take(shop(), [track(number=2)], 30 * S)
    assert not living.is_thing(2)


def test_who_is_found_again_where_somebody_was_hidden_is_somebody() -> None:
    living = Living()
    living.take(shop(), [track((20, 20, 50, 110))], 0)
    states(living, 3, begins_s=2)
    living.take(shop(), [], 6 * S)
    assert living.take(shop(), [track(number=2)], 7 * S)[0].state == "confirmed"


def test_the_lost_and_the_tentative_stay_what_they_are() -> None:
    living = Living()
    assert living.take(shop(), [track(state="tentative")], 0)[0].state == "tentative"
    assert living.take(shop(), [track((20, 20, 50, 110))], S)[0].state == "confirmed"
    assert living.take(shop(), [track((30, 20, 60, 110), state="lost")], 2 * S)[0].state == "lost"


def test_a_box_beyond_the_picture_is_looked_at_as_far_as_it_goes() -> None:
    outside: Box = (200, 140, 220, 200)
    assert Living().take(shop(), [track(outside)], 0)[0].state == "tentative"
