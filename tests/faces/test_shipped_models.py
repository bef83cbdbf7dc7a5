"""The shipped process with the shipped models, before photographs: who is known is named, and nobody else."""

from __future__ import annotations

import asyncio
import os
import time
from contextlib import closing
from pathlib import Path

import cv2
import numpy as np
import pytest

from drivers.wires.picture_ring import RingWriter, make_ring
from edge.faces.key import read_key
from edge.faces.vault import Vault
from edge.faces.words import Learn, Learnt, Matched, Open, Said, Unmatched
from models.face_binding import face_binding
from models.face_vectors import FaceVector
from models.faces import face_reader
from models.manifest import models_of
from tests.faces.heard import SHIPPED, WHO, Heard, running
from tests.media import faces

WIDTH_PX, HEIGHT_PX = 640, 360


class Kiosk:
    """A camera of the size that a shop has, before which photographs stand."""

    def __init__(self) -> None:
        self.length = WIDTH_PX * HEIGHT_PX * 3 // 2
        self.raw_fd = make_ring("kiosk", slot_bytes=self.length, width_px=WIDTH_PX, height_px=HEIGHT_PX)
        self._writer = RingWriter(self.raw_fd)

    def show(self, person: str, number: int, at_ns: int) -> None:
        photo = cv2.imread(str(faces("orl") / person / f"{number}.pgm"))
        assert photo is not None
        scene = np.full((HEIGHT_PX, WIDTH_PX, 3), 90, np.uint8)
        scene[60:284, 230:414] = cv2.resize(photo, (184, 224), interpolation=cv2.INTER_CUBIC)
        planes = cv2.cvtColor(scene, cv2.COLOR_BGR2YUV_I420).tobytes()
        self._writer.room[: self.length] = planes
        self._writer.publish(self.length, at_ns)

    def close(self) -> None:
        self._writer.close()
        os.close(self.raw_fd)


@pytest.fixture
def members(models: Path, key_file: Path) -> tuple[Learn, dict[str, str]]:
    """Five people, each from one photograph; and whose template is whose."""
    vault = Vault(read_key(key_file), face_binding(models_of(models)))
    rows = []
    with closing(face_reader(models, 1)) as reader:
        for number in range(2, 7):
            photo = cv2.imread(str(faces("orl") / f"s{number}" / "2.pgm"))
            seen = reader.read(np.asarray(photo, np.uint8))
            assert isinstance(seen, FaceVector)
            rows.append(vault.seal(seen, template=f"t-s{number}", member=f"m-s{number}"))
    return Learn(templates=tuple(rows)), {each.member: each.template for each in rows}


async def looked(heard: Heard, kiosk: Kiosk, person: str) -> Said:
    """What is said of somebody, by other pictures than the one that was learnt."""
    await heard.line.say(WHO)
    ending = asyncio.ensure_future(heard.until((Matched, Unmatched)))
    number = 3
    while not ending.done():
        kiosk.show(person, number, time.monotonic_ns())
        number = number % 10 + 1
        await asyncio.sleep(0.1)
    return ending.result()


@pytest.mark.faults
@pytest.mark.timeout(300)
async def test_people_are_named_and_strangers_are_not_by_the_shipped_models(
    models: Path, key_file: Path, members: tuple[Learn, dict[str, str]]
) -> None:
    learn, templates = members
    with closing(Kiosk()) as kiosk:
        async with running(SHIPPED, models, key_file) as heard:
            await heard.line.say(Open(camera="cam-1", kind="mirror"), kiosk.raw_fd)
            await heard.line.say(learn)
            assert await heard.until(Learnt) == Learnt(templates=len(templates))
            for number in (2, 5):
                said = await looked(heard, kiosk, f"s{number}")
                assert isinstance(said, Matched), said
                assert (said.member, said.template) == (f"m-s{number}", f"t-s{number}")
            for number in range(12, 18):
                said = await looked(heard, kiosk, f"s{number}")
                assert isinstance(said, Unmatched), said
