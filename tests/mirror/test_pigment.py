"""Pigment takes the shade's colour on every lip and leaves its folds; of a lamp's shade only as much as the colour bears."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from edge.mirror.bench_colour import lab_of_screen
from edge.mirror.ciede2000 import delta_e00
from edge.mirror.colour import colour_of
from edge.mirror.pigment import laid_on
from edge.mirror.shades import Finish, Shade
from edge.mirror.tone import Tone
from tests.mirror.drawn import Picture

WIDTH_PX, HEIGHT_PX, SCALE = 160, 60, 150.0
MASK = np.ones((HEIGHT_PX, WIDTH_PX), dtype=np.float32)
SWATCHES = ("#6e1423", "#b5655a", "#d6336c", "#7a4636", "#5c2340")


def lip(*, lamp_l: float = 0.0, folds_l: float = 0.0) -> Picture:
    """A lip of L* 50: the lamp makes one end lighter, the other darker by ``lamp_l``; creases go up and down by ``folds_l``."""
    across = np.linspace(-1, 1, WIDTH_PX)[None]
    crease = np.sign(np.sin(np.arange(WIDTH_PX) * 2 * np.pi / 4 + 0.1))[None]
    lightness = np.broadcast_to(50 + lamp_l * across + folds_l * crease, (HEIGHT_PX, WIDTH_PX))
    lab = np.dstack((lightness, np.full_like(lightness, 22), np.full_like(lightness, 12))).astype(np.float32)
    return np.asarray(cv2.convertScaleAbs(cv2.cvtColor(lab, cv2.COLOR_Lab2BGR), alpha=255), dtype=np.uint8)


def worn(bare: Picture, srgb: str, finish: Finish = "matte", mask: np.ndarray = MASK) -> np.ndarray:
    tone = Tone(colour=colour_of(Shade(sku="r", region="lips", srgb=srgb)), finish=finish, strength=1.0)
    return lab_of_screen(laid_on(bare, mask, tone, SCALE, None))


def beside(painted: np.ndarray, srgb: str) -> float:
    return float(delta_e00(painted, colour_of(Shade(sku="r", region="lips", srgb=srgb)).lab).mean())


def ends(lab: np.ndarray) -> float:
    return float(lab[:, -10:, 0].mean() - lab[:, :10, 0].mean())


def creases(lab: np.ndarray) -> float:
    return float((lab[..., 0] - cv2.blur(lab[..., 0], (4, 1)))[:, 10:-10].std())


@pytest.mark.parametrize("srgb", SWATCHES)
@pytest.mark.parametrize("lamp_l", [0.0, 12.0, 35.0])
def test_whatever_the_lamp_does_the_lip_has_its_shade_and_its_folds(srgb: str, lamp_l: float) -> None:
    bare = lip(lamp_l=lamp_l, folds_l=4)
    painted = worn(bare, srgb)
    assert beside(painted, srgb) <= 6
    assert creases(painted) >= 0.7 * creases(lab_of_screen(bare))


def test_in_soft_light_the_shade_of_the_lamp_stays() -> None:
    bare = lip(lamp_l=10)
    assert ends(worn(bare, "#b5655a")) >= 0.7 * ends(lab_of_screen(bare))


def test_in_hard_light_it_gives_way_and_is_still_seen() -> None:
    bare = lip(lamp_l=35)
    kept = ends(worn(bare, "#b5655a")) / ends(lab_of_screen(bare))
    assert 0.2 < kept < 0.6


def test_gloss_keeps_more_of_the_light_than_matte() -> None:
    bare = lip(lamp_l=20, folds_l=4)
    matte, gloss = (worn(bare, "#a3283c", finish)[..., 0].std() for finish in ("matte", "gloss"))
    assert gloss > 1.1 * matte


@pytest.mark.parametrize("srgb", SWATCHES)
def test_an_even_lip_is_the_shade_itself(srgb: str) -> None:
    assert beside(worn(lip(), srgb), srgb) < 1


def test_no_fold_of_a_dark_shade_is_cut_off_at_black() -> None:
    painted = worn(lip(folds_l=14), "#33101a")
    assert painted[..., 0].min() > 0
    assert len(np.unique(np.round(painted[..., 0]))) > 1


def test_a_lip_in_the_distance_is_painted_by_what_is_half_covered() -> None:
    faint = np.full_like(MASK, 0.6)
    assert beside(worn(lip(folds_l=4), "#a3283c", mask=faint), "#a3283c") <= 6


def test_skin_beside_the_lip_does_not_make_it_darker() -> None:
    bare, mask = lip(), MASK.copy()
    bare[:, :80], mask[:, :80] = (230, 235, 240), 0
    assert beside(worn(bare, "#a3283c", mask=mask)[:, 90:], "#a3283c") < 2
