"""How well faces are told apart, on pictures whose people are known: without it the threshold would be somebody's word.

A picture that is gated counts as missed wherever it is used: it is like nobody, whether it asks or was enrolled.
(ISO/IEC 19795-1: true and false accept rate, TAR and FAR, of pairs; false-positive identification rate, FPIR, of strangers.)
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import msgspec
import numpy as np

from models.face_match import THRESHOLD, threshold_among
from models.face_pictures import Album, BadPictures, picture
from models.face_quality import Gated
from models.face_vectors import LENGTH

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

    from models.face_vectors import FaceVector

SPLITS = 10
"""Into members and strangers, by the seeds 0 to 9: who evaluates again gets the same figures."""

LIKE_NOBODY = -2.0
"""Below every cosine."""


class Figures(msgspec.Struct, frozen=True, kw_only=True):
    """What was measured, and on what. ``gated``: pictures that were not read, by reason. ``gallery``: members of one split, among
    whom a face is named from ``gallery_threshold`` on.
    """

    people: int
    images: int
    gated: dict[str, int]
    same_pairs: int
    different_pairs: int
    threshold: float
    tar: float
    far: float
    tar_at_far_1e_2: float
    tar_at_far_1e_3: float
    rank_1: float
    fpir: float
    fpir_worst: float
    gallery: int
    gallery_threshold: float
    splits: int = SPLITS


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Compared:
    """The cosine of every two pictures (n × n), ``LIKE_NOBODY`` where one was gated. No vectors."""

    album: Album
    likeness: NDArray[np.float32] = field(repr=False)
    gated: dict[str, int]

    def of_pairs(self, *, same: bool) -> NDArray[np.float32]:
        """The cosines of the pairs that show one person, or two."""
        first, second = self.album.pairs[self.album.same == same].T
        cosines: NDArray[np.float32] = self.likeness[first, second]
        return cosines


def compare(album: Album, read: Callable[[NDArray[np.uint8]], FaceVector | Gated]) -> Compared:
    """Every picture with every other; ``read`` is ``FaceReader.read``. Raises BadPictures."""
    vectors = np.zeros((len(album.pictures), LENGTH), np.float32)
    gated: dict[int, Gated] = {}
    for number, path in enumerate(album.pictures):
        seen = read(picture(path))
        if isinstance(seen, Gated):
            gated[number] = seen
        else:
            vectors[number] = seen.values
    reasons = {str(reason): count for reason, count in Counter(gated.values()).most_common()}
    if len(gated) == len(album.pictures):
        raise BadPictures(_none_read(album.pictures, reasons))
    likeness = vectors @ vectors.T
    likeness[list(gated)] = LIKE_NOBODY
    likeness[:, list(gated)] = LIKE_NOBODY
    return Compared(album=album, likeness=likeness, gated=reasons)


def figures(compared: Compared) -> Figures:
    """All figures, at the threshold that storebox ships; of strangers at that for so many members."""
    same, different = compared.of_pairs(same=True), compared.of_pairs(same=False)
    strangers = [_strangers_accepted(compared, seed) for seed in range(SPLITS)]
    people = len(np.unique(compared.album.people))
    return Figures(
        people=people,
        images=len(compared.album.pictures),
        gated=compared.gated,
        same_pairs=len(same),
        different_pairs=len(different),
        threshold=THRESHOLD,
        tar=float((same >= THRESHOLD).mean()),
        far=float((different >= THRESHOLD).mean()),
        tar_at_far_1e_2=tar_at_far(same, different, 1e-2),
        tar_at_far_1e_3=tar_at_far(same, different, 1e-3),
        rank_1=float(np.mean([_nearest_is_right(compared, seed) for seed in range(SPLITS)])),
        fpir=float(np.mean(strangers)),
        fpir_worst=max(strangers),
        gallery=people // 2,
        gallery_threshold=threshold_among(people // 2),
    )


def tar_at_far(same: NDArray[np.float32], different: NDArray[np.float32], far: float) -> float:
    """The part of the same pairs that lie above a threshold which at most ``far`` of the different pairs exceed."""
    highest_first = np.sort(different)[::-1]
    return float((same > highest_first[int(far * len(different))]).mean())


def _nearest_is_right(compared: Compared, seed: int) -> float:
    """Rank 1: everybody enrolled with one picture that is drawn; the part of all others whose nearest is their own person."""
    people = compared.album.people
    enrolled = _drawn(people, np.unique(people), np.random.default_rng(seed))
    asking = np.setdiff1d(np.arange(len(people)), enrolled)
    likeness = compared.likeness[np.ix_(asking, enrolled)]
    right = people[enrolled][likeness.argmax(axis=1)] == people[asking]
    return float((right & (likeness.max(axis=1) > LIKE_NOBODY)).mean())


def _strangers_accepted(compared: Compared, seed: int) -> float:
    """Half of the people enrolled with one picture each; the part of the others' pictures that would be named."""
    people, chance = compared.album.people, np.random.default_rng(seed)
    shuffled = chance.permutation(np.unique(people))
    members, strangers = np.split(shuffled, [len(shuffled) // 2])
    enrolled = _drawn(people, members, chance)
    likeness = compared.likeness[np.ix_(np.isin(people, strangers), enrolled)]
    return float((likeness.max(axis=1) >= threshold_among(len(enrolled))).mean())


def _drawn(people: NDArray[np.intp], persons: NDArray[np.intp], chance: np.random.Generator) -> NDArray[np.intp]:
    """One picture of each person."""
    return np.array([chance.choice(np.flatnonzero(people == person)) for person in persons], np.intp)


def _none_read(pictures: tuple[Path, ...], reasons: dict[str, int]) -> str:
    why = ", ".join(f"{count} {reason}" for reason, count in reasons.items())
    return f"none of {len(pictures)} pictures has a face that can be read: {why}"
