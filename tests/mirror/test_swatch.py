"""A button shows the colour that headquarters measured."""

from __future__ import annotations

import pytest

from edge.mirror.shades import Lab, Shade
from edge.mirror.swatch import swatch_of


@pytest.mark.parametrize(
    ("lab", "white", "shown"),
    [
        ((100, 0, 0), "d50", "#ffffff"),
        ((0, 0, 0), "d50", "#000000"),
        ((53.24, 80.09, 67.2), "d65", "#ff0000"),  # brucelindbloom.com, Color Calculator: sRGB's primaries
        ((54.29, 80.8, 69.9), "d50", "#ff0000"),
        ((29.57, 68.3, -112.03), "d50", "#0000ff"),
        ((2, 0, 0), "d50", "#070707"),
        ((50, 128, -128), "d50", None),
    ],
)
def test_lab_is_shown_as_srgb_and_what_a_screen_cannot_show_as_the_nearest(lab: Lab, white: str, shown: str | None) -> None:
    found = swatch_of(Shade(sku="a", region="lips", lab=lab, white=white))  # type: ignore[arg-type]
    assert len(found) == 7
    assert shown is None or max(abs(a - b) for a, b in zip(bytes.fromhex(found[1:]), bytes.fromhex(shown[1:]), strict=True)) <= 1


def test_a_swatch_goes_before_the_colour() -> None:
    assert swatch_of(Shade(sku="a", region="lips", srgb="#A3283C")) == "#a3283c"
    assert swatch_of(Shade(sku="a", region="lips", srgb="#a3283c", swatch="#112233")) == "#112233"
    assert swatch_of(Shade(sku="a", region="lips")) == ""
