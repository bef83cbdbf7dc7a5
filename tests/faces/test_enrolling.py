"""Somebody is learnt who does as is asked, and nobody else: landmarks and faces are made up, challenge, key and seal are real."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace

import numpy as np
import pytest
from numpy.typing import NDArray

from edge.faces.camera import Taken
from edge.faces.enrolling import Enrolling
from edge.faces.vault import Vault
from edge.faces.words import Enrol, Enrolled, Said, Stepped, Unenrolled
from models.face_gallery import Gallery
from models.face_match import SAME_TEMPLATE, THRESHOLD
from models.face_quality import Gated
from models.face_vectors import LENGTH, FaceVector
from models.landmarks import Found
from models.liveness import REST_PICTURES, Move
from tests.faces.made_up import face
from tests.models.acted_head import FRAME_NS, LEFT, OF, ORDER, REST, head

CY, OTHER, WHERE_LIGHT_FALLS = 7, 8, 9
SECOND_NS = 1_000_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Shot:
    """What one picture shows: points for the landmarks' model, a face or a reason for the reader."""

    found: Found
    read: FaceVector | Gated = Gated.NO_FACE


def shot(points: NDArray[np.float32], *, who: int = CY, light: float = 0.1, faces: int = 1) -> Shot:
    """Somebody's head; the light changes the face a little."""
    values = face(who).values + light * face(WHERE_LIGHT_FALLS).values
    of_length_1 = (values / np.linalg.norm(values)).astype(np.float32)
    return Shot(found=Found(faces=faces, points=points), read=FaceVector(values=of_length_1))


NOBODY = Shot(found=Found(faces=0, points=None))


@dataclass
class Studio:
    """Implements ``FaceFinder`` and ``Reads`` for shots that are shown one after another."""

    enrolling: Enrolling = field(init=False)
    name: str = "made-up"
    closed: int = 0
    now: Shot = NOBODY
    shown: int = 0
    said: list[Said] = field(default_factory=list)
    given: list[FaceVector] = field(default_factory=list)

    def find(self, picture: NDArray[np.uint8], at_ns: int) -> Found:
        return self.now.found

    def read(self, picture: NDArray[np.uint8], eyes: NDArray[np.float32] | None = None) -> FaceVector | Gated:
        assert eyes is not None, "the face that was followed is read, not any"
        if isinstance(self.now.read, Gated):
            return self.now.read
        self.given.append(FaceVector(values=self.now.read.values.copy()))
        return self.given[-1]

    def close(self) -> None:
        self.closed += 1

    def show(self, shots: Iterable[Shot]) -> None:
        for self.now in shots:
            if self.enrolling.over:
                return
            self.shown += 1
            taken = Taken(pixels=np.zeros((2, 2, 3), np.uint8), at_ns=self.shown * FRAME_NS)
            self.said += self.enrolling.see(taken, self)

    @property
    def steps(self) -> list[str]:
        return [each.step for each in self.said if isinstance(each, Stepped)]

    @property
    def outcome(self) -> Said:
        assert self.enrolling.over
        return self.said[-1]


@pytest.fixture
def gallery() -> Gallery:
    return Gallery()


@pytest.fixture
def studio(vault: Vault, gallery: Gallery) -> Studio:
    made = Studio()
    asked = Enrol(request="e-1", camera="cam-1", member="m-cy", template="t-cy", within_ms=60_000)
    made.enrolling = Enrolling(asked, gallery, vault=vault, finder=made, moves=ORDER, now_ns=0)
    return made


def played(moves: Iterable[Move] = ORDER, *, who: int = CY) -> list[Shot]:
    """All that is asked, from the first rest to the last."""
    return [shot(points, who=who) for points in (*REST, *(each for move in moves for each in OF[move]))]


def why(studio: Studio) -> str:
    """Why nobody was enrolled; and that nothing is left of whoever stood there."""
    said = studio.outcome
    assert isinstance(said, Unenrolled)
    assert not any(each.values.any() for each in studio.given)
    assert studio.closed == 1
    return said.why


def test_who_does_as_is_asked_is_enrolled(studio: Studio, vault: Vault) -> None:
    studio.show(played())
    said = studio.outcome
    assert isinstance(said, Enrolled)
    assert (said.request, said.model) == ("e-1", vault.model)
    learnt = vault.opened(said.template)
    assert learnt.like(shot(head()).read) == pytest.approx(1)  # type: ignore[arg-type]
    assert studio.steps[0] == "look-here"
    assert [each for each in studio.steps if each != "look-here"] == [*map(str, ORDER), "done"]
    assert len(studio.given) == REST_PICTURES + len(ORDER), "the face is read before, between and after the moves"
    assert not any(each.values.any() for each in studio.given)
    assert studio.closed == 1


def test_the_template_is_the_mean_of_what_was_seen(studio: Studio, vault: Vault) -> None:
    shots = played()
    shots[0], shots[1] = shot(head(), light=0.5), shot(head(), light=-0.1)
    studio.show(shots)
    assert isinstance(studio.outcome, Enrolled)
    learnt = vault.opened(studio.outcome.template)
    assert float(learnt.values[CY]) == pytest.approx(1, abs=0.01)
    assert 0.105 < float(learnt.values[WHERE_LIGHT_FALLS]) < 0.2


