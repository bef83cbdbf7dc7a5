"""What is drawn for a price label is what an access point can read; a machine without the letters says what to install."""

from __future__ import annotations

from io import BytesIO
from pathlib import Path

import msgspec
import pytest

from drivers.shelves.label_picture import picture_problem
from edge.command_json import NotACommand
from edge.job_kinds import read_task, task_json, task_name
from edge.label_drawing import FONTS, CannotDraw, draw_label
from edge.shop.catalogue.faces import PriceLabel

FACE = PriceLabel(
    label="0000021AB2C3",
    width_px=296,
    height_px=128,
    name_zh="可口可乐零度无糖汽水五百毫升超值家庭装",
    name_en="Coca-Cola Zero Sugar 500 ml",
    price_minor=350,
    currency="CNY",
    unit="piece",
    sku="6901028075831",
    link="http://192.168.1.10:8080/goods/6901028075831",
)
LETTERS = pytest.mark.skipif(not any(font.exists() for font in FONTS), reason="no font with Chinese letters on this machine")


@LETTERS
@pytest.mark.parametrize(("width_px", "height_px"), [(296, 128), (400, 300), (152, 152), (64, 64)])
def test_an_access_point_can_read_what_is_drawn(width_px: int, height_px: int) -> None:
    from PIL import Image

    face = msgspec.structs.replace(FACE, width_px=width_px, height_px=height_px)
    command = draw_label(face)
    assert command.label == "0000021AB2C3"
    assert picture_problem(command.jpeg) == ""
    drawn = Image.open(BytesIO(command.jpeg))
    assert drawn.size == (width_px, height_px)
    dark = sum(drawn.convert("L").histogram()[:128])
    assert width_px * height_px * 0.02 < dark < width_px * height_px * 0.6, "letters stand on it, and paper between them"


@LETTERS
def test_another_price_is_another_picture_and_the_same_price_the_same() -> None:
    other = msgspec.structs.replace(FACE, price_minor=351)
    assert draw_label(FACE).jpeg == draw_label(FACE).jpeg != draw_label(other).jpeg


def test_without_chinese_letters_nothing_is_drawn() -> None:
    with pytest.raises(CannotDraw) as refused:
        draw_label(FACE, fonts=(Path("/nowhere/font.ttc"),))
    assert str(refused.value) == "no font with Chinese letters is installed, so no label can be drawn: apt install fonts-noto-cjk"


def test_a_label_waits_as_a_job_and_comes_out_as_it_was() -> None:
    assert (task_name(FACE), read_task(task_json(FACE))) == ("draw-price", FACE)


def test_a_label_of_another_version_of_storebox_is_not_guessed() -> None:
    with pytest.raises(NotACommand, match="it is no longer known what the label was to show: Object missing required field"):
        read_task('{"command": "draw-price", "label": "0000021AB2C3"}')
