"""A box with the shipped models: members are named by their photographs, and of a thousand faces of strangers nothing is left.

AT&T (ORL): three people are members, seventeen are strangers; each photograph of a stranger is shown in several variations.
"""

from __future__ import annotations

import asyncio
import os
from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from itertools import islice
from pathlib import Path

import cv2
import numpy as np
import psutil
import pytest
from numpy.typing import NDArray

from edge.faces import attempts as attempts_file
from edge.faces.recognition import PROGRAM
from edge.faces.vault import Vault
from edge.faces.window import Failed, Named
from models.face_binding import VECTORS, face_binding
from models.face_vectors import FaceVector
from models.faces import DETECTOR, face_reader
from models.landmarks import FACE_MODEL
from models.manifest import models_of, shipped_models
from tests.edge.facing import KIOSK, Facing, facing, keep_enrolled, outcome_of
from tests.media import faces, folder_with
from tests.ring_cameras import RingCamera

SIZE = 640, 360
MEMBERS = ("s2", "s3", "s5")
STRANGERS = tuple(f"s{number}" for number in range(1, 21) if f"s{number}" not in MEMBERS)
FACES = 1_000
OF_A_LOOK = 5
"""Pictures of one stranger: as many as are compared at most."""

Picture = NDArray[np.uint8]


def photo(person: str, number: int) -> Picture:
    found = cv2.imread(str(faces("orl") / person / f"{number}.pgm"))
    assert found is not None
    return np.asarray(found, np.uint8)


def variations(face: Picture) -> Iterator[Picture]:
    """The same face as another camera, another light and another place would show it."""
    yield face
    yield np.asarray(cv2.flip(face, 1), np.uint8)
    yield np.asarray(cv2.convertScaleAbs(face, alpha=1.15, beta=8), np.uint8)
    yield np.asarray(cv2.convertScaleAbs(face, alpha=0.85), np.uint8)
    yield np.asarray(cv2.GaussianBlur(face, (3, 3), 0), np.uint8)
    yield np.asarray(cv2.warpAffine(face, np.array([[1, 0.03, 2], [-0.03, 1, 3]], np.float32), face.shape[1::-1]), np.uint8)


def strangers() -> Iterator[tuple[str, list[Picture]]]:
    """Each time some pictures of one person, none of them twice."""
    for person in STRANGERS:
        shown = (each for number in range(1, 11) for each in variations(photo(person, number)))
        while len(pictures := list(islice(shown, OF_A_LOOK))) == OF_A_LOOK:
            yield person, pictures


def scene(face: Picture) -> bytes:
    """I420, as a kiosk's camera sees whoever stands before it."""
    width_px, height_px = SIZE
    seen = np.full((height_px, width_px, 3), 90, np.uint8)
    seen[60:284, 230:414] = cv2.resize(face, (184, 224), interpolation=cv2.INTER_CUBIC)
    return cv2.cvtColor(seen, cv2.COLOR_BGR2YUV_I420).tobytes()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """The models of the shop; a test without them is skipped."""
    (tmp_path / "models").mkdir()
    for name in (DETECTOR, VECTORS, FACE_MODEL):
        for file in shipped_models()[name].files:
            (tmp_path / "models" / file.name).symlink_to((folder_with(name) / file.name).absolute())
    return tmp_path


async def enrol(box: Facing, vault: Vault, people: tuple[str, ...]) -> dict[str, str]:
    """Whose reference is whose, each with the template of one photograph."""
    refs = {}
    with closing(face_reader(box.folder, 1)) as reader:
        for person in people:
            seen = reader.read(photo(person, 2))
            assert isinstance(seen, FaceVector)

            def seal(template: str, member: str, seen: FaceVector = seen) -> bytes:
                return vault.seal(seen, template=template, member=member).sealed

            refs[person] = await keep_enrolled(box.desk, box.shop(), f"1380013800{person[1:]}", seal)
    return refs


async def look(box: Facing, camera: RingCamera, pictures: list[Picture]) -> object:
    """Somebody touches the button, and stands there with one face after another."""
    scenes = [scene(each) for each in pictures]
    attempt = box.recognition.identify(KIOSK)
    ending = asyncio.ensure_future(outcome_of(attempt))
    at = 0
    while not ending.done():
        camera.put(scenes[at % len(scenes)])
        at += 1
        await asyncio.sleep(0.08)
    return ending.result()


async def all_rows(box: Facing) -> dict[str, int]:
    """How many rows each table has."""
    tables = await box.table("SELECT name FROM sqlite_schema WHERE type = 'table'")
    return {name: (await box.table(f"SELECT count(*) FROM {name}"))[0][0] for (name,) in tables}  # noqa: S608 - our own names


def all_files(folder: Path) -> set[str]:
    return {str(path) for path in folder.rglob("*")}


def written_by(processes: list[psutil.Process]) -> list[str]:
    """The files that they may write into."""
    return [each.path for process in processes for each in process.open_files() if "w" in each.mode or "a" in each.mode]


@pytest.mark.faults
@pytest.mark.timeout(1_500)
async def test_a_thousand_faces_of_strangers_leave_no_row_and_no_file(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(attempts_file, "TOUCHES_A_MINUTE", 100_000)
    key = os.urandom(32)
    async with facing(folder, key=key, cameras=(), program=PROGRAM) as box:
        refs = await enrol(box, Vault(key, face_binding(models_of(box.folder))), MEMBERS)
        with closing(RingCamera("cam-1", box.pictures, SIZE)) as camera:
            await box.knows(len(MEMBERS))
            await box.offered()
            for person, ref in refs.items():
                named = await look(box, camera, [photo(person, number) for number in (1, 3, 4, 5, 6)])
                assert named == Named(member_ref=ref, verified=False)
            rows, files, told = await all_rows(box), all_files(folder), Counter[str]()
            for person, pictures in islice(strangers(), FACES // OF_A_LOOK):
                outcome = await look(box, camera, pictures)
                assert isinstance(outcome, Failed), person
                told[outcome.why] += 1
            assert told.total() * OF_A_LOOK == FACES
            assert told["stranger"] > 0.9 * told.total(), "or they were not even compared"
            assert await all_rows(box) == rows
            assert all_files(folder) == files
            family = psutil.Process().children()
            assert [each for each in family if "edge.faces" in each.cmdline()]
            assert written_by(family) == []
