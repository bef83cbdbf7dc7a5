"""Makes clips of somebody before a camera, living and not, and says how a challenge takes each; without a network.

    python -m tests.models.challenge_clips MODELS_DIR HEAD PHOTO [PHOTO …]     ->  {"a head": "passed", "a print …": "too-slow"}

HEAD is a film of somebody who turns to both sides; its pictures are used as they are, but for a blink, which nobody does in it:
there the eyes are painted shut. PHOTO is printed: the sheet is turned to both sides, tilted, moved, bent around a head. The film
is played on a telephone too, where it turns otherwise than is asked.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Sequence
from contextlib import closing
from itertools import count
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from models.landmarks import Found, face_finder
from models.liveness import EYE_CORNERS, Challenge, Move, eyes_of
from models.offline import leave_network

Picture = NDArray[np.uint8]

SIDE_PX, CELL_PX = 360, 20
FRAME_NS = 80_000_000
UPPER = (246, 161, 160, 159, 158, 157, 173, 466, 388, 387, 386, 385, 384, 398)
LOWER = (7, 163, 144, 145, 153, 154, 155, 249, 390, 373, 374, 380, 381, 382)
FRONT, AT_LEFT, AT_RIGHT = 9, range(10, 20), (20, 21, 22, *range(10))
"""Pictures of HEAD: where it looks here, and the way to each side and back."""

ASKED = (Move.TURN_LEFT, Move.TURN_RIGHT, Move.BLINK, Move.TURN_LEFT, Move.TURN_RIGHT)
OTHERWISE = (Move.TURN_LEFT, Move.BLINK, Move.TURN_LEFT, Move.TURN_RIGHT, Move.TURN_RIGHT)
BENT = (1.2, 2.0)
"""Around what, as radius in distances of the eyes: a head, and twice a head."""


def pictures(film: Path) -> list[Picture]:
    """All of a film."""
    opened, found = cv2.VideoCapture(str(film)), list[Picture]()
    while (read := opened.read())[0]:
        found.append(np.asarray(read[1], np.uint8))
    return found


def points_of(picture: Picture, models_dir: Path) -> NDArray[np.float32]:
    with closing(face_finder(models_dir)) as finder:
        points = finder.find(picture, 0).points
    assert points is not None, "the picture shows no face"
    return points


def with_eyes_shut(picture: Picture, points: NDArray[np.float32]) -> Picture:
    """The skin around each eye drawn over it, and the lashes where the lower lid is."""
    flat, half = points[:, :2].round().astype(np.int32), len(UPPER) // 2
    grown = np.ones((3, 3) if np.ptp(points[:, 1]) < 150 else (7, 7), np.uint8)
    shut = picture
    for upper, lower, corners in zip((UPPER[:half], UPPER[half:]), (LOWER[:half], LOWER[half:]), EYE_CORNERS, strict=True):
        eye = np.zeros(picture.shape[:2], np.uint8)
        cv2.fillConvexPoly(eye, cv2.convexHull(flat[[*upper, *lower, *corners]]), 255)
        eye = np.asarray(cv2.dilate(eye, grown), np.uint8)
        shut = np.asarray(cv2.inpaint(shut, eye, 5, cv2.INPAINT_TELEA), np.uint8)
        cv2.polylines(shut, [flat[[corners[0], *lower, corners[1]]]], False, (30, 30, 40), 1, cv2.LINE_AA)
    return shut


def acted(head: list[Picture], shut: Picture, moves: Sequence[Move]) -> Iterator[Picture]:
    """The head of a film that does ``moves``."""
    yield from [head[FRONT]] * 4
    for move in moves:
        match move:
            case Move.TURN_LEFT:
                yield from (head[number] for number in AT_LEFT)
            case Move.TURN_RIGHT:
                yield from (head[number] for number in AT_RIGHT)
            case Move.BLINK:
                yield from [shut] * 5
        yield from [head[FRONT]] * 3


def on_a_telephone(film: Iterator[Picture]) -> Iterator[Picture]:
    """A film on a screen that somebody holds, not quite still; its glass shines in a corner."""
    for number, picture in enumerate(film):
        height, width = picture.shape[:2]
        bright = picture + 70 * np.linspace(1, 0, width)[None, :, None] * np.linspace(1, 0, height)[:, None, None] ** 2
        held = cv2.copyMakeBorder(np.clip(bright, 0, 255).astype(np.uint8), 8, 8, 24, 24, cv2.BORDER_CONSTANT, value=(20, 20, 20))
        scene = cv2.copyMakeBorder(held, 40, 40, 60, 60, cv2.BORDER_CONSTANT, value=(90, 90, 90))
        middle = scene.shape[1] / 2, scene.shape[0] / 2
        sways = cv2.getRotationMatrix2D(middle, 2 * np.sin(number / 9), 1.15)
        sways[:, 2] += 5 * np.sin(number / 7), 3 * np.cos(number / 6)
        yield np.asarray(cv2.warpAffine(scene, sways, scene.shape[1::-1], borderValue=(90, 90, 90)), np.uint8)


def cut_out(picture: Picture, models_dir: Path) -> Picture:
    """The face of a photograph, and what is around it."""
    points = points_of(picture, models_dir)
    side = 1.8 * np.ptp(points[:, 1])
    left, top = points[:, :2].mean(axis=0) - side / 2
    matrix = SIDE_PX / side * np.array(((1, 0, -left), (0, 1, -top)))
    size = (SIDE_PX, SIDE_PX)
    return np.asarray(cv2.warpAffine(picture, matrix, size, flags=cv2.INTER_AREA, borderValue=(90, 90, 90)), np.uint8)


def of_a_sheet(photo: Picture, *, turned: float, tilted: float = 0.0, by: float = 0.0, radius_px: float = 1e6) -> Picture:
    """The photograph on a sheet bent around an upright cylinder, before a camera twice as far away as it is wide."""
    half, away = SIDE_PX / 2, 2.0 * SIDE_PX
    along = np.arange(0, SIDE_PX + 1, CELL_PX) - half
    across, down = np.meshgrid(along, along)
    solid = np.stack((radius_px * np.sin(across / radius_px), down, radius_px * (np.cos(across / radius_px) - 1)), axis=-1)
    turn, lean = np.radians((turned, tilted))
    spin = np.array(((np.cos(turn), 0, np.sin(turn)), (0, 1, 0), (-np.sin(turn), 0, np.cos(turn))))
    back = np.array(((1, 0, 0), (0, np.cos(lean), -np.sin(lean)), (0, np.sin(lean), np.cos(lean))))
    there = solid @ (spin @ back).T
    seen = there[..., :2] * (away / (away - there[..., 2:])) + half + (by, 0)
    return _drawn_in_cells(photo, np.stack((across, down), axis=-1) + half, seen, there[..., 2])


def _drawn_in_cells(photo: Picture, here: NDArray[np.float64], there: NDArray[np.float64], near: NDArray[np.float64]) -> Picture:
    """The photograph's cells where they are seen, the nearest over those behind; what shows its back is not drawn."""
    canvas, rows, columns = np.full_like(photo, 90), *near.shape
    cells = [(row, column) for row in range(rows - 1) for column in range(columns - 1)]
    for row, column in sorted(cells, key=lambda cell: float(near[cell[0] : cell[0] + 2, cell[1] : cell[1] + 2].mean())):
        corners = (row, row, row + 1, row + 1), (column, column + 1, column + 1, column)
        flat, shown = here[corners].astype(np.float32), there[corners].astype(np.float32)
        if np.cross(shown[1] - shown[0], shown[3] - shown[0]) <= 0:
            continue
        left, top = np.clip(np.floor(shown.min(axis=0)) - 1, 0, SIDE_PX).astype(int)
        right, bottom = np.clip(np.ceil(shown.max(axis=0)) + 2, 0, SIDE_PX).astype(int)
        if right <= left or bottom <= top:
            continue
        matrix = cv2.getPerspectiveTransform(flat, shown - np.array((left, top), np.float32))
        size = int(right - left), int(bottom - top)
        cell = cv2.warpPerspective(photo, matrix, size, borderMode=cv2.BORDER_REPLICATE)
        mask = np.zeros((size[1], size[0]), np.uint8)
        cv2.fillConvexPoly(mask, np.round(shown - (left, top)).astype(np.int32), 255)
        canvas[top:bottom, left:right][mask > 0] = cell[mask > 0]
    return canvas


