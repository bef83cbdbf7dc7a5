"""Each shade goes where it belongs, takes its colour there and leaves everything else as it was."""

from __future__ import annotations

from dataclasses import replace

import cv2
import numpy as np
import pytest

from edge.mirror.anatomy import LEFT, LIP_BOTTOM, LIP_TOP, MOUTH_BOTTOM, MOUTH_TOP, OVAL, RIGHT, SIDES
from edge.mirror.bench_colour import lab_of_screen, measure_colour
from edge.mirror.ciede2000 import delta_e00
from edge.mirror.colour import colour_of
from edge.mirror.covered import SPOTS
from edge.mirror.face import Face
from edge.mirror.light import Light
from edge.mirror.paint import LAYERS, Sight, paint
from edge.mirror.shades import Finish, Region, Shade
from edge.mirror.words import Look, Worn
from tests.mirror.drawn import HEIGHT_PX, WIDTH_PX, Picture, face, inside, picture

LIGHT = Light(level=1.0, from_right=0.0, skin=(75.0, 8.0, 20.0))
COLOURS: dict[Region, str] = {"skin": "#b08060", "cheeks": "#e0506a", "eyes": "#4a3a83", "brows": "#2a2018", "lips": "#a3283c"}


def worn(region: Region, finish: Finish = "matte", percent: int = 100, srgb: str | None = None) -> Worn:
    return Worn(shade=Shade(sku=region, region=region, finish=finish, srgb=srgb or COLOURS[region]), intensity_percent=percent)


def painted(shown: Face, *look: Worn, light: Light = LIGHT, lips: float = 1.0) -> Picture:
    out = picture(shown)
    seen = np.full((2, SPOTS), lips, dtype=np.float32)
    paint(out, Sight(face=replace(shown, lips=seen), light=light), look)
    return out


def changed(shown: Face, *look: Worn, light: Light = LIGHT, lips: float = 1.0) -> np.ndarray:
    """How far each pixel has changed, in steps of its most changed channel."""
    return np.asarray(cv2.absdiff(painted(shown, *look, light=light, lips=lips), picture(shown)).max(axis=-1)).astype(int)


def lips_of(shown: Face) -> np.ndarray:
    return inside(shown.curve(LIP_TOP), shown.curve(LIP_BOTTOM)[::-1], shrink_px=3)


def teeth_of(shown: Face) -> np.ndarray:
    return inside(shown.curve(MOUTH_TOP), shown.curve(MOUTH_BOTTOM)[::-1], shrink_px=1)


def eyes_of(shown: Face) -> np.ndarray:
    return np.asarray(
        np.any([inside(shown.curve(side.lid), shown.curve(side.below)[::-1], shrink_px=1) for side in SIDES], axis=0)
    )


def around(shown: Face) -> np.ndarray:
    outline = shown.curve(OVAL)
    middle = outline.mean(axis=0)
    return ~inside((middle + 1.2 * (outline - middle)).astype(np.float32))


@pytest.mark.parametrize("finish", ["matte", "satin", "gloss"])
@pytest.mark.parametrize("region", list(LAYERS))
def test_every_shade_is_seen_and_nothing_beside_the_face_is_changed(region: Region, finish: Finish) -> None:
    shown = face(gap_px=14)
    differs = changed(shown, worn(region, finish))
    assert differs.max() > 20
    assert (differs[around(shown)] == 0).all()


@pytest.mark.parametrize("region", list(LAYERS))
def test_eyes_and_teeth_stay_free(region: Region) -> None:
    shown = face(gap_px=14)
    differs = changed(shown, worn(region, "gloss"))
    assert (differs[teeth_of(shown)] <= 1).all()
    assert (differs[eyes_of(shown)] <= 1).all()


@pytest.mark.parametrize("region", list(LAYERS))
def test_no_intensity_is_a_bare_face(region: Region) -> None:
    assert (changed(face(), worn(region, percent=0)) == 0).all()


@pytest.mark.parametrize("region", list(LAYERS))
def test_a_face_beside_the_picture_is_not_painted(region: Region) -> None:
    assert (changed(face(middle=(-400, -400)), worn(region, "gloss")) == 0).all()


@pytest.mark.parametrize("region", list(LAYERS))
@pytest.mark.parametrize("left", [-118.0, -116.0, -114.0, 753.0, 755.0])
def test_a_face_of_which_a_few_pixels_are_seen_does_no_harm(region: Region, left: float) -> None:
    assert changed(face(middle=(left, 240), size=1.0), worn(region)).shape == (HEIGHT_PX, WIDTH_PX)


@pytest.mark.parametrize("region", list(LAYERS))
def test_half_a_face_is_painted_as_far_as_it_is_seen(region: Region) -> None:
    assert changed(face(middle=(0, 240)), worn(region, "gloss")).max() > 20


