"""What the mirror shows: a look, looks side by side, before and after, or the bare picture and a reason."""

from __future__ import annotations

import numpy as np
import pytest

from edge.mirror.anatomy import OVAL
from edge.mirror.colour import NoColour
from edge.mirror.panes import panes
from edge.mirror.render import Rendered, Renderer
from edge.mirror.shades import Shade
from edge.mirror.words import Look, Problem, Worn
from tests.mirror.drawn import HEIGHT_PX, WIDTH_PX, Drawn, Picture, face, inside, picture

FRAME_NS = 33_000_000
RED, BLUE, GREEN, PINK = "#c01020", "#2030c0", "#108030", "#f080a0"


def look(srgb: str = RED) -> Look:
    return (Worn(shade=Shade(sku=srgb, region="lips", finish="matte", srgb=srgb), intensity_percent=100),)


def rendered(finder: Drawn, shown: Picture, *looks: Look, split_permille: int | None = None) -> Rendered:
    return Renderer(WIDTH_PX, HEIGHT_PX, finder).render(shown.copy(), looks, split_permille, FRAME_NS)


def test_one_look_fills_the_picture() -> None:
    bare = picture(face())
    shown = rendered(Drawn(face()), bare, look())
    assert (shown.faces, shown.problem, shown.picture.shape) == (1, "", bare.shape)
    assert (shown.picture != bare).any()


def test_without_a_look_the_face_stays_bare() -> None:
    bare = picture(face())
    shown = rendered(Drawn(face()), bare)
    assert shown.problem == ""
    assert (shown.picture == bare).all()


def test_left_of_the_split_the_face_is_as_before() -> None:
    bare = picture(face())
    split = rendered(Drawn(face()), bare, look(), split_permille=500).picture
    whole = rendered(Drawn(face()), bare, look()).picture
    assert (split[:, : WIDTH_PX // 2] == bare[:, : WIDTH_PX // 2]).all()
    assert (split[:, WIDTH_PX // 2 :] == whole[:, WIDTH_PX // 2 :]).all()


@pytest.mark.parametrize("colours", [(RED, BLUE), (RED, BLUE, GREEN), (RED, BLUE, GREEN, PINK)])
def test_looks_stand_side_by_side_each_on_the_whole_face(colours: tuple[str, ...]) -> None:
    bare = picture(face())
    shown = rendered(Drawn(face()), bare, *map(look, colours)).picture
    assert shown.shape == bare.shape
    reds = []
    for pane in panes(len(colours), face(), (WIDTH_PX, HEIGHT_PX)):
        # The mouth is three quarters of a face's half below its middle.
        mouth_x = pane.at.left + (320 - pane.shown.left) * (pane.at.right - pane.at.left) // (pane.shown.right - pane.shown.left)
        mouth_y = pane.at.top + (322 - pane.shown.top) * (pane.at.bottom - pane.at.top) // (pane.shown.bottom - pane.shown.top)
        reds.append(tuple(shown[mouth_y - 1 : mouth_y + 2, mouth_x - 8 : mouth_x + 8].mean(axis=(0, 1))))
    for mean, colour in zip(reds, colours, strict=True):
        wanted = [int(colour[at : at + 2], 16) for at in (5, 3, 1)]
        assert np.abs(np.array(mean) - wanted).max() < 45, (mean, colour)


@pytest.mark.parametrize("where", [(20.0, 240.0), (620.0, 20.0), (320.0, 460.0)])
def test_panes_lie_in_the_picture_wherever_the_face_is(where: tuple[float, float]) -> None:
    for pane in panes(4, face(middle=where), (WIDTH_PX, HEIGHT_PX)):
        assert 0 <= pane.shown.left < pane.shown.right <= WIDTH_PX
        assert 0 <= pane.shown.top < pane.shown.bottom <= HEIGHT_PX
        assert 0 <= pane.at.left < pane.at.right <= WIDTH_PX
        assert 0 <= pane.at.top < pane.at.bottom <= HEIGHT_PX


@pytest.mark.parametrize(
    ("finder", "problem"),
    [
        (Drawn(None), "no-face"),
        (Drawn(face(), faces=2), "two-faces"),
        (Drawn(face(middle=(20, 240))), "half-face"),
        (Drawn(face(size=0.25)), "too-far"),
    ],
)
def test_what_cannot_be_painted_is_shown_bare_with_the_reason(finder: Drawn, problem: Problem) -> None:
    bare = picture(finder.face or face())
    shown = rendered(finder, bare, look(), look(BLUE))
    assert shown.problem == problem
    assert (shown.picture == bare).all()


def test_in_the_dark_it_says_that_it_is_dark() -> None:
    dark = (picture(face()) // 8).astype(np.uint8)
    assert rendered(Drawn(face()), dark, look()).problem == "too-dark"


def test_a_dark_skin_in_a_lit_room_is_no_dark_picture() -> None:
    shown = face()
    skin = picture(shown, background=(240, 240, 240))
    on_face = inside(shown.curve(OVAL))
    skin[on_face] //= 3
    assert rendered(Drawn(shown), skin, look()).problem == ""


def test_a_face_that_comes_back_is_painted_where_it_is() -> None:
    finder = Drawn(face())
    renderer = Renderer(WIDTH_PX, HEIGHT_PX, finder)
    renderer.render(picture(face()), (look(),), None, FRAME_NS)
    finder.face = None
    renderer.render(picture(face()), (look(),), None, 2 * FRAME_NS)
    finder.face = moved = face(middle=(380, 240))
    renderer.render(picture(moved), (look(),), None, 3 * FRAME_NS)
    assert renderer.sight is not None
    assert np.allclose(renderer.sight.face.points, moved.points, atol=0.01)


def test_a_shade_without_a_colour_is_told_by_its_sku() -> None:
    worn = Worn(shade=Shade(sku="bare", region="lips"), intensity_percent=100)
    with pytest.raises(NoColour) as error:
        rendered(Drawn(face()), picture(face()), (worn,))
    assert str(error.value).startswith("shade bare: has neither srgb nor lab")
