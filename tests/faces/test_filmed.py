"""Somebody who was filmed is enrolled by the shipped models; somebody else who takes their place is noticed."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from models.face_match import THRESHOLD
from tests.media import clip, faces

DEADLINE_S = 250.0


@pytest.mark.faults
@pytest.mark.timeout(300)
def test_a_head_is_enrolled_and_not_when_another_takes_its_place(models: Path) -> None:
    film, photo = clip("head-pose-face-detection-female.gif"), faces(".") / "rose_leslie2.jpg"
    command = [sys.executable, "-m", "tests.faces.filmed", str(models), str(film), str(photo)]
    ended = subprocess.run(command, capture_output=True, text=True, timeout=DEADLINE_S, check=False)
    assert ended.returncode == 0, ended.stderr
    said = json.loads(ended.stdout)
    assert said["a head"] == "enrolled"
    first, second, other = said["like"]
    assert min(first, second) >= THRESHOLD > other
    assert said["somebody else"] == "changed"
