"""Which models a store is to use: a document that could not work is refused with every mistake, and the last one counts."""

from __future__ import annotations

import json
import sqlite3
from pathlib import Path
from typing import Any

import msgspec
import pytest

from edge.shop.models.document import adopt_models, models_adopter, parse_models, wanted_models
from models.manifest import Model, models_by
from sync.adopters import DocumentRefused

EXAMPLE = Path(__file__).parents[3] / "config/examples/models.json"
DIGEST = "ab" * 32
FILE = "`$.models.yolox-nano.files[0]`"
SHIPPED_TEXT = "ssd_mobilenet_v2_coco_2018_03_29.pbtxt"


def model(name: str = "people.onnx", task: str = "people", **more: Any) -> dict[str, Any]:
    source = {"from": "upstream", "url": "https://models.example.com/people.onnx"}
    file = {"name": name, "bytes": 10, "sha256": DIGEST, "sources": [source]}
    return {"task": task, "licence": "none", "files": [file | more]}


def body(mirror: str | None = None, **models: Any) -> bytes:
    said = {"models": {name.replace("_", "-"): each for name, each in models.items()}, "mirror": mirror}
    return json.dumps(said).encode()


def test_before_the_first_document_the_shipped_models_are_used(db: sqlite3.Connection) -> None:
    assert wanted_models(db) is None


def test_the_last_document_counts_as_a_whole(db: sqlite3.Connection, tmp_path: Path) -> None:
    adopt_models(parse_models(EXAMPLE.read_bytes()), 1, db)
    adopt_models(parse_models(body("https://models.example.com", yolox_nano=model())), 2, db)
    wanted = wanted_models(db)
    assert wanted is not None
    assert (wanted.version, wanted.mirror, wanted.needed) == (2, "https://models.example.com", ())
    (tmp_path / "list.json").write_bytes(wanted.manifest)
    models = models_by(tmp_path / "list.json")
    assert models["yolox-nano"] == msgspec.convert(model(), Model)
    assert models["ssd-mobilenet-v2"].fetch == "fallback"


def test_the_example_is_what_is_shipped_under_a_name_of_its_own(db: sqlite3.Connection) -> None:
    adopt_models(models_adopter().parse(EXAMPLE.read_bytes()), 1, db)
    wanted = wanted_models(db)
    assert wanted is not None
    assert (wanted.mirror, wanted.needed) == ("https://models.example.com/storebox", ("yolox-nano",))


def test_a_model_that_this_version_does_not_know_is_left_alone() -> None:
    assert list(parse_models(body(gaze_2030=model(task="poses"))).models) == ["gaze-2030"]


@pytest.mark.parametrize(
    ("said", "mistakes"),
    [
        (body(yolox_nano=model(task="poses")), ["yolox-nano does the task people, not poses at `$.models.yolox-nano.task`"]),
        (
            body(yolox_nano=model(sources=[])),
            ["people.onnx comes from nowhere: name a source, or a mirror of all at `$.models.yolox-nano.files[0]`"],
        ),
        (
            body(yolox_nano=model("manifest.json")),
            ["manifest.json is the list of the box's own models; give the file another name at `$.models.yolox-nano.files[0]`"],
        ),
        (
            body(yolox_nano=model(), ssd_mobilenet_v2=model(sha256="cd" * 32)),
            ["people.onnx is another file of yolox-nano; give it a name of its own at `$.models.ssd-mobilenet-v2.files[0]`"],
        ),
        (
            body(yolox_nano=model(SHIPPED_TEXT, sources=[])),
            [
                f"{SHIPPED_TEXT} is another file of the shipped ssd-mobilenet-v2; give it a name of its own at {FILE}",
                f"{SHIPPED_TEXT} comes from nowhere: name a source, or a mirror of all at {FILE}",
            ],
        ),
    ],
)
def test_every_mistake_is_told_with_its_place(said: bytes, mistakes: list[str]) -> None:
    with pytest.raises(DocumentRefused) as told:
        parse_models(said)
    assert str(told.value).split("; ") == [part for mistake in mistakes for part in mistake.split("; ")]


@pytest.mark.parametrize(
    ("more", "place"),
    [
        ({"name": "../../etc/passwd"}, "files[0].name"),
        ({"name": ".hidden"}, "files[0].name"),
        ({"sha256": "AB" * 32}, "files[0].sha256"),
        ({"bytes": 0}, "files[0].bytes"),
        ({"sources": [{"from": "upstream", "url": "file:///etc/passwd"}]}, "files[0].sources[0].url"),
        ({"sources": [{"from": "pypi", "package": "--index-url=http://evil==1", "member": "m"}]}, "files[0].sources[0].package"),
        ({"sources": [{"from": "npm", "package": "../x@1.0.0", "member": "m"}]}, "files[0].sources[0].package"),
    ],
)
def test_what_could_be_an_attack_has_no_place_in_a_document(more: dict[str, Any], place: str) -> None:
    with pytest.raises(DocumentRefused) as told:
        parse_models(body(yolox_nano=model(**more)))
    assert str(told.value).startswith("the models cannot be read: ")
    assert place in str(told.value)
