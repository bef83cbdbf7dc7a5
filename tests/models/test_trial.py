"""A model that has the right digest and cannot be run is found before it takes the place of one that can."""

from __future__ import annotations

import hashlib
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np

from edge import bringing_models
from models.face_binding import VECTORS
from models.trial import UNUSABLE
from tests.models.hand_made_onnx import always

NOBODY = always(np.zeros((1, 3549, 85), np.float32), (1, 3, 416, 416))
"""Of the form of YOLOX."""


def test_models_are_tried_one_by_one_until_one_cannot_be_used(tmp_path: Path) -> None:
    models: dict[str, Any] = {}
    for name, task in (("yolox-nano", "people"), (VECTORS, "face-vector")):
        (tmp_path / f"{name}.onnx").write_bytes(NOBODY)
        file = {"name": f"{name}.onnx", "bytes": len(NOBODY), "sha256": hashlib.sha256(NOBODY).hexdigest()}
        models[name] = {"task": task, "licence": "none", "low": 0.1, "high": 0.4, "files": [file]}
    listing = tmp_path / "next.json"
    listing.write_text(json.dumps(models))
    command = [sys.executable, "-P", "-m", "models.trial", str(tmp_path), str(listing), "yolox-nano", VECTORS, "yunet"]
    ended = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    assert UNUSABLE == bringing_models.UNUSABLE
    assert (ended.returncode, ended.stdout.split()) == (UNUSABLE, ["yolox-nano", VECTORS]), ended.stderr
    assert ended.stderr.startswith(f"model {VECTORS}: its inputs and outputs are not those of MobileFaceNet but ")
