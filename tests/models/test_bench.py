"""What a model costs is measured by running it, in a process of its own."""

from __future__ import annotations

from pathlib import Path

import pytest

from models.bench import Cost, NotMeasured, measure
from tests.media import folder_with


def test_a_model_is_run_as_often_as_asked() -> None:
    cost = measure("yolox-nano", folder_with("yolox-nano"), threads=1, rounds=3)
    assert (cost.model, cost.found, len(cost.ms)) == ("yolox-nano", 0, 3)
    assert min(cost.ms) > 0
    assert cost.load_ms > 0
    assert 3_660_092 < cost.memory_bytes < 1 << 30


def test_the_figures_are_rounded_for_people() -> None:
    cost = Cost(model="m", found=2, ms=(3.26, 1.04, 2.5), load_ms=99.7, memory_bytes=12_600_000)
    told = {"model": "m", "found": 2, "min_ms": 1.0, "median_ms": 2.5, "max_ms": 3.3, "load_ms": 100, "memory_mb": 13}
    assert cost.as_row() == told


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("yolox-nano", "yolox_nano_416x416.onnx is not there; fetch it: storebox models fetch yolox-nano"),
        ("mobilefacenet", "mobilefacenet: this version only fetches it; measured are: yolox-nano, ssd-mobilenet-v2, "),
    ],
)
def test_what_cannot_be_run_says_why(tmp_path: Path, name: str, says: str) -> None:
    with pytest.raises(NotMeasured) as told:
        measure(name, tmp_path, threads=1, rounds=3)
    assert says in str(told.value)


def test_a_photo_that_is_none_is_told_of(tmp_path: Path) -> None:
    photo = tmp_path / "photo.jpg"
    photo.write_bytes(b"none")
    with pytest.raises(NotMeasured) as told:
        measure("yolox-nano", tmp_path, threads=1, rounds=3, picture=photo)
    assert str(told.value) == f"{photo} is no picture"


def test_one_that_takes_too_long_is_given_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("models.bench.DEADLINE_S", 0.01)
    with pytest.raises(NotMeasured) as told:
        measure("yolox-nano", tmp_path, threads=1, rounds=3)
    assert str(told.value) == "yolox-nano: not done within 0 s"


def test_a_process_that_dies_without_a_word_is_told_of(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("models.bench.sys.executable", "/bin/false")
    with pytest.raises(NotMeasured) as told:
        measure("yolox-nano", tmp_path, threads=1, rounds=3)
    assert str(told.value) == "yolox-nano: its process died"
