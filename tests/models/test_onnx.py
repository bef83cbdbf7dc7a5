"""What onnxruntime does beside computing: nothing. It would tell its maker, and write into the home folder what it tells."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from models.onnx import HUSH
from tests.models.hand_made_onnx import always

SPARED = {"CI", "ORT_RUNNING_UNIT_TESTS", HUSH}
"""With any of these onnxruntime is silent by itself."""
LOADS = "from models.onnx import onnx_session; session = onnx_session('hand-made', MODEL.read_bytes(), 1)"
TALKS = "from onnxruntime import InferenceSession; InferenceSession(MODEL.read_bytes())"


def written_at_home(folder: Path, program: str) -> list[Path]:
    """The files in an empty home folder after ``program`` has loaded a model, without a network."""
    model, home = folder / "hand-made.onnx", folder / "home"
    model.write_bytes(always(np.zeros((1, 2), np.float32), (1, 3, 4, 4)))
    home.mkdir()
    offline = "from models.offline import leave_network; leave_network()"
    words = f"{offline}\nfrom pathlib import Path\nMODEL = Path({str(model)!r})\n{program}"
    environ = {name: value for name, value in os.environ.items() if name not in SPARED and not name.startswith("XDG_")}
    subprocess.run([sys.executable, "-c", words], env=environ | {"HOME": str(home)}, check=True, timeout=60)
    return [path for path in home.rglob("*") if path.is_file()]


def test_a_model_that_is_loaded_leaves_nothing_in_the_home_folder(tmp_path: Path) -> None:
    assert written_at_home(tmp_path, LOADS) == []


def test_left_to_itself_onnxruntime_writes_there(tmp_path: Path) -> None:
    if not written_at_home(tmp_path, TALKS):
        pytest.skip("this build of onnxruntime tells nobody anything")
