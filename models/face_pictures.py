"""The pictures on which faces are measured, and who is on each: without it every figure would leave open on how many people.

    FOLDER/anna/1.png …            each folder is a person; all pairs of pictures are compared

    first,second,same              PAIRS.csv: these pairs and no others; paths as seen from the file, 1 one person, 0 two
    anna/1.png,anna/2.png,1

In a list a row that says 1 makes two pictures one person's; whoever no such row joins counts as somebody else.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import cv2
import numpy as np

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

SUFFIXES = frozenset({".bmp", ".jpeg", ".jpg", ".pgm", ".png", ".ppm", ".tif", ".tiff", ".webp"})
COLUMNS = ["first", "second", "same"]
MOST = 4000
"""Pictures: eight million pairs. More would fill the memory of a box."""


class BadPictures(Exception):
    """Nothing can be measured on these; the text says why and what to do."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Album:
    """``people``: for each picture the number of its person. ``pairs``: m × 2 numbers of pictures; ``same``: m booleans."""

    pictures: tuple[Path, ...]
    people: NDArray[np.intp]
    pairs: NDArray[np.intp]
    same: NDArray[np.bool_]


def album(path: Path) -> Album:
    """The pictures of a folder, or of a list of pairs. Raises BadPictures."""
    if path.is_dir():
        found = _of_folder(path)
    elif path.is_file():
        found = _of_pairs(path)
    else:
        raise BadPictures(f"{path}: there is no such folder or list of pairs")
    if not found.same.any() or found.same.all():
        raise BadPictures(
            f"{path}: two people are needed, and two pictures of one of them;"
            f" here are {len(np.unique(found.people))} people on {len(found.pictures)} pictures"
        )
    return found


def picture(path: Path) -> NDArray[np.uint8]:
    """A picture (height × width × 3, BGR). Raises BadPictures."""
    try:
        content = path.read_bytes()
    except OSError as error:
        raise BadPictures(f"{path} cannot be read: {error.strerror}") from error
    try:
        pixels = cv2.imdecode(np.frombuffer(content, np.uint8), cv2.IMREAD_COLOR)
    except cv2.error:
        pixels = None
    if pixels is None:
        raise BadPictures(f"{path} is no picture, or a damaged one; take it out or put it right")
    return np.asarray(pixels, np.uint8)


def _of_folder(folder: Path) -> Album:
    try:
        people = sorted(each for each in folder.iterdir() if each.is_dir() and not each.name.startswith("."))
        pictures = [(file, number) for number, person in enumerate(people) for file in sorted(_pictures_in(person))]
    except OSError as error:
        raise BadPictures(f"{error.filename} cannot be read: {error.strerror}") from error
    if not pictures:
        raise BadPictures(f"{folder}: no pictures in it: each person has a folder there, with pictures ({_suffixes()})")
    _few_enough(folder, len(pictures))
    numbers = np.array([number for _, number in pictures], np.intp)
    pairs = np.stack(np.triu_indices(len(pictures), 1), axis=1)
    same = numbers[pairs[:, 0]] == numbers[pairs[:, 1]]
    return Album(pictures=tuple(file for file, _ in pictures), people=numbers, pairs=pairs, same=same)


def _pictures_in(folder: Path) -> Iterator[Path]:
    return (file for file in folder.iterdir() if file.suffix.lower() in SUFFIXES and not file.name.startswith("."))


def _of_pairs(path: Path) -> Album:
    rows = list(_rows(path))
    files = sorted({file for first, second, _ in rows for file in (first, second)})
    _few_enough(path, len(files))
    if missing := [file for file in files if not (path.parent / file).is_file()]:
        more = f" and {len(missing) - 3} more" if len(missing) > 3 else ""
        raise BadPictures(f"{path} names pictures that are not there: {', '.join(missing[:3])}{more}")
    number = {file: row for row, file in enumerate(files)}
    pairs = np.array([(number[first], number[second]) for first, second, _ in rows], np.intp).reshape(-1, 2)
    same = np.array([each for _, _, each in rows], np.bool_)
    people = _joined(len(files), pairs[same])
    for first, second in pairs[~same & (people[pairs[:, 0]] == people[pairs[:, 1]])]:
        raise BadPictures(f"{path}: {files[first]} and {files[second]} are two people in one row and, by other rows, one person")
    return Album(pictures=tuple(path.parent / file for file in files), people=people, pairs=pairs, same=same)


def _rows(path: Path) -> Iterator[tuple[str, str, bool]]:
    try:
        lines = list(csv.reader(io.StringIO(path.read_text(encoding="utf-8-sig"), newline=""), strict=True))
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise BadPictures(f"{path} is no CSV in UTF-8: {error}") from error
    head, *rows = lines or [[]]
    if head != COLUMNS:
        raise BadPictures(f'{path}: its first line must be "{",".join(COLUMNS)}", not "{",".join(head)}"')
    for number, row in enumerate(rows, start=2):
        if row:
            yield _pair(f"{path}, row {number}", row)


def _pair(where: str, row: Sequence[str]) -> tuple[str, str, bool]:
    if len(row) != len(COLUMNS) or row[2] not in {"0", "1"}:
        raise BadPictures(f'{where}: two pictures and 1 (one person) or 0 (two people) are wanted, not "{",".join(row)}"')
    first, second, same = row
    if first == second:
        raise BadPictures(f"{where}: {first} is compared with itself")
    return first, second, same == "1"


def _joined(pictures: int, same: NDArray[np.intp]) -> NDArray[np.intp]:
    """The person of each picture: the least number among all that pairs join it to."""
    people = np.arange(pictures)
    for first, second in same:
        low, high = sorted((people[first], people[second]))
        people[people == high] = low
    return people


def _few_enough(path: Path, pictures: int) -> None:
    if pictures > MOST:
        raise BadPictures(f"{path}: {pictures} pictures are more than the {MOST} that can be compared; take a part of them")


def _suffixes() -> str:
    return ", ".join(sorted(suffix[1:] for suffix in SUFFIXES))
