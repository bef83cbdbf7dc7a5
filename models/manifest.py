"""Which models there are and by which digest their files are known: without it a damaged or foreign file would be run.

[yolox-nano]                                  task, licence, input, thresholds
[[yolox-nano.files]]                          name, bytes, sha256 and where the file comes from
"""

from __future__ import annotations

import hashlib
import tomllib
from importlib.resources import files
from pathlib import Path
from typing import Annotated, Literal

import msgspec
from msgspec import Meta

Sha256 = Annotated[str, Meta(pattern=r"^[0-9a-f]{64}$")]
FileName = Annotated[str, Meta(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,95}$")]
Share = Annotated[float, Meta(ge=0, le=1)]


class ModelUnusable(Exception):
    """A model's files are not there, or are not what the manifest says. The text says what to do; only that inference is off."""


class ModelFile(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One file of a model, and what proves that it is the right one."""

    name: FileName
    bytes: Annotated[int, Meta(ge=1, le=1 << 30)]
    sha256: Sha256


class Model(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A model; ``low`` and ``high`` are the scores from which a detection is given, and from which it is sure."""

    task: Literal["people", "poses"]
    licence: str
    input: str
    low: Share = 0.0
    high: Share = 0.0
    files: Annotated[tuple[ModelFile, ...], Meta(min_length=1)]


def shipped_models() -> dict[str, Model]:
    """The models that this version of storebox knows, by name, in the order of the manifest."""
    text = files("models").joinpath("manifest.toml").read_text(encoding="utf-8")
    return msgspec.convert(tomllib.loads(text), dict[str, Model])


def read_model(name: str, models_dir: Path) -> dict[str, bytes]:
    """The content of each file of a model by file name, proven by its digest. Raises ModelUnusable.

    The bytes that were proven are those that are run: nobody can change the file in between.
    """
    return {file.name: _proven(name, file, models_dir / file.name) for file in shipped_models()[name].files}


def _proven(model: str, file: ModelFile, path: Path) -> bytes:
    content = _read(model, path)
    if len(content) != file.bytes:
        raise ModelUnusable(
            f"model {model}: {path} has {len(content)} bytes instead of {file.bytes}; "
            f"fetch it again: storebox models fetch {model}"
        )
    digest = hashlib.sha256(content).hexdigest()
    if digest != file.sha256:
        raise ModelUnusable(
            f"model {model}: {path} has the SHA-256 {digest[:12]}… instead of {file.sha256[:12]}…; "
            f"fetch it again: storebox models fetch {model}"
        )
    return content


def _read(model: str, path: Path) -> bytes:
    try:
        return path.read_bytes()
    except FileNotFoundError as error:
        raise ModelUnusable(f"model {model}: {path} is not there; fetch it: storebox models fetch {model}") from error
    except OSError as error:
        raise ModelUnusable(f"model {model}: {path} cannot be read: {error.strerror}; mend its rights or the disk") from error