def test_lipstick_has_the_colour_of_its_swatch_and_is_still_a_lip() -> None:
    shown = face(gap_px=14)

    def wear(bare: Picture, look: Look) -> Picture:
        paint(bare, Sight(face=shown, light=LIGHT), look)
        return bare

    figures = measure_colour(picture(shown), shown, wear, tuple(worn(region) for region in LAYERS))
    assert figures.worst_e00 <= 6
    assert min(figures.deviation, figures.texture) >= 0.7
    for untouched in (figures.teeth_e00, figures.eyes_e00, figures.background_e00):
        assert untouched is not None
        assert untouched <= 1


def test_gloss_shines_and_matte_does_not() -> None:
    shown = face()
    lightest = [
        np.percentile(lab_of_screen(painted(shown, worn("lips", finish)))[lips_of(shown)][:, 0], 98)
        for finish in ("matte", "satin", "gloss")
    ]
    assert lightest[0] + 2 < lightest[1] < lightest[2] - 5


def test_the_streak_of_gloss_lies_towards_the_lamp() -> None:
    shown = face()
    lips = lips_of(shown)

    def streak_at(from_right: float) -> float:
        after = painted(shown, worn("lips", "gloss"), light=replace(LIGHT, from_right=from_right))
        lightness = np.where(lips, lab_of_screen(after)[..., 0], 0)
        lightness = cv2.GaussianBlur(lightness, (0, 0), 3)
        return float(np.unravel_index(lightness.argmax(), lightness.shape)[1])

    assert streak_at(-1.0) < WIDTH_PX / 2 - 3
    assert streak_at(1.0) > WIDTH_PX / 2 + 3


def test_a_covered_mouth_wears_no_lipstick() -> None:
    shown = face()
    assert (changed(shown, worn("lips"), lips=0.0) == 0).all()
    assert 0 < changed(shown, worn("lips"), lips=0.5).mean() < changed(shown, worn("lips")).mean()


def test_lipstick_stays_where_a_finger_leaves_the_lips_free() -> None:
    shown, seen = face(), np.ones((2, SPOTS), dtype=np.float32)
    seen[:, :2] = 0
    out = picture(shown)
    paint(out, Sight(face=replace(shown, lips=seen), light=LIGHT), (worn("lips"),))
    differs, lips = np.abs(out.astype(int) - picture(shown)).max(axis=-1), lips_of(shown)
    left, right = (shown.points[each, 0] for each in (LIP_TOP[2], LIP_TOP[4]))
    assert (differs[:, : int(left)][lips[:, : int(left)]] == 0).all()
    assert differs[:, int(right) :][lips[:, int(right) :]].mean() > 40


def test_of_a_covered_upper_lip_the_lower_is_painted() -> None:
    shown, seen = face(gap_px=14), np.ones((2, SPOTS), dtype=np.float32)
    seen[0] = 0
    out = picture(shown)
    paint(out, Sight(face=replace(shown, lips=seen), light=LIGHT), (worn("lips"),))
    differs = np.abs(out.astype(int) - picture(shown)).max(axis=-1)
    x, (upper, lower) = WIDTH_PX // 2, (int((shown.points[a, 1] + shown.points[b, 1]) / 2) for a, b in ((0, 13), (14, 17)))
    assert differs[upper - 1 : upper + 2, x - 9 : x + 9].max() == 0
    assert differs[lower - 1 : lower + 2, x - 9 : x + 9].mean() > 40


def test_no_shade_lies_on_what_spectacles_reflect() -> None:
    shown = face()
    bare = picture(shown)
    x, y = (shown.points[LEFT.lid[4], :2] - (0, 5)).astype(int)
    bare[y - 2 : y + 3, x - 4 : x + 5] = 255
    out = bare.copy()
    paint(out, Sight(face=shown, light=replace(LIGHT, skin=(60.0, 8.0, 20.0))), (worn("eyes"),))
    assert (out[y - 2 : y + 3, x - 4 : x + 5] >= 254).all()
    assert (out[y - 2 : y + 3, x + 8 : x + 12] < bare[y - 2 : y + 3, x + 8 : x + 12]).any()


