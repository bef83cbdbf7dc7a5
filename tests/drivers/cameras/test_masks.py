"""What a mask hides is in no picture that leaves ffmpeg; what it does not hide is."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import aclosing
from itertools import pairwise
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import BaseModel, ValidationError

from drivers.cameras import http_mjpeg, rtsp, usb, video_file
from drivers.cameras.camera import Camera
from drivers.cameras.masks import BLOCK_PX, drawn, hides_all
from drivers.wires.capture_words import Mask
from drivers.wires.pictures import Pictures

WIDTH, HEIGHT = 160, 90
RIGHT_HALF = ((0.5, 0.0), (1.0, 0.0), (1.0, 1.0), (0.5, 1.0))
CORNER = ((0.0, 0.0), (0.3, 0.0), (0.0, 0.4))
REQUIRED: list[tuple[type[BaseModel], dict[str, str]]] = [
    (video_file.VideoFileSettings, {"path": "/srv/shop.mp4"}),
    (usb.UsbCameraSettings, {"path": "/dev/video0"}),
    (rtsp.RtspSettings, {"url": "rtsp://10.0.0.9/"}),
    (http_mjpeg.HttpMjpegSettings, {"url": "http://10.0.0.9/"}),
]
fractions = st.floats(0, 1)
polygons = st.lists(st.tuples(fractions, fractions), min_size=3, max_size=8)


def hidden(masks: tuple[Mask, ...]) -> Any:
    """The picture as whether it is masked: height × width."""
    picture = np.zeros((HEIGHT, WIDTH), bool)
    for mask in masks:
        assert not picture[mask.y : mask.y + mask.height, mask.x : mask.x + mask.width].any(), "masks overlap"
        picture[mask.y : mask.y + mask.height, mask.x : mask.x + mask.width] = True
    return picture


def winding(polygon: list[tuple[float, float]], x: float, y: float) -> int:
    turns = 0
    for (ax, ay), (bx, by) in pairwise([*polygon, polygon[0]]):
        if (ay <= y) != (by <= y) and x < ax + (y - ay) * (bx - ax) / (by - ay):
            turns += 1 if by > ay else -1
    return turns


@given(polygons)
def test_no_place_within_a_polygon_is_seen(polygon: list[tuple[float, float]]) -> None:
    picture = hidden(drawn([polygon], WIDTH, HEIGHT))
    for y in range(1, HEIGHT, 5):
        for x in range(1, WIDTH, 7):
            if winding(polygon, (x + 0.5) / WIDTH, (y + 0.5) / HEIGHT):
                assert picture[y, x]


@settings(max_examples=20)
@given(polygons)
def test_little_beside_a_polygon_is_hidden(polygon: list[tuple[float, float]]) -> None:
    exact = np.zeros((HEIGHT, WIDTH), np.uint8)
    corners = [[min(round(x * WIDTH), WIDTH - 1), min(round(y * HEIGHT), HEIGHT - 1)] for x, y in polygon]
    for start, end in pairwise([*corners, corners[0]]):
        cv2.line(exact, start, end, 1)
    for y in range(HEIGHT):
        for x in range(0, WIDTH, 3):
            exact[y, x] |= winding(polygon, (x + 0.5) / WIDTH, (y + 0.5) / HEIGHT) != 0
    near = cv2.dilate(exact, np.ones((2 * BLOCK_PX + 5, 2 * BLOCK_PX + 5), np.uint8))
    assert not (hidden(drawn([polygon], WIDTH, HEIGHT)) & (near == 0)).any()


def test_a_mask_at_the_edges_of_blocks_hides_just_itself() -> None:
    assert drawn([RIGHT_HALF], WIDTH, HEIGHT) == (Mask(x=80, y=0, width=80, height=90),)
    assert drawn([], WIDTH, HEIGHT) == ()


def test_masks_become_few_boxes() -> None:
    circle = [(0.5 + 0.4 * np.cos(turn / 5), 0.5 + 0.4 * np.sin(turn / 5)) for turn in range(31)]
    assert len(drawn([circle], 640, 360)) <= 2 * 360 // BLOCK_PX // 2
    assert len(drawn([RIGHT_HALF, RIGHT_HALF], 640, 360)) == 1


def test_what_edges_cross_around_is_hidden_too() -> None:
    star = [(0.5, 0.0), (0.8, 1.0), (0.0, 0.4), (1.0, 0.4), (0.2, 1.0)]
    assert hidden(drawn([star], WIDTH, HEIGHT))[HEIGHT // 2 + 5, WIDTH // 2]


@pytest.mark.parametrize(("settings", "required"), REQUIRED)
def test_masks_that_cover_all_are_a_mistake_of_every_camera(settings: type[BaseModel], required: dict[str, str]) -> None:
    left_half = [(0.0, 0.0), (0.5, 0.0), (0.5, 1.0), (0.0, 1.0)]
    assert settings(**required, masks=[RIGHT_HALF, CORNER])
    with pytest.raises(ValidationError) as refused:
        settings(**required, masks=[RIGHT_HALF, left_half])
    (error,) = refused.value.errors()
    assert error["loc"] == ("masks",)
    assert error["msg"] == "Value error, the masks cover the whole picture: leave out what the camera is there to see"


@pytest.mark.parametrize("mask", [[[0, 0], [1, 1]], [[0, 0], [1, 0], [0, 1.1]], [[0, 0]] * 33])
def test_a_mask_has_three_corners_within_the_picture(mask: list[list[float]]) -> None:
    with pytest.raises(ValidationError):
        usb.UsbCameraSettings.model_validate({"path": "/dev/video0", "masks": [mask]})


def test_a_mask_over_all_but_a_block_leaves_something() -> None:
    masks = drawn([[(0, 0), (1, 0), (1, 0.9), (0, 0.9)]], WIDTH, HEIGHT)
    assert not hides_all(masks, WIDTH, HEIGHT)
    assert hides_all(drawn([[(0, 0), (1, 0), (1, 0.99), (0, 0.99)]], WIDTH, HEIGHT), WIDTH, HEIGHT)


async def test_what_is_masked_is_black_in_both_rings(
    camera: Callable[..., Camera], clip: Path, pictures: Pictures, until: Callable[[Callable[[], bool]], Awaitable[None]]
) -> None:
    settings = video_file.VideoFileSettings(path=clip, masks=(RIGHT_HALF, CORNER))
    black = hidden(drawn(settings.masks, WIDTH, HEIGHT))
    async with camera(settings, shown=True) as cam:
        async with asyncio.timeout(60), aclosing(cam.readings()) as readings:  # type: ignore[type-var]
            async for reading in readings:
                if reading.picture == "live":  # though more than half of it is black
                    break
        rings = pictures.rings["cam-1"]
        assert rings.jpeg is not None
        await until(lambda: rings.jpeg is not None and rings.jpeg.newest_sequence > 0)
        raw, jpeg = rings.raw.newest(), rings.jpeg.newest()
    assert raw is not None
    assert jpeg is not None
    i420 = np.frombuffer(raw.data, np.uint8)
    luma, colour = i420[: WIDTH * HEIGHT].reshape(HEIGHT, WIDTH), i420[WIDTH * HEIGHT :].reshape(2, HEIGHT // 2, WIDTH // 2)
    assert (luma[black] == 16).all()
    assert (colour[:, black[::2, ::2]] == 128).all()
    shown = cv2.imdecode(np.frombuffer(jpeg.data, np.uint8), cv2.IMREAD_COLOR)
    assert shown is not None
    deep = cv2.erode(black.astype(np.uint8), np.ones((17, 17))) == 1  # a JPEG's own blocks smear over an edge
    assert shown[deep].max() <= 8
    for seen in (luma[~black], shown[~black]):
        assert seen.std() > 20
