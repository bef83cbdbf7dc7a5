"""What enrolling with several pictures gains over one: a person's ten pictures drawn into a template of five and five that ask.

Computed from the cosines of every two pictures alone: a template is the sum of its pictures brought to length 1.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from models.face_evaluation import Compared
from models.face_match import THRESHOLD, threshold_among

DRAWS, OF_EACH = 20, 5
MORE = (1_000, 20_000)


@dataclass(frozen=True, slots=True, kw_only=True)
class Enrolled:
    """``tar``, ``far``: single pictures against templates, at the threshold for few members; ``tars`` at those for more.

    Then the cosines of two templates of one person, and of two.
    """

    tar: float
    far: float
    tars: dict[int, float]
    least_of_one: float
    most_of_two: float


def enrolled(compared: Compared) -> Enrolled:
    """Over ``DRAWS`` draws."""
    asking: dict[bool, list[NDArray[np.float64]]] = {True: [], False: []}
    halves: dict[bool, list[NDArray[np.float64]]] = {True: [], False: []}
    people = np.unique(compared.album.people)
    for seed in range(DRAWS):
        first, second = _halves(compared.album.people, people, np.random.default_rng(seed))
        likeness = compared.likeness.astype(np.float64)
        lengths = [np.sqrt(np.einsum("ij,jk,ik->i", each, likeness, each)) for each in (first, second)]
        to_templates = (likeness @ first.T / lengths[0])[second.sum(axis=0) > 0]
        whose = compared.album.people[second.sum(axis=0) > 0][:, None] == people
        both = first @ likeness @ second.T / np.outer(*lengths)
        for same in (True, False):
            asking[same].append(to_templates[whose == same])
            halves[same].append(both[np.eye(len(people), dtype=bool) == same])
    own = np.concatenate(asking[True])
    return Enrolled(
        tar=float((own >= THRESHOLD).mean()),
        tars={members: float((own >= threshold_among(members)).mean()) for members in MORE},
        far=float((np.concatenate(asking[False]) >= THRESHOLD).mean()),
        least_of_one=float(np.concatenate(halves[True]).min()),
        most_of_two=float(np.concatenate(halves[False]).max()),
    )


def _halves(whose: NDArray[np.intp], people: NDArray[np.intp], chance: np.random.Generator) -> list[NDArray[np.float64]]:
    """For each person a row that has 1 for the pictures of their template; the other half of them likewise."""
    rows = np.zeros((2, len(people), len(whose)))
    for row, person in enumerate(people):
        drawn = chance.permutation(np.flatnonzero(whose == person))[: 2 * OF_EACH]
        rows[0, row, drawn[:OF_EACH]] = rows[1, row, drawn[OF_EACH:]] = 1
    return [rows[0], rows[1]]
