"""A hand over the mouth takes the lipstick away, and it comes back with the mouth."""

from __future__ import annotations

import numpy as np
import pytest

from edge.mirror.anatomy import LIP_BOTTOM, LIP_TOP
from edge.mirror.covered import Mouth
from edge.mirror.face import Face
from edge.mirror.light import Room
from tests.mirror.drawn import SKIN_BGR, Picture, face, inside, picture

FRAME_NS = 33_000_000


def under(shown: Face, bgr: tuple[int, int, int]) -> Picture:
    out = picture(shown)
    out[inside(shown.curve(LIP_TOP), shown.curve(LIP_BOTTOM)[::-1])] = bgr
    return out


def seen(*pictures: Picture) -> list[float]:
    mouth, room = Mouth(), Room()
    light = room.take(pictures[0], face())
    return [mouth.take(each, face(), light, (at + 1) * FRAME_NS) for at, each in enumerate(pictures)]


def test_bare_lips_stay_seen() -> None:
    assert min(seen(*[picture(face())] * 20)) > 0.99


@pytest.mark.parametrize("before_it", [SKIN_BGR, (250, 250, 250), (20, 20, 20), (200, 60, 20)])
def test_a_hand_or_a_cup_fades_the_lipstick_within_half_a_second(before_it: tuple[int, int, int]) -> None:
    faded = seen(*[picture(face())] * 10, *[under(face(), before_it)] * 15)
    assert faded[9] > 0.99
    assert 0.5 < faded[10] < 1
    assert faded[-1] < 0.1
    assert all(np.diff(faded[10:]) < 0)


def test_the_lipstick_comes_back_with_the_mouth() -> None:
    assert seen(*[picture(face())] * 5, *[under(face(), SKIN_BGR)] * 15, *[picture(face())] * 15)[-1] > 0.9


def test_lips_as_pale_as_the_skin_stay_painted() -> None:
    assert min(seen(*[under(face(), SKIN_BGR)] * 10)) == 1


def test_the_lips_of_the_next_face_are_learned_anew() -> None:
    mouth, light = Mouth(), Room().take(picture(face()), face())
    mouth.take(picture(face()), face(), light, FRAME_NS)
    mouth.reset()
    assert mouth.take(under(face(), (200, 60, 20)), face(), light, 2 * FRAME_NS) == 1


def test_after_six_seconds_it_was_the_light_that_has_changed() -> None:
    blue = under(face(), (200, 60, 20))
    seen_now = seen(picture(face()), *[blue] * 200)
    assert seen_now[100] < 0.1
    assert seen_now[-1] == 1
