"""Which models a store is to use, and where they come from: the document ``models``. What it does not name is as shipped.

    {"mirror": "https://models.example.com/storebox",
     "models": {"yolox-nano": {"task": "people", "licence": "Apache-2.0", "fetch": "always", "low": 0.1, "high": 0.5, "files": [
         {"name": "yolox_nano_2.onnx", "bytes": 3660092, "sha256": "695e…", "sources": []}]}}}

A model of a name that this version does not know is left alone. The files are fetched, proven and tried before the list counts.
Another model of faces reads none of the templates that are there: it needs a day, ``enrol_anew_from`` (edge/shop/models/anew.py).
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Annotated

import msgspec

from edge.shop.bodies import read_body
from models.manifest import OF_THE_STORE, Model, ModelName, Models, shipped_models
from sync.adopters import Adopter, DocumentRefused

KIND = "models"

Address = Annotated[str, msgspec.Meta(pattern=r"^https?://[^\s\x00-\x1f\x7f]{1,500}\Z")]


class Body(msgspec.Struct, frozen=True, kw_only=True):
    """``models`` by their names; a ``mirror``, where there is one, is asked for every file before its own sources are.

    ``enrol_anew_from``: the day from which on a model of faces may be used that reads no template of the one before.
    """

    models: dict[ModelName, Model]
    mirror: Address | None = None
    enrol_anew_from: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class WantedModels:
    """What headquarters wants: the list as it is laid beside the files, JSON. It counts when the ``needed`` ones are there."""

    version: int
    manifest: bytes
    needed: tuple[str, ...]
    mirror: str
    enrol_anew_from: date | None

    @property
    def models(self) -> Models:
        """All that the box knows then."""
        return shipped_models() | msgspec.json.decode(self.manifest, type=Models)


def models_adopter() -> Adopter:
    """Adopts documents of kind ``models``."""
    return Adopter(kind=KIND, parse=parse_models, adopt=adopt_models, shape=Body)


def parse_models(body: bytes) -> Body:
    """Check ``body`` (JSON). Raises DocumentRefused with all that is wrong with the files, each with its place."""
    parsed = read_body(body, Body, "the models")
    mistakes = list(_mistakes(parsed))
    if mistakes:
        raise DocumentRefused("; ".join(mistakes))
    return parsed


def adopt_models(body: Body, version: int, db: sqlite3.Connection) -> tuple[()]:
    """This is wanted from now on; the box fetches what it does not have."""
    text = msgspec.json.encode(body).decode()
    db.execute("INSERT OR REPLACE INTO models_wanted (only, version, body) VALUES (1, ?, ?)", (version, text))
    return ()


def wanted_models(db: sqlite3.Connection) -> WantedModels | None:
    """What the last document says; None before the first."""
    row = db.execute("SELECT version, body FROM models_wanted").fetchone()
    if row is None:
        return None
    body = msgspec.json.decode(row[1], type=Body)
    needed = tuple(name for name, model in body.models.items() if model.fetch == "always")
    return WantedModels(
        version=row[0],
        manifest=msgspec.json.encode(body.models),
        needed=needed,
        mirror=body.mirror or "",
        enrol_anew_from=body.enrol_anew_from,
    )


def _mistakes(body: Body) -> Iterator[str]:
    shipped = shipped_models()
    digests = {
        file.name: (file.sha256, f"the shipped {name}")
        for name, model in shipped.items()
        if name not in body.models
        for file in model.files
    }
    for name, model in body.models.items():
        place = f"$.models.{name}"
        if name in shipped and model.task != shipped[name].task:
            yield f"{name} does the task {shipped[name].task}, not {model.task} at `{place}.task`"
        for number, file in enumerate(model.files):
            at = f"`{place}.files[{number}]`"
            digest, owner = digests.setdefault(file.name, (file.sha256, name))
            if digest != file.sha256:
                yield f"{file.name} is another file of {owner}; give it a name of its own at {at}"
            if file.name == OF_THE_STORE:
                yield f"{OF_THE_STORE} is the list of the box's own models; give the file another name at {at}"
            if not file.sources and body.mirror is None:
                yield f"{file.name} comes from nowhere: name a source, or a mirror of all at {at}"
