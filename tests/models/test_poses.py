"""Wrists are where the hands are, in a process that mediapipe cannot tell anybody from."""

from __future__ import annotations

import hashlib
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import cv2
import msgspec
import pytest

from models.manifest import Model, ModelFile, ModelUnusable
from models.poses import POSE_MODEL, wrist_finder
from tests.media import clip, folder_with

FIND = """
import json, sys
from contextlib import closing
from pathlib import Path
import cv2
from models.manifest import ModelUnusable
from models.offline import leave_network
from models.poses import wrist_finder

leave_network()
try:
    with closing(wrist_finder(Path(sys.argv[1]))) as finder:
        found = [finder.find(cv2.imread(path)) for path in sys.argv[2:]]
    print(json.dumps([[wrist.at for wrist in wrists] for wrists in found]))
except ModelUnusable as error:
    print(json.dumps(str(error)))
"""


def told(models_dir: Path, *pictures: Path) -> Any:
    words = [sys.executable, "-c", FIND, str(models_dir), *map(str, pictures)]
    ended = subprocess.run(words, capture_output=True, text=True, timeout=100, check=False)
    assert ended.returncode == 0, ended.stderr
    return json.loads(ended.stdout)


def test_the_wrists_of_somebody_who_walks_are_beside_the_hips(tmp_path: Path) -> None:
    """Of an empty street there are none."""
    folder = folder_with(POSE_MODEL)
    film = cv2.VideoCapture(str(clip("vtest.avi")))
    _, first = film.read()
    film.release()
    person, street = tmp_path / "person.png", tmp_path / "street.png"
    cv2.imwrite(str(person), first[150:240, 490:545])
    cv2.imwrite(str(street), first[400:500, 500:600])
    walker, nobody = told(folder, person, street)
    assert nobody == []
    assert len(walker) == 2
    for x, y in walker:
        # The crop is 55 × 90; the walker's body takes its middle, the hips are a little above half way down.
        assert 5 < x < 45, walker
        assert 32 < y < 52, walker


def test_a_file_that_mediapipe_cannot_load_says_so(tmp_path: Path) -> None:
    content = b"no task"
    (tmp_path / "pose.task").write_bytes(content)
    file = ModelFile(name="pose.task", bytes=len(content), sha256=hashlib.sha256(content).hexdigest())
    model = Model(task="poses", licence="none", files=(file,))
    (tmp_path / "manifest.json").write_bytes(msgspec.json.encode({POSE_MODEL: model}))
    problem = told(tmp_path)
    assert problem.startswith(f"model {POSE_MODEL}: mediapipe cannot load it: ")
    assert problem.endswith("; are libegl1 and libgles2 installed?")


def test_a_process_in_the_network_gets_no_finder(tmp_path: Path) -> None:
    with pytest.raises(ModelUnusable) as error:
        wrist_finder(tmp_path)
    assert str(error.value) == (
        f"model {POSE_MODEL}: mediapipe would tell its maker how it is used: call models.offline.leave_network() first"
    )
