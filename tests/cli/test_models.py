"""``storebox models``: a technician sees what a box has, brings what is missing, and is told what is wrong."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import pytest

from edge.cli.models import folder_to_run_from
from models.bench import Cost
from models.manifest import Model, ModelFile

Storebox = Callable[..., Any]
NEEDED = ("yolox-nano", "ssd-mobilenet-v2", "pose-landmarker-full")
NO_SETTINGS = ("--settings", "/no/such/settings.toml")


def content(name: str) -> bytes:
    return f"the model {name}".encode()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A box's folder of models: none there yet, each of a few bytes and from nowhere but a mirror."""
    folder = tmp_path / "models"
    folder.mkdir()
    tasks = {
        "yolox-nano": ("people", "always"),
        "ssd-mobilenet-v2": ("people", "fallback"),
        "pose-landmarker-full": ("poses", "always"),
    }
    models = {}
    for name, (task, fetch) in tasks.items():
        digest = hashlib.sha256(content(name)).hexdigest()
        file = ModelFile(name=f"{name}.bin", bytes=len(content(name)), sha256=digest)
        models[name] = Model(task=task, fetch=fetch, licence="none", files=(file,))  # type: ignore[arg-type]
    (folder / "manifest.json").write_bytes(msgspec.json.encode(models))
    return folder


@pytest.fixture
def stick(tmp_path: Path) -> Path:
    """A folder with the files of every model."""
    folder = tmp_path / "stick"
    folder.mkdir()
    for name in NEEDED:
        (folder / f"{name}.bin").write_bytes(content(name))
    return folder


def test_what_a_box_needs_comes_from_a_stick(storebox: Storebox, folder: Path, stick: Path) -> None:
    ended = storebox("models", "fetch", "--from", str(stick), "--models-dir", str(folder))
    assert (ended.code, ended.err) == (0, "")
    assert ended.out.splitlines() == [
        f"yolox-nano.bin from mirror {stick}",
        f"yolox-nano is whole in {folder}",
        f"pose-landmarker-full.bin from mirror {stick}",
        f"pose-landmarker-full is whole in {folder}",
    ]
    again = storebox("models", "fetch", "--from", str(stick), "--models-dir", str(folder))
    assert again.out.splitlines() == [f"yolox-nano is whole in {folder}", f"pose-landmarker-full is whole in {folder}"]


