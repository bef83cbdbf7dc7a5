"""A shade is the same colour whichever way the shades document says it."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from edge.mirror.colour import NoColour, colour_of
from edge.mirror.shades import Shade


def test_srgb_is_the_lab_that_cv2_has() -> None:
    colour = colour_of(Shade(sku="r1", region="lips", srgb="#a3283c"))
    bgr = np.array([[[0x3C, 0x28, 0xA3]]], dtype=np.float32) / 255
    assert colour.lab == pytest.approx(cv2.cvtColor(bgr, cv2.COLOR_BGR2Lab)[0, 0].tolist(), abs=0.1)
    assert colour.bgr == pytest.approx(bgr[0, 0].tolist(), abs=0.001)


def test_lab_of_a_screen_is_taken_as_it_is() -> None:
    colour = colour_of(Shade(sku="r1", region="lips", lab=(40, 50, 20), white="d65"))
    assert colour.lab == pytest.approx((40, 50, 20))


def test_white_paper_in_the_lab_of_print_is_white_on_the_screen() -> None:
    colour = colour_of(Shade(sku="r1", region="lips", lab=(100, 0, 0)))
    assert colour.bgr == pytest.approx((1, 1, 1), abs=0.002)
    assert colour.lab == pytest.approx((100, 0, 0), abs=0.1)


def test_a_colour_that_no_screen_can_show_is_cut_off() -> None:
    assert min(colour_of(Shade(sku="r1", region="lips", lab=(50, 120, 100))).bgr) == 0


def test_a_shade_without_a_colour_cannot_be_worn() -> None:
    with pytest.raises(NoColour) as error:
        colour_of(Shade(sku="r1", region="lips"))
    assert str(error.value) == "shade r1: has neither srgb nor lab; give it one of them in the shades document"
