"""Members and strangers made of directions in space: what is decided does not depend on any picture."""

from __future__ import annotations

import time

import numpy as np
import pytest
from numpy.typing import NDArray

from models.face_match import MARGIN, THRESHOLD, VOTERS, VOTES, Gallery, Look, Match, gallery
from models.face_vectors import LENGTH, FaceVector

MANY = 20_000


def unit(values: NDArray[np.float64]) -> FaceVector:
    return FaceVector(values=(values / np.linalg.norm(values)).astype(np.float32))


def between(first: FaceVector, second: FaceVector, cosine: float) -> FaceVector:
    """A face that is ``cosine`` like the first and as far towards the second as that leaves."""
    across = second.values - (second.values @ first.values) * first.values
    return unit((cosine * first.values + np.sqrt(1 - cosine**2) * across / np.linalg.norm(across)).astype(np.float64))


@pytest.fixture
def chance() -> np.random.Generator:
    return np.random.default_rng(6)


@pytest.fixture
def faces(chance: np.random.Generator) -> list[FaceVector]:
    """Three of nobody in common: their cosines are 0."""
    axes = np.linalg.qr(chance.normal(size=(LENGTH, 3)))[0].T
    return [unit(axis) for axis in axes]


def test_a_face_like_a_member_is_the_member(faces: list[FaceVector]) -> None:
    match = gallery([("ann", faces[0]), ("bo", faces[1])]).best(between(faces[0], faces[2], 0.8))
    assert match is not None
    assert match.member == "ann"
    assert match.score == pytest.approx(0.8, abs=1e-5)


@pytest.mark.parametrize(("cosine", "named"), [(THRESHOLD + 0.001, True), (THRESHOLD - 0.001, False)])
def test_the_nearest_is_nobody_below_the_threshold(faces: list[FaceVector], cosine: float, named: bool) -> None:
    best = gallery([("ann", faces[0]), ("bo", faces[1])]).best(between(faces[0], faces[2], cosine))
    assert (best is not None) == named


def test_two_members_as_like_are_neither(faces: list[FaceVector]) -> None:
    members = gallery([("ann", faces[0]), ("bo", faces[1])])
    assert members.best(unit((faces[0].values + faces[1].values).astype(np.float64))) is None


@pytest.mark.parametrize(("apart", "named"), [(MARGIN + 0.01, True), (MARGIN - 0.01, False)])
def test_a_member_is_named_only_well_ahead_of_every_other(faces: list[FaceVector], apart: float, named: bool) -> None:
    first, second = 0.7, 0.7 - apart
    rest = np.sqrt(1 - first**2 - second**2)
    seen = unit((first * faces[0].values + second * faces[1].values + rest * faces[2].values).astype(np.float64))
    assert (gallery([("ann", faces[0]), ("bo", faces[1])]).best(seen) is not None) == named


def test_a_member_is_no_rival_of_itself(faces: list[FaceVector]) -> None:
    near = between(faces[0], faces[2], 0.99)
    match = gallery([("ann", faces[0]), ("bo", faces[1]), ("ann", near)]).best(near)
    assert match is not None
    assert match.member == "ann"


def test_without_members_everybody_is_nobody(faces: list[FaceVector]) -> None:
    assert gallery([]).best(faces[0]) is None


def test_twenty_thousand_members_are_one_matrix_and_the_right_one_is_found(chance: np.random.Generator) -> None:
    all_faces = chance.normal(size=(MANY, LENGTH))
    members = gallery([(str(number), unit(each)) for number, each in enumerate(all_faces)])
    assert (members.faces.dtype.name, members.faces.shape) == ("float32", (MANY, LENGTH))
    seen = unit(all_faces[12_345] + 0.5 * chance.normal(size=LENGTH))
    began = time.perf_counter()
    match = members.best(seen)
    print(f"{1000 * (time.perf_counter() - began):.1f} ms for {MANY} members")  # the promise is kept in bench_faces
    assert match is not None
    assert match.member == "12345"
    assert members.best(unit(chance.normal(size=LENGTH))) is None


def test_no_vector_and_no_member_is_in_what_a_log_would_show(faces: list[FaceVector]) -> None:
    members = gallery([("ann", faces[0])])
    assert repr(members) == "Gallery()"
    assert isinstance(members, Gallery)


ANN, BO = Match(member="ann", score=0.8), Match(member="bo", score=0.7)


@pytest.mark.parametrize(
    ("said", "member", "over"),
    [
        ([ANN] * (VOTES - 1), None, False),
        ([ANN] * VOTES, "ann", True),
        ([ANN, None, ANN, None, ANN], "ann", True),
        ([ANN, None, None, ANN, None], None, True),
        ([ANN, BO, ANN, ANN, ANN], None, True),
        ([None] * VOTERS, None, True),
        ([None] * VOTERS + [ANN] * VOTES, None, True),
        ([], None, False),
    ],
    ids=["too-few", "enough", "enough-of-five", "not-enough-of-five", "two-people", "nobody", "too-late", "nothing-yet"],
)
def test_several_pictures_of_a_look_have_to_agree(said: list[Match | None], member: str | None, over: bool) -> None:
    look = Look()
    for match in said:
        look.take(match)
    assert (look.member, look.over) == (member, over)