def test_blush_is_drawn_towards_the_temple() -> None:
    shown = face()
    differs = np.where(inside(shown.curve(OVAL)), changed(shown, worn("cheeks")), 0)[:, : WIDTH_PX // 2]
    at_y, at_x = np.unravel_index(cv2.GaussianBlur(differs.astype(np.float32), (0, 0), 4).argmax(), differs.shape)
    temple = shown.points[LEFT.temple, :2] - (at_x, at_y)
    steps = 0.45 * temple
    towards, away = (differs[int(at_y + s * steps[1]), int(at_x + s * steps[0])] for s in (1, -1))
    assert towards > 1.2 * away


@pytest.mark.parametrize("srgb", ["#e6c3a5", "#b88660", "#7a5238"])
def test_a_foundation_gives_its_hue_to_a_skin_that_is_much_lighter(srgb: str) -> None:
    shown, box = face(), (slice(240, 280), slice(355, 385))
    pink = picture(shown)
    pink[..., 0] = np.clip(pink[..., 0].astype(int) + 50, 0, 255)
    skin = tuple(lab_of_screen(pink)[box].mean(axis=(0, 1)).tolist())
    out = pink.copy()
    paint(out, Sight(face=shown, light=replace(LIGHT, skin=skin)), (worn("skin", srgb=srgb),))
    yellower = float(lab_of_screen(out)[box][..., 2].mean()) - skin[2]
    assert yellower > 0.45 * (colour_of(worn("skin", srgb=srgb).shade).lab[2] - skin[2])


def test_hair_over_the_cheek_takes_no_foundation() -> None:
    shown, box = face(), (slice(240, 260), slice(355, 375))
    bare = picture(shown)
    bare[box] = (30, 36, 45)
    out = bare.copy()
    paint(out, Sight(face=shown, light=LIGHT), (worn("skin", srgb="#f0d0b0"),))
    assert np.abs(out[box].astype(int) - bare[box])[3:-3, 3:-3].max() <= 1


def test_a_near_face_has_the_same_foundation_as_one_further_away() -> None:
    far, near = (
        lab_of_screen(painted(face(size=size), worn("skin")))[240:244, 318:323].mean(axis=(0, 1)) for size in (0.65, 0.7)
    )
    assert float(delta_e00(far, near)) < 1


def test_on_a_near_face_the_grain_stays_sharp() -> None:
    shown, box = face(size=1.6), (slice(240, 300), slice(380, 420))

    def grain(some: Picture) -> float:
        return float((some[box].astype(float) - cv2.GaussianBlur(some, (0, 0), 1.5)[box]).std())

    assert grain(painted(shown, worn("skin"), worn("cheeks"))) == pytest.approx(grain(picture(shown)), rel=0.1)


def test_in_the_dark_a_shade_is_darker() -> None:
    shown = face()
    bright, dim = (
        lab_of_screen(painted(shown, worn("lips"), light=replace(LIGHT, level=level)))[lips_of(shown)].mean(axis=0)
        for level in (1.0, 0.5)
    )
    assert dim[0] < 0.7 * bright[0]


def test_eye_shadow_is_darkest_at_the_lashes_and_gone_at_the_brow() -> None:
    shown = face()
    differs = changed(shown, worn("eyes"))
    for side in SIDES:
        (x, lashes), (_, brow) = shown.points[side.lid[4], :2], shown.points[side.brow_bottom[2], :2]
        at_lashes, half_way, at_brow = (
            differs[int(y) - 1 : int(y) + 2, int(x) - 4 : int(x) + 5].mean() for y in (lashes - 4, (lashes + brow) / 2, brow - 1)
        )
        assert at_lashes > half_way > at_brow
        assert at_brow < 0.25 * at_lashes


def test_the_cheek_that_is_turned_away_wears_less() -> None:
    differs = {yaw: changed(face(yaw_deg=yaw), worn("cheeks")) for yaw in (0, 45)}
    middle = WIDTH_PX // 2
    assert differs[0][:, middle:].sum() == pytest.approx(differs[0][:, :middle].sum(), rel=0.1)
    turned = face(yaw_deg=45)
    assert turned.side(RIGHT) < 0.5 < turned.side(LEFT)
    assert turned.cheek(RIGHT) < turned.side(RIGHT)
    assert differs[45][:, middle:].sum() < 0.3 * differs[45][:, :middle].sum()


def test_blush_is_as_large_as_the_face() -> None:
    small, large = ((changed(face(size=size), worn("cheeks")) > 3).sum() for size in (0.8, 1.6))
    assert 3 < large / small < 5


def test_foundation_brings_the_skin_nearer_to_its_shade_and_keeps_the_grain() -> None:
    shown = face()
    box = slice(240, 280), slice(355, 385)  # a cheek
    bare, after = lab_of_screen(picture(shown))[box], lab_of_screen(painted(shown, worn("skin")))[box]
    shade = colour_of(worn("skin").shade).lab
    from_shade = [float(delta_e00(each.mean(axis=(0, 1)), shade)) for each in (bare, after)]
    assert from_shade[1] < 0.75 * from_shade[0]
    assert after[..., 0].std() > 0.6 * bare[..., 0].std()


def test_of_two_lipsticks_the_later_is_on_top() -> None:
    shown = face()
    both = painted(shown, worn("lips", srgb="#ffffff"), worn("lips"))
    alone = painted(shown, worn("lips"))
    assert np.abs(both[lips_of(shown)].astype(int) - alone[lips_of(shown)]).mean() < 20


def test_the_picture_keeps_its_size() -> None:
    assert painted(face(), *(worn(region) for region in LAYERS)).shape == (HEIGHT_PX, WIDTH_PX, 3)
