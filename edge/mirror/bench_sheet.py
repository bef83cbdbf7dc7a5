"""A contact sheet: four products in three finishes on every face of a folder.

Figures say whether lipstick has its colour; whether it looks like makeup only eyes can say.
Each row is one photo, or one of up to five pictures of a clip, from the head turned furthest to one side to that to the other.
"""

from __future__ import annotations

from contextlib import closing
from typing import TYPE_CHECKING

import cv2
import numpy as np

from edge.mirror.anatomy import OVAL
from edge.mirror.bench_pictures import HEIGHT_PX, WIDTH_PX, NoPicture, clip_of
from edge.mirror.paint import paint
from edge.mirror.render import Renderer
from edge.mirror.shades import Finish, Region, Shade
from edge.mirror.words import Look, Worn
from models.landmarks import face_finder

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from edge.mirror.bench_pictures import Clip, Picture
    from edge.mirror.face import Face
    from edge.mirror.paint import Sight

PRODUCTS: dict[Region, str] = {"lips": "#a3283c", "eyes": "#7a4f63", "cheeks": "#e0687a", "skin": "#e6c3a5"}
FINISHES: tuple[Finish, ...] = ("matte", "satin", "gloss")
WIDE_PX, HIGH_PX, HEAD_PX = 220, 275, 22
ROOM = 0.15
"""Around the face, in widths between the eyes."""

OF_A_CLIP = 5
LOOKED_AT = 4
"""So often a photo is shown to the finder: it may use what it saw before."""


class NothingToShow(Exception):
    """No picture in the folder has a face that could be painted."""


def sheet_of(folder: Path, models_dir: Path, tell: Callable[[str], None]) -> Picture:
    """The sheet of all photos and clips in a folder, in a process off the network; ``tell`` hears what was left out and why.

    Raises NothingToShow, ModelUnusable.
    """
    if not folder.is_dir():
        raise NothingToShow(f"{folder}: there is no such folder")
    rows = [row for path in sorted(folder.iterdir()) if path.is_file() for row in _rows(path, models_dir, tell)]
    if not rows:
        raise NothingToShow(f"{folder}: no photo or clip in it shows one face that could be painted")
    return np.vstack([_head(), *rows])


def looks() -> list[tuple[str, Look]]:
    """What each column wears, with its name: nothing, each product in each finish, everything together."""
    single = [(f"{region} {finish}", (_worn(region, finish, 100),)) for region in PRODUCTS for finish in FINISHES]
    return [("bare", ()), *single, ("all satin", tuple(_worn(region, "satin", 70) for region in PRODUCTS))]


def row(name: str, picture: Picture, sight: Sight) -> Picture:
    """One face in all looks."""
    cells = []
    for _, look in looks():
        painted = picture.copy()
        paint(painted, sight, look)
        cells.append(_cut(painted, sight.face))
    cv2.putText(cells[0], name, (4, HIGH_PX - 6), cv2.FONT_HERSHEY_SIMPLEX, 0.4, (255, 255, 255), 1, cv2.LINE_AA)
    return np.hstack(cells)


def _rows(path: Path, models_dir: Path, tell: Callable[[str], None]) -> Iterator[Picture]:
    try:
        clip = clip_of(path)
    except NoPicture as error:
        tell(str(error))
        return
    with closing(face_finder(models_dir)) as finder:
        seen, problem = _seen(clip, Renderer(WIDTH_PX, HEIGHT_PX, finder))
    if not seen:
        tell(f"{path}: left out: {problem}")
    for number, (picture, sight) in enumerate(seen):
        yield row(f"{path.stem[:20]} {number + 1}" if clip.moves else path.stem[:24], picture, sight)


def _seen(clip: Clip, renderer: Renderer) -> tuple[list[tuple[Picture, Sight]], str]:
    """The pictures to be shown, and why there are none."""
    seen, problem = [], ""
    for number in range(len(clip.pictures) if clip.moves else LOOKED_AT):
        picture = clip.pictures[clip.at(number)]
        problem = renderer.render(picture.copy(), (), None, int((number + 1) * 1e9 / clip.fps)).problem
        if renderer.sight is not None:
            seen.append((picture, renderer.sight))
    if not clip.moves:
        return seen[-1:], problem
    by_yaw = sorted(seen, key=lambda each: each[1].face.yaw_deg)
    chosen = sorted({round(at) for at in np.linspace(0, len(by_yaw) - 1, OF_A_CLIP)}) if by_yaw else []
    return [by_yaw[at] for at in chosen], problem


def _worn(region: Region, finish: Finish, percent: int) -> Worn:
    return Worn(shade=Shade(sku=region, region=region, finish=finish, srgb=PRODUCTS[region]), intensity_percent=percent)


def _cut(picture: Picture, face: Face) -> Picture:
    outline = face.curve(OVAL)
    low, high = outline.min(axis=0) - ROOM * face.scale, outline.max(axis=0) + ROOM * face.scale
    step = float(np.max((high - low) / (WIDE_PX, HIGH_PX)))
    left, top = (low + high) / 2 - step * np.array((WIDE_PX, HIGH_PX)) / 2
    way = np.array(((step, 0, left), (0, step, top)))
    shown = cv2.warpAffine(picture, way, (WIDE_PX, HIGH_PX), flags=cv2.INTER_AREA | cv2.WARP_INVERSE_MAP)
    return np.asarray(shown, dtype=np.uint8)


def _head() -> Picture:
    names = looks()
    head = np.full((HEAD_PX, WIDE_PX * len(names), 3), 32, dtype=np.uint8)
    for column, (name, _) in enumerate(names):
        at = (column * WIDE_PX + 4, HEAD_PX - 7)
        cv2.putText(head, name, at, cv2.FONT_HERSHEY_SIMPLEX, 0.45, (255, 255, 255), 1, cv2.LINE_AA)
    return head