@pytest.mark.parametrize("at", [1, 2, len(REST) + len(LEFT) - 2, len(REST) + 4 * len(LEFT) - 2])
def test_another_face_in_between_is_no_enrolment(studio: Studio, at: int) -> None:
    shots = played()
    shots[at] = replace(shots[at], read=shot(head(), who=OTHER).read)
    studio.show(shots)
    assert why(studio) == "changed"


def test_a_face_that_is_just_not_alike_is_another(studio: Studio) -> None:
    across = float(np.sqrt(1 / THRESHOLD**2 - 1))
    studio.show([shot(head(), light=0.0), shot(head(), light=across + 0.01)])
    assert why(studio) == "changed"


def test_who_is_known_as_another_member_is_not_enrolled_again(studio: Studio, gallery: Gallery) -> None:
    gallery.learn("t-1", "m-ann", face(CY))
    studio.show(played())
    assert why(studio) == "another-member"


def test_who_is_only_a_little_like_another_member_is_enrolled(studio: Studio, gallery: Gallery) -> None:
    near = (SAME_TEMPLATE - 0.01) * face(CY).values + np.sqrt(1 - (SAME_TEMPLATE - 0.01) ** 2) * face(OTHER).values
    gallery.learn("t-1", "m-ann", FaceVector(values=near.astype(np.float32)))
    studio.show(played())
    assert isinstance(studio.outcome, Enrolled)


def test_a_member_may_be_enrolled_anew(studio: Studio, gallery: Gallery) -> None:
    gallery.learn("t-1", "m-cy", face(CY))
    gallery.learn("t-2", "m-ann", face(OTHER))
    studio.show(played())
    assert isinstance(studio.outcome, Enrolled)


def test_who_turns_otherwise_is_refused(studio: Studio) -> None:
    studio.show(played((Move.TURN_RIGHT,)))
    assert why(studio) == "other-turn"


def test_who_does_nothing_is_too_slow(studio: Studio) -> None:
    studio.show([shot(head())] * 100)
    assert why(studio) == "too-slow"


def test_who_goes_away_once_it_has_begun_is_lost(studio: Studio) -> None:
    studio.show([*[shot(each) for each in REST], NOBODY])
    assert why(studio) == "face-lost"


def test_whoever_steps_beside_ends_it(studio: Studio) -> None:
    studio.show([*[shot(each) for each in REST], shot(head(), faces=2)])
    assert why(studio) == "several-faces"


def test_before_it_has_begun_everybody_has_time(studio: Studio) -> None:
    small = Shot(found=Found(faces=1, points=head()), read=Gated.TOO_SMALL)
    studio.show([NOBODY] * 100)
    studio.show([small] * 100)
    studio.show([shot(head(), who=OTHER), shot(head(), faces=2)])
    studio.show([*[shot(head(20))] * 100, *played()])
    assert isinstance(studio.outcome, Enrolled)
    assert studio.steps[:5] == ["no-face", "too-small", "look-here", "several-faces", "look-here"]


def test_who_comes_before_it_has_begun_is_not_mixed_with_who_left(studio: Studio, vault: Vault) -> None:
    studio.show([shot(head(), who=OTHER), NOBODY, *played()])
    assert isinstance(studio.outcome, Enrolled)
    assert vault.opened(studio.outcome.template).like(face(OTHER)) == pytest.approx(0, abs=1e-5)


def test_between_two_moves_the_face_has_to_be_read(studio: Studio) -> None:
    back = len(REST) + len(LEFT) - 2
    shots = played()
    covered = [Shot(found=each.found, read=Gated.COVERED) for each in shots[back : back + 2]]
    studio.show([*shots[:back], *covered, *covered, *shots[back:]])
    assert isinstance(studio.outcome, Enrolled)
    assert studio.steps[2:5] == ["look-here", "covered", str(ORDER[1])]


def test_it_ends_in_time_and_nothing_is_left(studio: Studio) -> None:
    studio.show([shot(each) for each in REST])
    assert not studio.enrolling.late(59 * SECOND_NS)
    assert studio.enrolling.late(60 * SECOND_NS)
    studio.said.append(studio.enrolling.end("timeout"))
    assert why(studio) == "timeout"


def test_a_picture_from_before_somebody_asked_is_not_wanted(studio: Studio) -> None:
    assert studio.enrolling.due_ns() == 0
    studio.show([NOBODY])
    assert studio.enrolling.due_ns() == FRAME_NS + 1


def test_who_is_forgotten_meanwhile_is_no_matter_of_it(studio: Studio) -> None:
    studio.enrolling.forget({"t-1"})
    studio.show(played())
    assert isinstance(studio.outcome, Enrolled)


def test_no_face_is_in_what_a_log_would_show() -> None:
    assert str(LENGTH) not in repr(shot(head()).read)
    assert "pixels" not in repr(Taken(pixels=np.zeros((2, 2, 3), np.uint8), at_ns=1))
