"""Writes ``config/schemas``: ``python -m tests.repository.document_schemas``, when the form of a document changed.

A schema is made of the structs that the box itself reads the document with, so that the two cannot differ.
"""

from __future__ import annotations

import inspect
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import msgspec
from pydantic import BaseModel

from config.schema import Settings
from edge.shop.registry import adopters
from edge.shop.shop import Shop
from sync.adopters import Adopter

CONFIG = Path(__file__).parents[2] / "config"
SCHEMAS, EXAMPLES = CONFIG / "schemas", CONFIG / "examples"
DIALECT = "https://json-schema.org/draft/2020-12/schema"


class NoShape(Exception):
    """An adopter does not say of which struct its documents are; the text says where to."""


def kinds() -> Mapping[str, Adopter]:
    """Every kind of document that a box adopts."""
    return {adopter.kind: adopter for adopter in adopters(Shop.from_settings(Settings(), b"\0" * 32))}


def schema(adopter: Adopter) -> dict[str, Any]:
    """The JSON Schema of the body of a document. Raises NoShape."""
    if adopter.shape is None:
        raise NoShape(f"the adopter of {adopter.kind} names no struct: give it shape=Body")
    if issubclass(adopter.shape, BaseModel):
        return _titled(adopter, adopter.shape.model_json_schema())
    rows = () if adopter.row is None else (adopter.row,)
    tops, components = msgspec.json.schema_components((adopter.shape, *rows), ref_template="#/$defs/{name}")
    body = components.pop(adopter.shape.__name__)
    for member in body["properties"].values():
        if member.get("type") == "array" and member.get("items", {}) == {}:
            if adopter.row is None:
                raise NoShape(f"the adopter of {adopter.kind} names no struct for the elements of its list: give it row=…")
            member["items"] = tops[1]
    return _titled(adopter, body | {"$defs": components})


def _titled(adopter: Adopter, body: dict[str, Any]) -> dict[str, Any]:
    top = {"$schema": DIALECT, "title": f"storebox document of kind {adopter.kind}"}
    rest: dict[str, Any] = _portable(body | {"title": top["title"]})
    return top | rest


def _portable(node: Any, key: str = "") -> Any:
    r"""Python ends a text by ``\Z``, the ECMA expressions of JSON Schema by ``$``; before 3.13 a docstring is indented."""
    match node:
        case dict():
            return {key: _portable(value, key) for key, value in node.items()}
        case list():
            return [_portable(each) for each in node]
        case str() if key == "pattern":
            return node.replace("\\Z", "$")
        case str() if key == "description":
            return inspect.cleandoc(node)
        case _:
            return node


def text(adopter: Adopter) -> str:
    """The schema as the file has it."""
    return json.dumps(schema(adopter), ensure_ascii=False, indent=2) + "\n"


def main() -> None:
    """Write all of them anew."""
    SCHEMAS.mkdir(exist_ok=True)
    for kind, adopter in kinds().items():
        (SCHEMAS / f"{kind}.json").write_text(text(adopter), "utf-8")


if __name__ == "__main__":
    main()
