"""Models and clips that a checkout does not bring: where a test finds them, and what it says where they are not.

STOREBOX_TEST_MODELS    a folder of models; `.ci/set-up test` fills .cache/models with those that it can reach
STOREBOX_TEST_MEDIA     a folder with `models`, `clips` and `faces` in it; `shared` beside the checkout where there is one
"""

from __future__ import annotations

import os
from functools import cache
from pathlib import Path

import pytest

from models.manifest import shipped_models
from models.proof import condition

ROOT = Path(__file__).resolve().parents[1]
MEDIA = Path(os.environ.get("STOREBOX_TEST_MEDIA", ROOT.parent / "shared"))
MODEL_FOLDERS = (Path(os.environ.get("STOREBOX_TEST_MODELS", ROOT / ".cache" / "models")), MEDIA / "models")


@cache
def _folder_with(name: str) -> Path | None:
    model = shipped_models()[name]
    return next((folder for folder in MODEL_FOLDERS if condition(name, model, folder).state == "intact"), None)


def folder_with(name: str) -> Path:
    """A folder that has the model intact; a test without one is skipped."""
    folder = _folder_with(name)
    if folder is None:
        pytest.skip(f"no model {name} here: storebox models fetch {name} --models-dir {MODEL_FOLDERS[0]}")
    return folder


def clip(name: str) -> Path:
    """A clip; a test without it is skipped."""
    path = MEDIA / "clips" / name
    if not path.exists():
        pytest.skip(f"no clip {name} here: STOREBOX_TEST_MEDIA names a folder that has it under clips/")
    return path


def faces(name: str) -> Path:
    """A folder of photographs of people; a test without it is skipped."""
    path = MEDIA / "faces" / name
    if not path.is_dir():
        pytest.skip(f"no photographs {name} here: STOREBOX_TEST_MEDIA names a folder that has them under faces/")
    return path


def photo(name: str) -> Path:
    """A photograph of somebody; a test without it is skipped."""
    path = MEDIA / "faces" / name
    if not path.is_file():
        pytest.skip(f"no photograph {name} here: STOREBOX_TEST_MEDIA names a folder that has it under faces/")
    return path
