"""The lips are found where they are, one face is one and two are two; off the network only."""

from __future__ import annotations

import hashlib
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import cv2
import msgspec
import numpy as np
import pytest

from models.landmarks import FACE_MODEL, face_finder
from models.manifest import Model, ModelFile, ModelUnusable
from tests.media import MEDIA, folder_with

FIND = """
import json, sys
from contextlib import closing
from pathlib import Path
import cv2, numpy as np
from models.landmarks import face_finder
from models.offline import leave_network

leave_network()
folder, *paths = map(Path, sys.argv[1:])
faces, anew = [], []
for path in paths:
    with closing(face_finder(folder)) as finder:
        found = [finder.find(cv2.imread(str(path)), at) for at in (5, 5, 40_000_000)][-1]
        faces.append([found.faces, None if found.points is None else found.points.tolist()])
here = cv2.imread(str(paths[0]))
for before in ([], [np.roll(here, 40, axis=1)]):
    with closing(face_finder(folder, counts=False, follows=False)) as finder:
        anew.append([finder.find(each, at).points.tolist() for at, each in enumerate([*before, here])][-1])
print(json.dumps([faces, anew]))
"""

LOAD = """
import json, sys
from pathlib import Path
from models.landmarks import face_finder
from models.manifest import ModelUnusable
from models.offline import leave_network
from models.tasks import UNUSED

leave_network()
problem = ""
try:
    face_finder(Path(sys.argv[1]))
except ModelUnusable as error:
    problem = str(error)
print(json.dumps([problem, sorted({"mediapipe", "scipy", *UNUSED} & {*sys.modules})]))
"""


def told(program: str, *words: Path) -> Any:
    command = [sys.executable, "-c", program, *map(str, words)]
    ended = subprocess.run(command, capture_output=True, text=True, timeout=100, check=False)
    assert ended.returncode == 0, ended.stderr
    return json.loads(ended.stdout)


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """What one process finds in two photos and on a grey wall; and in the first anew, and again after another picture."""
    wall = tmp_path_factory.mktemp("found") / "wall.png"
    cv2.imwrite(str(wall), np.full((240, 320, 3), 128, np.uint8))
    return told(FIND, folder_with(FACE_MODEL), face_photo("rose_leslie2.jpg"), face_photo("two_people.jpg"), wall)


def face_photo(name: str) -> Path:
    path = MEDIA / "faces" / name
    if not path.exists():
        pytest.skip(f"no photo {name} here: STOREBOX_TEST_MEDIA names a folder that has it under faces/")
    return path


def test_the_lips_are_below_the_eyes_and_two_people_are_two(found: Any) -> None:
    (one, points), (two, _), nobody = found[0]
    assert (one, two) == (1, 2)
    assert nobody == [0, None]
    assert len(points) == 478
    left_eye, right_eye, mouth = points[33], points[263], points[13]
    # In this photo of 577 × 880 the eyes are a third of the way down and the mouth is half way.
    assert left_eye[0] < mouth[0] < right_eye[0]
    assert left_eye[1] < mouth[1] - 60


def test_a_finder_that_does_not_follow_finds_the_same_whatever_was_before(found: Any) -> None:
    at_first, after_another = np.array(found[1])
    assert np.abs(at_first - after_another).max() < 1e-3


def test_a_file_that_mediapipe_cannot_load_says_so(tmp_path: Path) -> None:
    """By then it is loaded, but nothing that it would only draw and record with."""
    content = b"no task"
    (tmp_path / "face.task").write_bytes(content)
    file = ModelFile(name="face.task", bytes=len(content), sha256=hashlib.sha256(content).hexdigest())
    model = Model(task="face-landmarks", licence="none", files=(file,))
    (tmp_path / "manifest.json").write_bytes(msgspec.json.encode({FACE_MODEL: model}))
    problem, loaded = told(LOAD, tmp_path)
    assert problem.startswith(f"model {FACE_MODEL}: mediapipe cannot load it: ")
    assert problem.endswith("; are libegl1 and libgles2 installed?")
    assert loaded == ["mediapipe"]


def test_a_process_in_the_network_gets_no_finder(tmp_path: Path) -> None:
    with pytest.raises(ModelUnusable) as error:
        face_finder(tmp_path)
    assert str(error.value) == (
        f"model {FACE_MODEL}: mediapipe would tell its maker how it is used: call models.offline.leave_network() first"
    )
