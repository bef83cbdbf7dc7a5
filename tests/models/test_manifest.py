"""The list of models is sound, and a store's own list counts before it."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest

from models.manifest import Model, ModelUnusable, models_of, shipped_models
from models.people import DETECTORS
from models.poses import POSE_MODEL
from models.proof import condition, read_model
from tests.models.conftest import NAME, TINY, file_of, model_of

AGAIN = "fetch it again: storebox models fetch tiny"
CONVERTED = "mobilefacenet_192_b1_from_npm_tflite.onnx"
"""Made by hand from a file that npm has, and published nowhere: a mirror or a stick brings it."""


def test_every_model_that_is_run_is_in_the_list() -> None:
    assert {*DETECTORS, POSE_MODEL} <= set(shipped_models())


def test_no_two_files_have_one_name_and_each_can_be_had_somewhere() -> None:
    files = [file for model in shipped_models().values() for file in model.files]
    assert len({file.name for file in files}) == len({file.sha256 for file in files}) == len(files)
    assert {file.name for file in files if not file.sources} == {CONVERTED}


def test_whatever_needs_no_more_than_a_package_index_is_told_apart() -> None:
    """People are counted, and hands seen, on a machine that reaches nothing else."""
    models = shipped_models()
    for name in ("ssd-mobilenet-v2", POSE_MODEL):
        assert all(any(source.__class__.__name__ == "PythonPackage" for source in file.sources) for file in models[name].files)


def test_without_a_list_of_its_own_a_store_has_the_shipped_models(tmp_path: Path) -> None:
    assert models_of(tmp_path) == shipped_models()


def test_a_store_may_have_another_file_for_a_model(tmp_path: Path) -> None:
    own = model_of(file_of(TINY))
    (tmp_path / "manifest.json").write_bytes(msgspec.json.encode({"yolox-nano": own}))
    models = models_of(tmp_path)
    assert models["yolox-nano"] == own
    assert models["ssd-mobilenet-v2"] == shipped_models()["ssd-mobilenet-v2"]


def test_a_damaged_list_is_told_of(tmp_path: Path) -> None:
    path = tmp_path / "manifest.json"
    path.write_bytes(b'{"yolox-nano": {"task": "people"')
    with pytest.raises(ModelUnusable) as told:
        models_of(tmp_path)
    assert str(told.value) == f"{path} is damaged: Input data was truncated; remove it, or adopt the models document again"


def test_a_list_that_cannot_be_read_is_told_of(tmp_path: Path) -> None:
    path = tmp_path / "manifest.json"
    path.mkdir()
    with pytest.raises(ModelUnusable) as told:
        models_of(tmp_path)
    assert str(told.value) == f"{path} cannot be read: Is a directory; mend its rights or the disk"


@pytest.fixture
def model() -> Model:
    return model_of(file_of(TINY), file_of(TINY[:10], name="words.txt"))


def test_a_model_is_read_when_every_file_is_right(tmp_path: Path, model: Model) -> None:
    (tmp_path / NAME).write_bytes(TINY)
    (tmp_path / "words.txt").write_bytes(TINY[:10])
    assert read_model("tiny", model, tmp_path) == {NAME: TINY, "words.txt": TINY[:10]}
    assert condition("tiny", model, tmp_path).state == "intact"


@pytest.mark.parametrize(
    ("content", "state", "says"),
    [
        (None, "missing", "is not there; fetch it: storebox models fetch tiny"),
        (TINY[:5000], "damaged", f"is damaged: 5000 bytes instead of 10240; {AGAIN}"),
        (
            b"\x01" + TINY[1:],
            "damaged",
            f"is damaged: its SHA-256 is 9bfb346c54ee7aca… instead of e96760a87768717b…; {AGAIN}",
        ),
    ],
)
def test_one_wrong_file_makes_a_model_unusable(
    tmp_path: Path, model: Model, content: bytes | None, state: str, says: str
) -> None:
    (tmp_path / "words.txt").write_bytes(TINY[:10])
    if content is not None:
        (tmp_path / NAME).write_bytes(content)
    with pytest.raises(ModelUnusable) as told:
        read_model("tiny", model, tmp_path)
    assert str(told.value) == f"{tmp_path / NAME} {says}"
    found = condition("tiny", model, tmp_path)
    assert (found.state, found.problem) == (state, str(told.value))


def test_a_file_that_cannot_be_read_says_why(tmp_path: Path, model: Model) -> None:
    (tmp_path / NAME).mkdir()
    with pytest.raises(ModelUnusable) as told:
        read_model("tiny", model, tmp_path)
    assert str(told.value) == f"{tmp_path / NAME} cannot be read: Is a directory; mend its rights or the disk"


def test_a_damaged_file_tells_more_than_a_missing_one(tmp_path: Path, model: Model) -> None:
    (tmp_path / "words.txt").write_bytes(b"")
    assert condition("tiny", model, tmp_path).state == "damaged"