def waved(photo: Picture, *, radius_px: float = 1e6) -> Iterator[Picture]:
    """A sheet that is turned to both sides and tilted; as slowly as a hand does."""
    yield from [of_a_sheet(photo, turned=0, radius_px=radius_px)] * 4
    for degrees in (*range(6, 50, 6), *range(42, -50, -6), *range(-42, 1, 6)):
        yield of_a_sheet(photo, turned=degrees, tilted=degrees / 3, by=degrees, radius_px=radius_px)
    for degrees in (*range(6, 42, 6), *range(30, -40, -6), *range(-30, 1, 6)):
        yield of_a_sheet(photo, turned=0, tilted=degrees, radius_px=radius_px)


def outcome(clip: Iterator[Picture], moves: Sequence[Move], models_dir: Path) -> str:
    """What a challenge makes of a clip; one that goes on after its end stands still."""
    challenge, found, times_ns = Challenge(moves), Found(faces=0, points=None), count(0, FRAME_NS)
    with closing(face_finder(models_dir)) as finder:
        while challenge.refused is None and not challenge.passed:
            picture, at_ns = next(clip, None), next(times_ns)
            found = found if picture is None else finder.find(picture, at_ns)
            challenge.take(found, at_ns)
    return "passed" if challenge.passed else str(challenge.refused)


