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
    return [float(mouth.take(each, face(), light, (at + 1) * FRAME_NS).mean()) for at, each in enumerate(pictures)]


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
    assert seen(*[picture(face())] * 10, *[under(face(), SKIN_BGR)] * 15, *[picture(face())] * 15)[-1] > 0.9


def test_lips_as_pale_as_the_skin_stay_painted() -> None:
    assert min(seen(*[under(face(), SKIN_BGR)] * 10)) == 1


def test_the_lips_of_the_next_face_are_learned_anew() -> None:
    mouth, light = Mouth(), Room().take(picture(face()), face())
    mouth.take(picture(face()), face(), light, FRAME_NS)
    mouth.reset()
    assert mouth.take(under(face(), (200, 60, 20)), face(), light, 2 * FRAME_NS).min() == 1


def test_after_six_seconds_it_was_the_light_that_has_changed() -> None:
    blue = under(face(), (200, 60, 20))
    seen_now = seen(*[picture(face())] * 10, *[blue] * 200)
    assert seen_now[100] < 0.1
    assert seen_now[-1] == 1


def test_a_finger_covers_only_what_is_behind_it() -> None:
    shown, mouth = face(), Mouth()
    light = Room().take(picture(shown), shown)
    covered = picture(shown)
    middle = int(shown.points[LIP_TOP[3], 0])
    covered[300:345, : middle + 1] = SKIN_BGR
    for frame in range(30):
        now = mouth.take(covered if frame > 10 else picture(shown), shown, light, (frame + 1) * FRAME_NS)
    assert now[:, 0].max() < 0.1
    assert now[:, 4:].min() > 0.9


def test_a_head_that_turns_keeps_its_lipstick() -> None:
    mouth, room = Mouth(), Room()
    for frame, yaw in enumerate([*range(0, 50, 4), *range(48, -50, -4)]):
        shown = face(yaw_deg=yaw)
        bare = picture(shown)
        now = mouth.take(bare, shown, room.take(bare, shown), (frame + 1) * FRAME_NS)
        assert now.min() > 0.9, yaw


def test_what_a_turned_head_hid_is_learned_when_it_is_seen() -> None:
    mouth, room = Mouth(), Room()
    for frame in range(40):
        shown = face(yaw_deg=-45 if frame < 10 else 0)
        bare = picture(shown)
        if frame < 10:
            bare[:, : int(shown.points[LIP_TOP[5], 0])] = (250, 250, 250)  # the wall behind the further half
        now = mouth.take(bare, shown, room.take(bare, shown), (frame + 1) * FRAME_NS)
        assert now.min() > 0.9, frame


def test_points_that_still_settle_do_not_teach_a_wrong_mouth() -> None:
    mouth, light = Mouth(), Room().take(picture(face()), face())
    for frame in range(30):
        beside = face(middle=(320, 260 if frame < 4 else 240))
        now = mouth.take(picture(face()), beside, light, (frame + 1) * FRAME_NS)
        assert now.min() > 0.99, frame
