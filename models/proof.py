"""A model's files as they were proven by their digests: without it a bit that flipped on the disk would count people.

The bytes that were proven are those that are run; nobody can change the file in between.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from models.manifest import Model, ModelFile, ModelUnusable


class FileMissing(ModelUnusable):
    """The file is not there."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Condition:
    """How the files of one model are; ``problem`` is empty when they are intact."""

    state: Literal["intact", "missing", "damaged"]
    problem: str = ""


def condition(name: str, model: Model, models_dir: Path) -> Condition:
    """How the files of a model are: one that is not there makes it missing, unless another is damaged."""
    missing = ""
    for file in model.files:
        try:
            read_file(name, file, models_dir)
        except FileMissing as error:
            missing = missing or str(error)
        except ModelUnusable as error:
            return Condition(state="damaged", problem=str(error))
    return Condition(state="missing", problem=missing) if missing else Condition(state="intact")


def read_model(name: str, model: Model, models_dir: Path) -> dict[str, bytes]:
    """The content of each file of a model by file name. Raises ModelUnusable."""
    return {file.name: read_file(name, file, models_dir) for file in model.files}


def read_file(name: str, file: ModelFile, models_dir: Path) -> bytes:
    """The proven content of one file of the model ``name``. Raises FileMissing, ModelUnusable."""
    path = models_dir / file.name
    content = _read(name, path)
    if len(content) != file.bytes:
        raise ModelUnusable(f"{path} is damaged: {len(content)} bytes instead of {file.bytes}; {_again(name)}")
    digest = hashlib.sha256(content).hexdigest()
    if digest != file.sha256:
        raise ModelUnusable(f"{path} is damaged: its SHA-256 is {digest[:16]}… instead of {file.sha256[:16]}…; {_again(name)}")
    return content


def _read(name: str, path: Path) -> bytes:
    try:
        return path.read_bytes()
    except FileNotFoundError as error:
        raise FileMissing(f"{path} is not there; fetch it: storebox models fetch {name}") from error
    except OSError as error:
        raise ModelUnusable(f"{path} cannot be read: {error.strerror}; mend its rights or the disk") from error


def _again(name: str) -> str:
    return f"fetch it again: storebox models fetch {name}"