def of_a_print(path: Path, models_dir: Path) -> Iterator[tuple[str, str]]:
    """A photograph, flat and bent, for each move by itself: whatever is asked, it has to be refused for the whole."""
    photo = cut_out(np.asarray(cv2.imread(str(path)), np.uint8), models_dir)
    first, second = eyes_of(points_of(photo, models_dir))
    apart_px = float(np.hypot(*(second - first)))
    flat = list(waved(photo))
    for move in Move:
        yield f"{path.stem}, flat, asked to {move}", outcome(iter(flat), (move,), models_dir)
    for radius in BENT:
        bent = list(waved(photo, radius_px=radius * apart_px))
        both = outcome(iter(bent * 2), (Move.TURN_LEFT, Move.TURN_RIGHT), models_dir)
        blink = outcome(iter(bent), (Move.BLINK,), models_dir)
        yield f"{path.stem}, bent to {radius:g}, asked to turn to both sides", both
        yield f"{path.stem}, bent to {radius:g}, asked to blink", blink


def main(models_dir: Path, film: Path, *photos: Path) -> None:
    cv2.setNumThreads(1)
    leave_network()
    head = pictures(film)
    shut = with_eyes_shut(head[FRONT], points_of(head[FRONT], models_dir))
    said = {
        "a head": outcome(acted(head, shut, ASKED), ASKED, models_dir),
        "a head that turns otherwise": outcome(acted(head, shut, OTHERWISE), ASKED, models_dir),
        "a head on a telephone": outcome(on_a_telephone(acted(head, shut, OTHERWISE)), ASKED, models_dir),
        "a telephone that stands still": outcome(on_a_telephone(acted(head, shut, ())), ASKED, models_dir),
    }
    for photo in photos:
        said.update(of_a_print(photo, models_dir))
    sys.stdout.write(json.dumps(said))


if __name__ == "__main__":
    main(*map(Path, sys.argv[1:]))
