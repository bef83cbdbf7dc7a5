"""What is left out while mediapipe is loaded is left out of nothing else. (That mediapipe works: test_landmarks.py.)"""

from __future__ import annotations

import json
import sys
from importlib import import_module
from types import ModuleType

from models.tasks import _empty


def test_what_somebody_has_loaded_already_is_left_to_them() -> None:
    with _empty(("json", "no_such_library")):
        assert vars(import_module("no_such_library")).keys() == vars(ModuleType("")).keys()
        assert import_module("json") is json
    assert "no_such_library" not in sys.modules
    assert import_module("json") is json
