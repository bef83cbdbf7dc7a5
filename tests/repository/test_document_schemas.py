"""Every kind of document has its schema, kept up to date, and an example in Chinese and English that a box would adopt."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest
from pydantic import BaseModel

from edge.cli.document_file import read_file
from sync.adopters import Adopter, DocumentRefused
from tests.repository.document_schemas import EXAMPLES, SCHEMAS, NoShape, kinds, schema, text

KINDS = kinds()
HAN = re.compile(r"[\u4e00-\u9fff]")
LATIN = re.compile(r"[A-Za-z]{3}")


class Row(msgspec.Struct):
    """An element."""

    name: str


class Unread(msgspec.Struct):
    """A body whose list is decoded later."""

    rows: tuple[msgspec.Raw, ...]


def test_the_kinds_of_the_shop_are_adopted() -> None:
    promised = {"catalogue", "prices", "members", "coupons", "promotions", "planogram"}
    promised |= {"settings", "scenes", "calendar", "staff", "messages", "pickups", "experiments"}
    assert promised <= KINDS.keys()


def test_nothing_is_left_of_a_kind_that_is_gone() -> None:
    assert {path.stem for path in SCHEMAS.glob("*.json")} == KINDS.keys()
    assert {path.stem for path in EXAMPLES.glob("*.json")} == KINDS.keys()


@pytest.mark.parametrize("kind", KINDS)
def test_a_schema_is_that_of_the_structs(kind: str) -> None:
    assert (SCHEMAS / f"{kind}.json").read_text() == text(KINDS[kind]), "run: python -m tests.repository.document_schemas"


@pytest.mark.parametrize("kind", KINDS)
def test_a_schema_says_what_each_struct_is(kind: str) -> None:
    said = schema(KINDS[kind])
    for name, struct in {"the body": said, **said["$defs"]}.items():
        assert "enum" in struct or struct.get("description"), f"{name} of {kind} has no docstring"


@pytest.mark.parametrize("kind", KINDS)
def test_an_example_is_adopted_and_speaks_both_languages(kind: str) -> None:
    content = (EXAMPLES / f"{kind}.json").read_bytes()
    KINDS[kind].parse(content)
    words = list(_words(json.loads(content)))
    assert not _has_names(kind) or any(HAN.search(word) for word in words), "something is in Chinese"
    assert any(LATIN.search(word) for word in words)


@pytest.mark.parametrize("kind", KINDS)
def test_an_example_keeps_its_schema(kind: str) -> None:
    adopter, content = KINDS[kind], (EXAMPLES / f"{kind}.json").read_bytes()
    shape = adopter.shape
    assert shape is not None
    if issubclass(shape, BaseModel):
        assert shape.model_validate_json(content)
        return
    body = msgspec.json.decode(content, type=shape)
    known = {field.encode_name for field in msgspec.structs.fields(shape)}
    assert json.loads(content).keys() <= known | {"note"}, "a field that no box reads is no example"
    if adopter.row is not None:
        lists = [value for field in msgspec.structs.fields(shape) if isinstance(value := getattr(body, field.name), tuple)]
        rows = [msgspec.json.decode(each, type=adopter.row) for each in lists[0]]
        assert rows


@pytest.mark.parametrize("path", sorted(EXAMPLES.glob("*.ndjson")), ids=lambda path: path.name)
def test_an_example_of_a_large_document_is_read(path: Path) -> None:
    document = read_file(path.read_bytes(), path.stem, "", KINDS)
    adopter = KINDS[document.kind]
    assert list(adopter.stage(adopter.parse(document.body), 1))


def test_an_adopter_without_a_struct_is_told() -> None:
    def refuse(_body: bytes) -> None:
        raise DocumentRefused("never")

    with pytest.raises(NoShape, match=r"the adopter of x names no struct: give it shape=Body"):
        schema(Adopter(kind="x", parse=refuse, adopt=lambda *_: ()))
    with pytest.raises(NoShape, match="the adopter of x names no struct for the elements of its list: give it row="):
        schema(Adopter(kind="x", parse=refuse, adopt=lambda *_: (), shape=Unread))
    assert schema(Adopter(kind="x", parse=refuse, adopt=lambda *_: (), shape=Unread, row=Row))["properties"]["rows"] == {
        "type": "array",
        "items": {"$ref": "#/$defs/Row"},
    }


def _has_names(kind: str) -> bool:
    """Whether people read something of it: most documents name things, some are numbers only."""
    return "zh" in text(KINDS[kind])


def _words(node: Any) -> Iterator[str]:
    if isinstance(node, str):
        yield node
    elif isinstance(node, dict):
        yield from node.keys()
        for value in node.values():
            yield from _words(value)
    elif isinstance(node, list):
        for value in node:
            yield from _words(value)
