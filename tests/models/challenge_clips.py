"""Makes clips of somebody before a camera out of one photograph, and says how a challenge takes them; without a network.

    python -m tests.models.challenge_clips MODELS_DIR PHOTO      ->  {"head": "passed", "print": "too-slow", "film": "other-turn"}

``head``: the photograph over the face's own 478 points, turned in space, and its eyes painted shut.
``print``: the photograph as a sheet, turned to both sides, tilted and moved. ``film``: a head on a telephone that moves
otherwise than is asked.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Sequence
from contextlib import closing
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray
from scipy.interpolate import LinearNDInterpolator

from models.landmarks import Found, face_finder
from models.liveness import EYE_CORNERS, Challenge, Move
from models.offline import leave_network

Picture = NDArray[np.uint8]

SIDE_PX, COARSE = 360, 6
FRAME_NS = 100_000_000
IRISES = 468
UPPER = (246, 161, 160, 159, 158, 157, 173, 466, 388, 387, 386, 385, 384, 398)
LOWER = (7, 163, 144, 145, 153, 154, 155, 249, 390, 373, 374, 380, 381, 382)
ASKED = (Move.TURN_LEFT, Move.BLINK, Move.TURN_RIGHT)
OTHERWISE = (Move.TURN_RIGHT, Move.BLINK, Move.TURN_LEFT)
SWING = (0, 10, 20, 30, 38, 38, 30, 20, 10, 0, 0, 0)
BLINK = (False, False, True, True, True, True, False, False, False, False)


def with_eyes_shut(photo: Picture, points: NDArray[np.float32]) -> Picture:
    """The skin around each eye drawn over it, and the lashes where the lower lid is."""
    flat, half = points[:, :2].round().astype(np.int32), len(UPPER) // 2
    shut = photo
    for upper, lower, corners in zip((UPPER[:half], UPPER[half:]), (LOWER[:half], LOWER[half:]), EYE_CORNERS, strict=True):
        eye = np.zeros(photo.shape[:2], np.uint8)
        cv2.fillConvexPoly(eye, cv2.convexHull(flat[[*upper, *lower, *corners]]), 255)
        eye = np.asarray(cv2.dilate(eye, np.ones((7, 7), np.uint8)), np.uint8)
        shut = np.asarray(cv2.inpaint(shut, eye, 5, cv2.INPAINT_TELEA), np.uint8)
        cv2.polylines(shut, [flat[[corners[0], *lower, corners[1]]]], False, (30, 30, 40), 2, cv2.LINE_AA)
    return shut


def of_a_head(photo: Picture, points: NDArray[np.float32], degrees: float) -> Picture:
    """The photograph as the head in it would look, turned to its left by so much."""
    here = points[:IRISES].astype(np.float64)
    middle, turn = here.mean(axis=0), np.radians(degrees)
    spin = np.array(((np.cos(turn), 0, -np.sin(turn)), (0, 1, 0), (np.sin(turn), 0, np.cos(turn))))
    there = (here - middle) @ spin.T + middle
    rim = np.array([(x, y) for x in (0, SIDE_PX / 2, SIDE_PX) for y in (0, SIDE_PX / 2, SIDE_PX) if (x, y) != (SIDE_PX / 2,) * 2])
    where = LinearNDInterpolator(np.vstack((there[:, :2], rim)), np.vstack((here[:, :2], rim)))
    along = np.arange(0, SIDE_PX + COARSE, COARSE)
    coarse = np.nan_to_num(where(*np.meshgrid(along, along))).astype(np.float32)
    columns, rows = np.meshgrid(np.arange(SIDE_PX, dtype=np.float32) / COARSE, np.arange(SIDE_PX, dtype=np.float32) / COARSE)
    fine = cv2.remap(coarse, columns, rows, cv2.INTER_LINEAR)
    return np.asarray(cv2.remap(photo, fine[..., 0], fine[..., 1], cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE), np.uint8)


def of_a_sheet(photo: Picture, degrees: float, tilt: float, by: float) -> Picture:
    """The photograph as a sheet before the camera, twice as far away as it is wide."""
    half, away = SIDE_PX / 2, 2.0 * SIDE_PX
    corners = np.array(((-half, -half, 0), (half, -half, 0), (half, half, 0), (-half, half, 0)))
    turn, lean = np.radians((degrees, tilt))
    spin = np.array(((np.cos(turn), 0, np.sin(turn)), (0, 1, 0), (-np.sin(turn), 0, np.cos(turn))))
    solid = corners @ (spin @ np.array(((1, 0, 0), (0, np.cos(lean), -np.sin(lean)), (0, np.sin(lean), np.cos(lean))))).T
    seen = (solid[:, :2] * (away / (away - solid[:, 2:])) + half + (by, 0)).astype(np.float32)
    matrix = cv2.getPerspectiveTransform((corners[:, :2] + half).astype(np.float32), seen)
    return np.asarray(cv2.warpPerspective(photo, matrix, (SIDE_PX, SIDE_PX), borderValue=(90, 90, 90)), np.uint8)


def acted(photo: Picture, points: NDArray[np.float32], moves: Sequence[Move]) -> Iterator[Picture]:
    yield from [photo] * 5
    for move in moves:
        for turn in SWING if move is not Move.BLINK else ():
            yield of_a_head(photo, points, turn if move is Move.TURN_LEFT else -turn)
        for shut in BLINK if move is Move.BLINK else ():
            yield with_eyes_shut(photo, points) if shut else photo


def waved(photo: Picture) -> Iterator[Picture]:
    yield from [photo] * 5
    for degrees in (*range(0, 45, 5), *range(45, -45, -5), *range(-45, 5, 5)):
        yield of_a_sheet(photo, degrees, degrees / 3, degrees)
    for tilt in (*range(0, 40, 5), *range(40, -40, -5), *range(-40, 5, 5)):
        yield of_a_sheet(photo, 0, tilt, 0)


def outcome(clip: Iterator[Picture], moves: Sequence[Move], models_dir: Path) -> str:
    challenge = Challenge(moves)
    with closing(face_finder(models_dir)) as finder:
        for number, picture in enumerate(clip):
            found = finder.find(picture, number * FRAME_NS)
            challenge.take(Found(faces=found.faces, points=found.points), number * FRAME_NS)
    return "passed" if challenge.passed else challenge.refused or f"still {challenge.asked}"


def _points(picture: Picture, models_dir: Path) -> NDArray[np.float32]:
    with closing(face_finder(models_dir)) as finder:
        points = finder.find(picture, 0).points
    assert points is not None, "the photograph shows no face"
    return points


def main(models_dir: Path, path: Path) -> None:
    cv2.setNumThreads(1)
    leave_network()
    whole = np.asarray(cv2.imread(str(path)), np.uint8)
    points = _points(whole, models_dir)
    side = 1.8 * np.ptp(points[:, 1])
    left, top = points[:, :2].mean(axis=0) - side / 2
    matrix = SIDE_PX / side * np.array(((1, 0, -left), (0, 1, -top)))
    photo = np.asarray(
        cv2.warpAffine(whole, matrix, (SIDE_PX, SIDE_PX), flags=cv2.INTER_AREA, borderValue=(90, 90, 90)), np.uint8
    )
    points = _points(photo, models_dir)
    said = {
        "head": outcome(acted(photo, points, ASKED), ASKED, models_dir),
        "film": outcome(acted(photo, points, OTHERWISE), ASKED, models_dir),
        **{f"print, asked to {move}": outcome(waved(photo), (move,), models_dir) for move in Move},
    }
    sys.stdout.write(json.dumps(said))


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
