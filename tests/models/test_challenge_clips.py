"""A photograph as a print, as a film and as a head before the camera: what a challenge makes of each, by the real landmarks."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

from models.landmarks import FACE_MODEL
from tests.media import faces, folder_with

DEADLINE_S = 200.0


@pytest.mark.faults
@pytest.mark.timeout(300)
def test_a_head_passes_and_neither_a_print_nor_a_film_of_it_does() -> None:
    command = [sys.executable, "-m", "tests.models.challenge_clips", str(folder_with(FACE_MODEL)), str(faces(".") / "obama.jpg")]
    ended = subprocess.run(command, capture_output=True, text=True, timeout=DEADLINE_S, check=False)
    assert ended.returncode == 0, ended.stderr
    assert json.loads(ended.stdout) == {
        "head": "passed",
        "film": "other-turn",
        "print, asked to blink": "too-slow",
        "print, asked to turn-left": "too-slow",
        "print, asked to turn-right": "too-slow",
    }
