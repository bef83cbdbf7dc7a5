"""Key and models as the process opens them: each that is missing is told, looked for again, and nothing else waits for it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from edge.faces.sight import AGAIN_NS, Sight
from models.face_binding import VECTORS, face_binding
from models.faces import DETECTOR
from models.landmarks import FACE_MODEL
from models.manifest import ModelUnusable, models_of, shipped_models


@pytest.fixture
def sight(key_file: Path, tmp_path: Path) -> Iterator[Sight]:
    """One that has a key and no model."""
    with closing(Sight(tmp_path, key_file, 1)) as made:
        yield made


def test_what_is_missing_is_told_and_looked_for_again_in_a_minute(sight: Sight) -> None:
    assert sight.is_wanting(1)
    sight.open(1)
    assert sight.problem.endswith(f"is not there; fetch it: storebox models fetch {VECTORS}")
    assert sight.no_enrolment.endswith(f"is not there; fetch it: storebox models fetch {FACE_MODEL}")
    assert sight.vault is not None, "members are learnt meanwhile"
    assert not sight.is_wanting(AGAIN_NS)
    assert sight.is_wanting(1 + AGAIN_NS)


def test_a_key_that_comes_later_is_taken(key_file: Path, tmp_path: Path) -> None:
    kept = key_file.rename(tmp_path / "elsewhere")
    with closing(Sight(tmp_path, key_file, 1)) as sight:
        sight.open(1)
        assert (sight.vault, sight.reader) == (None, None)
        assert sight.problem.startswith(f"the face key {key_file} is not there")
        kept.rename(key_file)
        sight.open(1 + AGAIN_NS)
        assert sight.vault is not None
        assert VECTORS in sight.problem


def test_a_list_of_models_that_is_damaged_is_told(sight: Sight, tmp_path: Path) -> None:
    (tmp_path / "manifest.json").write_text("{")
    sight.open(1)
    assert f"{tmp_path}/manifest.json is damaged" in sight.problem
    assert sight.vault is None, "without it nobody knows which templates are of this model"


def test_faces_are_read_though_nobody_can_be_enrolled(key_file: Path, models: Path) -> None:
    landmarks = models / shipped_models()[FACE_MODEL].files[0].name
    aside = landmarks.rename(models / "aside")
    with closing(Sight(models, key_file, 1)) as sight:
        sight.open(1)
        assert sight.problem == ""
        assert sight.reader is not None
        assert FACE_MODEL in sight.no_enrolment
        with pytest.raises(ModelUnusable):
            sight.finder()
        assert sight.is_wanting(1 + AGAIN_NS)
        aside.rename(landmarks)
        sight.open(1 + AGAIN_NS)
        assert sight.no_enrolment == ""
        assert not sight.is_wanting(2 * (1 + AGAIN_NS))
        with pytest.raises(ModelUnusable, match="leave_network"):
            sight.finder()
        assert "leave_network" in sight.no_enrolment, "a process that could reach the network enrols nobody"


def test_a_template_is_bound_to_the_model_that_made_it(tmp_path: Path) -> None:
    assert face_binding(models_of(tmp_path)) == f"{VECTORS}@{shipped_models()[VECTORS].files[0].sha256[:16]}"
    assert DETECTOR not in face_binding(models_of(tmp_path))