def test_a_mirror_may_stand_in_the_environment(
    storebox: Storebox, folder: Path, stick: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("STOREBOX_MODEL_MIRROR", str(stick))
    ended = storebox("models", "fetch", "ssd-mobilenet-v2", "--models-dir", str(folder), "--json")
    assert ended.code == 0
    row = {"model": "ssd-mobilenet-v2", "brought": {"ssd-mobilenet-v2.bin": f"mirror {stick}"}, "problem": "", "needed": False}
    assert json.loads(ended.out) == {"folder": str(folder), "models": [row]}


def test_the_fallback_is_told_of_and_enough(storebox: Storebox, folder: Path, stick: Path) -> None:
    (stick / "yolox-nano.bin").write_bytes(b"another file")
    ended = storebox("models", "fetch", "--from", str(stick), "--models-dir", str(folder))
    assert ended.code == 0
    assert "ssd-mobilenet-v2 is whole in " in ended.out
    nowhere = f"yolox-nano.bin is nowhere to be had: mirror {stick}: it has 12 bytes instead of 20"
    assert ended.err == f"yolox-nano: {nowhere}\n"


def test_what_could_not_be_fetched_is_named_with_the_way_out(storebox: Storebox, folder: Path, stick: Path) -> None:
    (stick / "pose-landmarker-full.bin").unlink()
    ended = storebox("models", "fetch", "--from", str(stick), "--models-dir", str(folder))
    assert ended.code == 1
    first, second = ended.err.splitlines()
    assert first.startswith("pose-landmarker-full: pose-landmarker-full.bin is nowhere to be had: ")
    assert second == (
        "not fetched: pose-landmarker-full; bring the files on a stick: storebox models fetch --from FOLDER (docs/models.md)"
    )
    as_json = storebox("models", "fetch", "--from", str(stick), "--models-dir", str(folder), "--json")
    assert as_json.code == 1
    assert [row["needed"] for row in json.loads(as_json.out)["models"]] == [False, True]


def test_a_folder_that_cannot_be_written_ends_it(storebox: Storebox, stick: Path) -> None:
    ended = storebox("models", "fetch", "yolox-nano", "--from", str(stick), "--models-dir", "/proc/models")
    assert (ended.code, ended.err) == (
        1,
        "/proc/models cannot be written: No such file or directory; use another account or --models-dir\n",
    )


@pytest.mark.parametrize("command", ["fetch", "verify", "bench"])
def test_a_name_that_no_model_has_is_bad_input(storebox: Storebox, folder: Path, command: str) -> None:
    ended = storebox("models", command, "yolo9000", "--models-dir", str(folder))
    assert ended.code == 2
    assert ended.err.startswith("no model is called yolo9000; there are: yolox-nano, ssd-mobilenet-v2, ")


def test_a_mirror_that_can_be_none_is_bad_input(storebox: Storebox, folder: Path) -> None:
    ended = storebox("models", "fetch", "--from", str(folder / "nothing"), "--models-dir", str(folder))
    assert ended.code == 2
    assert ended.err.startswith(f"{folder / 'nothing'} is no folder: ")


def test_the_list_says_what_is_here(storebox: Storebox, folder: Path, stick: Path) -> None:
    storebox("models", "fetch", "yolox-nano", "--from", str(stick), "--models-dir", str(folder))
    (folder / "pose-landmarker-full.bin").write_bytes(b"half")
    ended = storebox("models", "list", "--models-dir", str(folder))
    assert (ended.code, ended.err) == (0, "")
    title, columns, *rows = ended.out.splitlines()
    assert title == f"models in {folder}:"
    assert columns.split() == ["model", "task", "state", "mb", "fetch", "licence"]
    assert [row.split()[:3] for row in rows[:3]] == [
        ["yolox-nano", "people", "intact"],
        ["ssd-mobilenet-v2", "people", "missing"],
        ["pose-landmarker-full", "poses", "damaged"],
    ]
    listed = json.loads(storebox("models", "list", "--models-dir", str(folder), "--json").out)
    assert listed["models"][0] == {
        "model": "yolox-nano",
        "task": "people",
        "state": "intact",
        "mb": 0.0,
        "fetch": "always",
        "licence": "none",
    }


def test_what_is_here_is_verified(storebox: Storebox, folder: Path, stick: Path) -> None:
    storebox("models", "fetch", "--from", str(stick), "--models-dir", str(folder))
    ended = storebox("models", "verify", "--models-dir", str(folder))
    assert (ended.code, ended.out) == (0, "yolox-nano is intact\npose-landmarker-full is intact\n")


def test_a_damaged_model_fails_and_the_others_are_told(storebox: Storebox, folder: Path, stick: Path) -> None:
    storebox("models", "fetch", "--from", str(stick), "--models-dir", str(folder))
    damaged = folder / "yolox-nano.bin"
    damaged.write_bytes(content("yolox-nanO"))
    ended = storebox("models", "verify", "--models-dir", str(folder))
    assert (ended.code, ended.out) == (1, "pose-landmarker-full is intact\n")
    assert ended.err.startswith(f"{damaged} is damaged: its SHA-256 is ")
    as_json = storebox("models", "verify", "--models-dir", str(folder), "--json")
    assert as_json.code == 1
    states = {row["model"]: row["state"] for row in json.loads(as_json.out)["models"]}
    assert states == {"yolox-nano": "damaged", "pose-landmarker-full": "intact"}


def test_a_model_that_is_named_must_be_here(storebox: Storebox, folder: Path) -> None:
    ended = storebox("models", "verify", "yolox-nano", "--models-dir", str(folder))
    assert (ended.code, ended.err) == (
        1,
        f"{folder}/yolox-nano.bin is not there; fetch it: storebox models fetch yolox-nano\n",
    )


@pytest.mark.parametrize("command", ["verify", "bench"])
def test_where_there_is_none_one_is_told_how_to_get_them(storebox: Storebox, folder: Path, command: str) -> None:
    ended = storebox("models", command, "--models-dir", str(folder))
    assert (ended.code, ended.err) == (1, f"no model is in {folder}; fetch them: storebox models fetch\n")


def test_a_damaged_list_of_the_store_ends_every_command(storebox: Storebox, folder: Path) -> None:
    (folder / "manifest.json").write_bytes(b"{")
    ended = storebox("models", "list", "--models-dir", str(folder))
    assert ended.code == 1
    assert ended.err.startswith(f"{folder}/manifest.json is damaged: ")


def test_the_settings_say_where_the_models_are(storebox: Storebox, tmp_path: Path) -> None:
    settings = tmp_path / "storebox.toml"
    settings.write_text(f'[box]\nname = "box-1"\ndata_dir = "{tmp_path}/data"\n')
    assert storebox("models", "list", "--settings", str(settings)).out.startswith(f"models in {tmp_path}/data/models:\n")
    settings.write_text(settings.read_text() + f'[vision]\nmodels_dir = "{tmp_path}/elsewhere"\n')
    assert storebox("models", "list", "--settings", str(settings)).out.startswith(f"models in {tmp_path}/elsewhere:\n")


def test_settings_that_were_named_must_be_there(storebox: Storebox) -> None:
    assert storebox("models", "list", *NO_SETTINGS).code == 2


def test_the_costs_are_a_table_or_json(storebox: Storebox, folder: Path, stick: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The measuring itself is tests/models/test_bench.py's."""
    storebox("models", "fetch", "--from", str(stick), "--models-dir", str(folder))
    cost = Cost(model="yolox-nano", found=0, ms=(1.0, 2.0, 4.0), load_ms=90.0, memory_bytes=61_000_000)
    monkeypatch.setattr("models.bench.measure", lambda _name, _folder, **_options: cost)
    ended = storebox("models", "bench", "yolox-nano", "--models-dir", str(folder))
    columns, row = ended.out.splitlines()
    assert columns.split() == ["model", "found", "min", "ms", "median", "ms", "max", "ms", "load", "ms", "memory", "mb"]
    assert row.split() == ["yolox-nano", "0", "1.0", "2.0", "4.0", "90", "61"]
    told = json.loads(storebox("models", "bench", "--models-dir", str(folder), "--json").out)
    assert [row["median_ms"] for row in told["models"]] == [2.0, 2.0]


def test_each_model_that_cannot_be_run_is_told_of(storebox: Storebox, folder: Path, stick: Path) -> None:
    storebox("models", "fetch", "--from", str(stick), "--models-dir", str(folder))
    ended = storebox("models", "bench", "--models-dir", str(folder))
    assert (ended.code, ended.out) == (1, "")
    first, second = ended.err.splitlines()
    assert first.startswith("model yolox-nano: onnxruntime cannot load it: ")
    assert second.startswith("model pose-landmarker-full: mediapipe cannot load it: ")


def test_a_command_that_runs_models_takes_them_from_the_mirror_until_a_box_has_its_own(
    tmp_path: Path, stick: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = tmp_path / "storebox.toml"
    settings.write_text(f'[box]\ndata_dir = "{tmp_path}/data"\n')
    own = tmp_path / "data" / "models"
    assert folder_to_run_from(None, settings) == own
    monkeypatch.setenv("STOREBOX_MODEL_MIRROR", str(stick))
    assert folder_to_run_from(None, settings) == stick
    assert folder_to_run_from(tmp_path / "named", settings) == tmp_path / "named"
    own.mkdir(parents=True)
    (own / "yolox-nano.bin").write_bytes(b"fetched")
    assert folder_to_run_from(None, settings) == own
