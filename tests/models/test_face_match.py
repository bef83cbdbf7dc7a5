"""Members and strangers made of directions in space: what is decided does not depend on any picture."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from models.face_gallery import ROOM, Gallery
from models.face_match import ALONE, MARGIN, SAME_TEMPLATE, THRESHOLD, VOTERS, VOTES, Look, Match, Nobody, threshold_among
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


def gallery(*known: tuple[str, FaceVector]) -> Gallery:
    """Each with a template t0, t1 …"""
    members = Gallery()
    for number, (member, face) in enumerate(known):
        members.learn(f"t{number}", member, face)
    return members


def test_a_face_like_a_member_is_the_member(faces: list[FaceVector]) -> None:
    match = gallery(("ann", faces[0]), ("bo", faces[1])).best(between(faces[0], faces[2], 0.8))
    assert isinstance(match, Match)
    assert (match.member, match.template) == ("ann", "t0")
    assert match.score == pytest.approx(0.8, abs=1e-5)


@pytest.mark.parametrize(("cosine", "named"), [(THRESHOLD + 0.001, True), (THRESHOLD - 0.001, False)])
def test_the_nearest_is_nobody_below_the_threshold(faces: list[FaceVector], cosine: float, named: bool) -> None:
    best = gallery(("ann", faces[0]), ("bo", faces[1])).best(between(faces[0], faces[2], cosine))
    assert isinstance(best, Match) == named
    assert named or best is Nobody.STRANGER


@pytest.mark.parametrize(
    ("templates", "threshold"), [(0, 0.5), (1, 0.5), (ALONE, 0.5), (5 * ALONE, 0.55), (25 * ALONE, 0.6), (MANY, 0.715)]
)
def test_among_more_members_a_face_has_to_be_more_alike(templates: int, threshold: float) -> None:
    assert threshold_among(templates) == pytest.approx(threshold, abs=0.001)


def test_who_is_named_among_few_may_be_nobody_among_many(faces: list[FaceVector], chance: np.random.Generator) -> None:
    others = [(str(number), unit(each)) for number, each in enumerate(chance.normal(size=(25 * ALONE, LENGTH)))]
    near = between(faces[0], faces[2], 0.58)
    assert isinstance(gallery(("ann", faces[0]), *others[:10]).best(near), Match)
    assert gallery(("ann", faces[0]), *others).best(near) is Nobody.STRANGER


def test_two_members_as_like_are_neither(faces: list[FaceVector]) -> None:
    members = gallery(("ann", faces[0]), ("bo", faces[1]))
    assert members.best(unit((faces[0].values + faces[1].values).astype(np.float64))) is Nobody.UNSURE


@pytest.mark.parametrize(("apart", "named"), [(MARGIN + 0.01, True), (MARGIN - 0.01, False)])
def test_a_member_is_named_only_well_ahead_of_every_other(faces: list[FaceVector], apart: float, named: bool) -> None:
    first, second = 0.7, 0.7 - apart
    rest = np.sqrt(1 - first**2 - second**2)
    seen = unit((first * faces[0].values + second * faces[1].values + rest * faces[2].values).astype(np.float64))
    best = gallery(("ann", faces[0]), ("bo", faces[1])).best(seen)
    assert isinstance(best, Match) == named
    assert named or best is Nobody.UNSURE


def test_a_member_is_no_rival_of_itself(faces: list[FaceVector]) -> None:
    near = between(faces[0], faces[2], 0.99)
    match = gallery(("ann", faces[0]), ("bo", faces[1]), ("ann", near)).best(near)
    assert isinstance(match, Match)
    assert (match.member, match.template) == ("ann", "t2")


def test_without_members_everybody_is_nobody(faces: list[FaceVector]) -> None:
    assert Gallery().best(faces[0]) is Nobody.STRANGER


def test_a_face_may_be_known_as_somebody_else(faces: list[FaceVector]) -> None:
    members = gallery(("ann", faces[0]), ("bo", faces[1]))
    near = between(faces[0], faces[2], 0.8)
    assert not members.is_of_another(near, "ann")
    assert members.is_of_another(near, "bo")
    assert not members.is_of_another(between(faces[0], faces[2], SAME_TEMPLATE - 0.01), "bo")


def test_twenty_thousand_members_are_learnt_and_the_right_one_is_found(chance: np.random.Generator) -> None:
    all_faces = chance.normal(size=(MANY, LENGTH))
    members = gallery(*((str(number), unit(each)) for number, each in enumerate(all_faces)))
    assert len(members) == MANY
    seen = unit(all_faces[12_345] + 0.5 * chance.normal(size=LENGTH))
    match = members.best(seen)  # how long it takes is promised in bench_faces
    assert isinstance(match, Match)
    assert match.member == "12345"
    assert members.best(unit(chance.normal(size=LENGTH))) is Nobody.STRANGER


def test_who_is_forgotten_is_nobody_and_the_others_are_who_they_were(faces: list[FaceVector]) -> None:
    members = gallery(("ann", faces[0]), ("bo", faces[1]), ("cy", faces[2]))
    members.forget("t0")
    members.forget("t0")
    assert ("t0" in members, "t1" in members, len(members)) == (False, True, 2)
    assert members.best(faces[0]) is Nobody.STRANGER
    named = [members.best(face) for face in faces[1:]]
    assert [each.member for each in named if isinstance(each, Match)] == ["bo", "cy"]
    members.forget("t1")
    members.forget("t2")
    assert not members._faces.any(), "nothing of them is left"


def test_a_template_of_the_same_name_takes_the_place_of_the_former(faces: list[FaceVector]) -> None:
    members = gallery(("ann", faces[0]))
    members.learn("t0", "bo", faces[1])
    assert len(members) == 1
    assert members.best(faces[0]) is Nobody.STRANGER
    match = members.best(faces[1])
    assert isinstance(match, Match)
    assert match.member == "bo"


def test_nothing_is_left_where_the_gallery_stood_before_it_grew(chance: np.random.Generator) -> None:
    members = Gallery()
    former = members._faces
    for number in range(ROOM + 1):
        members.learn(f"t{number}", "ann", unit(chance.normal(size=LENGTH)))
    assert members._faces is not former
    assert not former.any()


def test_no_vector_and_no_member_is_in_what_a_log_would_show(faces: list[FaceVector]) -> None:
    members = gallery(("ann", faces[0]))
    assert "ann" not in f"{members!r}{members.best(faces[0])!r}"


def test_a_face_that_is_wiped_is_nothing(faces: list[FaceVector]) -> None:
    faces[0].wipe()
    assert not faces[0].values.any()


ANN, BO = Match(member="ann", template="a", score=0.8), Match(member="bo", template="b", score=0.7)
NEARER = Match(member="ann", template="c", score=0.9)
NONE, BOTH = Nobody.STRANGER, Nobody.UNSURE


@pytest.mark.parametrize(
    ("said", "match", "over"),
    [
        ([ANN] * (VOTES - 1), None, False),
        ([ANN] * VOTES, ANN, True),
        ([ANN, NEARER, ANN], NEARER, True),
        ([ANN, NONE, ANN, BOTH, ANN], ANN, True),
        ([ANN, NONE, NONE, ANN, NONE], None, True),
        ([ANN, BO, ANN, ANN, ANN], None, True),
        ([NONE] * VOTERS, None, True),
        ([NONE] * VOTERS + [ANN] * VOTES, None, True),
        ([], None, False),
    ],
    ids=[
        "too-few",
        "enough",
        "the-nearest",
        "enough-of-five",
        "not-enough-of-five",
        "two-people",
        "nobody",
        "too-late",
        "no-word",
    ],
)
def test_several_pictures_of_a_look_have_to_agree(said: list[Match | Nobody], match: Match | None, over: bool) -> None:
    look = Look()
    for each in said:
        look.take(each)
    assert (look.match, look.over) == (match, over)


@pytest.mark.parametrize(
    ("said", "why"),
    [([NONE] * VOTERS, NONE), ([NONE, BOTH, NONE], BOTH), ([NONE, ANN], BOTH), ([ANN, BO], BOTH), ([], NONE)],
    ids=["nobody", "two-alike", "once-named", "two-people", "no-word"],
)
def test_a_look_says_why_it_names_nobody(said: list[Match | Nobody], why: Nobody) -> None:
    look = Look()
    for each in said:
        look.take(each)
    assert look.nobody is why


def test_a_look_knows_which_templates_it_has_named() -> None:
    look = Look()
    look.take(ANN)
    assert look.names({"a", "x"})
    assert not look.names({"b"})
