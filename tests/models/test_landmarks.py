"""The lips are found where they are, one face is one and two are two; off the network only."""

from __future__ import annotations

import hashlib
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import msgspec
import pytest

from models.landmarks import FACE_MODEL, face_finder
from models.manifest import Model, ModelFile, ModelUnusable
from tests.media import MEDIA, folder_with

FIND = """
import json, sys
from contextlib import closing
from pathlib import Path
import cv2
from models.landmarks import face_finder
from models.manifest import ModelUnusable
from models.offline import leave_network

leave_network()
told = []
try:
    for number, path in enumerate(sys.argv[2:]):
        with closing(face_finder(Path(sys.argv[1]))) as finder:
            picture = cv2.imread(path)
            found = [finder.find(picture, at) for at in (5, 5, 40_000_000)][-1]
            told.append([found.faces, None if found.points is None else found.points.tolist()])
except ModelUnusable as error:
    told = str(error)
print(json.dumps(told))
"""

ANEW = """
import sys
from contextlib import closing
from pathlib import Path
import cv2, numpy as np
from models.landmarks import face_finder
from models.offline import leave_network

leave_network()
here = cv2.imread(sys.argv[2])
there = np.roll(here, 40, axis=1)
found = []
for before in ([], [there]):
    with closing(face_finder(Path(sys.argv[1]), counts=False, follows=False)) as finder:
        found.append([finder.find(each, at).points for at, each in enumerate([*before, here])][-1])
print(float(np.abs(found[0] - found[1]).max()))
"""


def told(models_dir: Path, *pictures: Path) -> Any:
    words = [sys.executable, "-c", FIND, str(models_dir), *map(str, pictures)]
    ended = subprocess.run(words, capture_output=True, text=True, timeout=100, check=False)
    assert ended.returncode == 0, ended.stderr
    return json.loads(ended.stdout)


def face_photo(name: str) -> Path:
    path = MEDIA / "faces" / name
    if not path.exists():
        pytest.skip(f"no photo {name} here: STOREBOX_TEST_MEDIA names a folder that has it under faces/")
    return path


def test_the_lips_are_below_the_eyes_and_two_people_are_two(tmp_path: Path) -> None:
    import cv2
    import numpy as np

    empty = tmp_path / "empty.png"
    cv2.imwrite(str(empty), np.full((240, 320, 3), 128, np.uint8))
    folder = folder_with(FACE_MODEL)
    (one, points), (two, _), nobody = told(folder, face_photo("rose_leslie2.jpg"), face_photo("two_people.jpg"), empty)
    assert (one, two) == (1, 2)
    assert nobody == [0, None]
    assert len(points) == 478
    left_eye, right_eye, mouth = points[33], points[263], points[13]
    # In this photo of 577 × 880 the eyes are a third of the way down and the mouth is half way.
    assert left_eye[0] < mouth[0] < right_eye[0]
    assert left_eye[1] < mouth[1] - 60


def test_a_finder_that_does_not_follow_finds_the_same_whatever_was_before() -> None:
    words = [sys.executable, "-c", ANEW, str(folder_with(FACE_MODEL)), str(face_photo("rose_leslie2.jpg"))]
    ended = subprocess.run(words, capture_output=True, text=True, timeout=100, check=False)
    assert ended.returncode == 0, ended.stderr
    assert float(ended.stdout) < 1e-3


def test_a_file_that_mediapipe_cannot_load_says_so(tmp_path: Path) -> None:
    content = b"no task"
    (tmp_path / "face.task").write_bytes(content)
    file = ModelFile(name="face.task", bytes=len(content), sha256=hashlib.sha256(content).hexdigest())
    model = Model(task="face-landmarks", licence="none", files=(file,))
    (tmp_path / "manifest.json").write_bytes(msgspec.json.encode({FACE_MODEL: model}))
    problem = told(tmp_path, tmp_path / "no.png")
    assert problem.startswith(f"model {FACE_MODEL}: mediapipe cannot load it: ")
    assert problem.endswith("; are libegl1 and libgles2 installed?")


def test_a_process_in_the_network_gets_no_finder(tmp_path: Path) -> None:
    with pytest.raises(ModelUnusable) as error:
        face_finder(tmp_path)
    assert str(error.value) == (
        f"model {FACE_MODEL}: mediapipe would tell its maker how it is used: call models.offline.leave_network() first"
    )
