"""mediapipe works without what it only draws and records with, and whoever wants that beside it still gets it."""

from __future__ import annotations

import json
import subprocess
import sys
from importlib import import_module
from types import ModuleType

from models.tasks import _empty

LOAD = """
import json, sys
from models.tasks import UNUSED, tasks

vision = tasks().vision
print(json.dumps([vision.FaceLandmarker.__name__, vision.PoseLandmarker.__name__, [*{*UNUSED, "scipy"} & {*sys.modules}]]))
"""


def test_the_tasks_are_there_and_what_they_do_not_use_is_not() -> None:
    ended = subprocess.run([sys.executable, "-P", "-c", LOAD], capture_output=True, text=True, timeout=100, check=False)
    assert ended.returncode == 0, ended.stderr
    assert json.loads(ended.stdout) == ["FaceLandmarker", "PoseLandmarker", []]


def test_what_somebody_has_loaded_already_is_left_to_them() -> None:
    with _empty(("json", "no_such_library")):
        assert vars(import_module("no_such_library")).keys() == vars(ModuleType("")).keys()
        assert import_module("json") is json
    assert "no_such_library" not in sys.modules
    assert import_module("json") is json
