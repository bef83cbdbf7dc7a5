"""A box as a process whose kiosk recognises members by face, with a puppet in place of the process that reads them."""

from __future__ import annotations

import hashlib
import subprocess
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import aiohttp
import psutil

from edge.shop.shop import Shop
from edge.shop_desk import ShopDesk
from tests.edge.face_puppet import sealed_by
from tests.edge.facing import FACES, KIOSK, PROGRAM, keep_enrolled, shop_with
from tests.edge.puppets import open_counter

if TYPE_CHECKING:
    from tests.edge.conftest import RunningBox

KEY = hashlib.sha256(b"the key of this shop").digest()
FIRST = f"import edge.faces.recognition as recognition\nrecognition.PROGRAM = {PROGRAM!r}\n"
CAMERA = (
    '[device.cam-1]\ndriver = "camera/video-file"\npath = "{clip}"\nwidth_px = 160\nheight_px = 90\nfps = 5\nkind = "{kind}"\n'
)
WANTED = (
    f'[faces]\npurpose_zh = "{FACES.purpose_zh}"\npurpose_en = "{FACES.purpose_en}"\nassessment = "{FACES.assessment}"\n'
    f'contact = "{FACES.contact}"\n'
)


def settings(folder: Path, clip: Path, *, wanted: str = WANTED, kind: str = "kiosk", key: bool = True, kiosk: str = KIOSK) -> str:
    """A kiosk whose process finds its puppet's folder, and its key, in ``folder``."""
    wanted += f'key_file = "{folder}/face-key"\n' if key else ""
    at = f'[kiosk.{kiosk}]\ncamera = "cam-1"\n' if kiosk else ""
    return wanted + at + f'[vision]\nmodels_dir = "{folder}/models"\n' + CAMERA.format(clip=clip, kind=kind)


def made(folder: Path) -> Path:
    """The folder of a shop with its key, in which nobody stands before the camera."""
    (folder / "box" / "data").mkdir(mode=0o700, parents=True, exist_ok=True)
    (folder / "models").mkdir(parents=True, exist_ok=True)
    (folder / "face-key").write_bytes(KEY)
    (folder / "face-key").chmod(0o600)
    return folder


def stands(folder: Path, face: str) -> None:
    """Who is before every camera from now on."""
    written = folder / "models" / "face.next"
    written.write_text(face)
    written.rename(folder / "models" / "face")


async def enrolled(data_dir: Path, *faces: str) -> list[str]:
    """Members whose faces are kept already, in the journal of a box that does not run; their references."""
    shop = Shop.from_settings(shop_with(), b"k" * 32)
    async with open_counter(data_dir, work=False) as counter:
        desk = ShopDesk(journal=counter.journal, shop=lambda: shop, now=lambda: datetime.now(UTC))
        return [await keep_enrolled(desk, shop, f"1380013800{number}", sealed_by(KEY, face)) for number, face in enumerate(faces)]


def clip_of_noise(path: Path) -> Path:
    """A second of pictures that no other file holds a part of by chance."""
    source = "nullsrc=size=160x90:rate=5,geq=lum='random(1)*255':cb=128:cr=128"
    made = [
        "ffmpeg",
        "-nostdin",
        "-loglevel",
        "error",
        "-f",
        "lavfi",
        "-i",
        source,
        "-t",
        "1",
        "-c:v",
        "mjpeg",
        "-q:v",
        "2",
        str(path),
    ]
    subprocess.run(made, check=True)
    return path


def readers_of_faces(box: RunningBox) -> list[psutil.Process]:
    """The puppets of a box."""
    found = []
    for each in psutil.Process(box.process.pid).children(recursive=True):
        with suppress(psutil.Error):
            if each.status() != psutil.STATUS_ZOMBIE and any("face_puppet.py" in word for word in each.cmdline()):
                found.append(each)
    return found


class Screen:
    """The kiosk's screen, by the control socket; ``heard`` keeps every answer."""

    def __init__(self, box: RunningBox, place: str = KIOSK) -> None:
        self._box, self._place = box, place
        self.heard: list[bytes] = []

    async def call(self, method: str, path: str, **told: Any) -> tuple[int, Any]:
        """The status and the answer."""
        connector = aiohttp.UnixConnector(str(self._box.folder / "run" / "control.sock"))
        async with (
            aiohttp.ClientSession("http://box", connector=connector) as session,
            session.request(method, path, json=told if told or method == "POST" else None) as answer,
        ):
            self.heard.append(await answer.read())
            return answer.status, await answer.json(content_type=None) if self.heard[-1] else None

    async def offered(self) -> None:
        """Wait until the button stands there."""
        await self._box.until(f"/api/places/{self._place}/face", lambda told: told.get("offered"))

    async def touch(self) -> dict[str, Any]:
        """The button is touched."""
        status, attempt = await self.call("POST", f"/api/places/{self._place}/face")
        assert status == 200, attempt
        return attempt  # type: ignore[no-any-return]

    async def ended(self, attempt: dict[str, Any], holds: Callable[[Any], object] = lambda told: told["ended"]) -> dict[str, Any]:
        """How the attempt ends."""
        path = f"/api/places/{self._place}/attempts/{attempt['request']}?after={{}}"
        while not holds(attempt):
            status, attempt = await self.call("GET", path.format(attempt["changes"]))
            assert status == 200, attempt
        return attempt
