"""A whole box with the shipped process and models: a member before one kiosk is named, a stranger before another is not."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager, closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

from edge.faces.key import read_key
from edge.faces.vault import Vault
from edge.shop.shop import Shop
from edge.shop_desk import ShopDesk
from models.face_binding import VECTORS, face_binding
from models.face_vectors import FaceVector
from models.faces import DETECTOR, face_reader
from models.landmarks import FACE_MODEL
from models.manifest import models_of, shipped_models
from tests.edge.face_shop import WANTED, Screen, made
from tests.edge.facing import keep_enrolled, shop_with
from tests.edge.puppets import open_counter
from tests.media import faces, folder_with

RunBox = Callable[..., AbstractAsyncContextManager[Any]]

CAMERA = (
    '[kiosk.kiosk-{at}]\ncamera = "cam-{at}"\n[device.cam-{at}]\ndriver = "camera/video-file"\npath = "{clip}"\n'
    'width_px = 640\nheight_px = 360\nfps = 5\nkind = "kiosk"\n'
)


def photo(person: str, number: int) -> np.ndarray[Any, np.dtype[np.uint8]]:
    return np.asarray(cv2.imread(str(faces("orl") / person / f"{number}.pgm")), np.uint8)


def clip_of(person: str, number: int, path: Path) -> Path:
    """Two seconds of somebody before a kiosk, under a camera's noise."""
    scene = np.full((360, 640, 3), 90, np.uint8)
    scene[60:284, 230:414] = cv2.resize(photo(person, number), (184, 224), interpolation=cv2.INTER_CUBIC)
    chance = np.random.default_rng(6)
    noisy = (np.clip(scene + chance.normal(0, 3, scene.shape), 0, 255).astype(np.uint8) for _ in range(10))
    raw = ("-f", "rawvideo", "-pix_fmt", "bgr24", "-s", "640x360", "-r", "5", "-i", "-")
    command = ["ffmpeg", "-loglevel", "error", *raw, "-c:v", "mjpeg", "-q:v", "2", str(path)]
    subprocess.run(command, input=b"".join(each.tobytes() for each in noisy), check=True)
    return path


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A shop with its key and the models; a test without them is skipped."""
    folder = made(tmp_path)
    for name in (DETECTOR, VECTORS, FACE_MODEL):
        for file in shipped_models()[name].files:
            (folder / "models" / file.name).symlink_to((folder_with(name) / file.name).absolute())
    return folder


async def enrolled(folder: Path, person: str, number: int) -> str:
    """A member who was enrolled by that photograph; the reference."""
    with closing(face_reader(folder / "models", 1)) as reader:
        seen = reader.read(photo(person, number))
    assert isinstance(seen, FaceVector)
    vault = Vault(read_key(folder / "face-key"), face_binding(models_of(folder / "models")))
    shop = Shop.from_settings(shop_with(), b"k" * 32)
    async with open_counter(folder / "box" / "data", work=False) as counter:
        desk = ShopDesk(journal=counter.journal, shop=lambda: shop, now=lambda: datetime.now(UTC))
        return await keep_enrolled(
            desk, shop, "13800138000", lambda template, member: vault.seal(seen, template=template, member=member).sealed
        )


@pytest.mark.faults
async def test_a_member_is_named_by_the_shipped_models_and_a_stranger_is_not(run_box: RunBox, folder: Path) -> None:
    member = await enrolled(folder, "s2", 2)
    settings = f'{WANTED}key_file = "{folder}/face-key"\n[vision]\nmodels_dir = "{folder}/models"\n'
    settings += CAMERA.format(at=1, clip=clip_of("s2", 1, folder / "member.mkv"))
    settings += CAMERA.format(at=2, clip=clip_of("s15", 1, folder / "stranger.mkv"))
    async with run_box(settings) as box:
        here, there = Screen(box, "kiosk-1"), Screen(box, "kiosk-2")
        await here.offered()
        await there.offered()
        await box.until("/api/status", lambda status: status["faces"]["templates"] == 1 and not status["alarms"])
        ended = ""
        while ended != "named":  # it may be touched before the process has learnt who there is
            ended = (await here.ended(await here.touch()))["ended"]
        assert (await there.ended(await there.touch()))["ended"] == "failed"
        assert not any(member.encode() in each for each in (*here.heard, *there.heard))
