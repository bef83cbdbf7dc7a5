"""A beauty shop for a whole visit: the clip that stands for the camera, what headquarters sends, and a box that runs with it.

Nothing here is made up but the documents: the box is a process with its own camera process, mirrors' process and page.
"""

from __future__ import annotations

import asyncio
import subprocess
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import aiohttp
import msgspec
from joserfc.jwk import OKPKey

from sync.documents import DOCUMENT_TYP
from sync.signatures import public_text, sign
from tests.conftest import free_port
from tests.edge.conftest import EVENTUALLY_S, running_box
from tests.media import folder_with, photo
from tests.web.headquarters import PHONE, SALT, hashed

if TYPE_CHECKING:
    from tests.edge.conftest import RunningBox

EXAMPLE = Path(__file__).parents[3] / "config" / "examples" / "shades.json"
KEY = OKPKey.generate_key("Ed25519", private=True)
SINCE = "2026-03-01T00:00:00Z"
WIDTH_PX, HEIGHT_PX, FPS, FRAMES = 640, 360, 5, 40
LOOK_S = 0.3
PHOTO = "rose_leslie1.jpg"
SETTINGS = """
[store]
name = "Corner beauty"
language = "en"
[cloud]
signing_key_file = "{key}"
[vision]
models_dir = "{models}"
[device.cam-1]
driver = "camera/video-file"
path = "{clip}"
width_px = {width}
height_px = {height}
fps = {fps}
shown = true
[device.mirror-1]
driver = "mirror/page"
camera = "cam-1"
try_after_s = 1
silent_after_s = 10
"""
GOODS = (
    ("rouge-01", "正红唇膏", "True red lipstick", 18_900, ("liner-02", "rouge-02")),
    ("rouge-02", "豆沙玫瑰唇釉", "Dusty rose gloss", 16_900, ("liner-02",)),
    ("shadow-07", "古铜眼影", "Bronze eye shadow", 12_900, ("brush-01",)),
    ("blush-03", "蜜桃腮红", "Peach blush", 13_900, ("brush-01",)),
    ("base-110", "自然色粉底液", "Natural foundation", 28_900, ()),
    ("brow-02", "灰棕眉粉", "Taupe brow powder", 9_900, ()),
    ("liner-02", "唇线笔", "Lip liner", 6_900, ()),
    ("brush-01", "晕染刷", "Blending brush", 5_900, ()),
)
CATALOGUE = {
    "currency": "CNY",
    "items": [
        {
            "sku": sku,
            "names": {"zh": zh, "en": en},
            "price_minor": price,
            "unit": "piece",
            "recommends": list(others),
        }
        for sku, zh, en, price, others in GOODS
    ],
}
MEMBERS = {
    "salts": [SALT],
    "members": [{"ref": "m-0001", "phone": hashed("phone", f"86{PHONE}"), "tier": "gold", "points": 1_200}],
}


def film(folder: Path) -> Path:
    """A clip of the face in a photograph, as a camera sees somebody who sways a little; skips where there is no photograph.

    It is as long as its sway, so nothing jumps when it begins anew.
    """
    clip, width, height = folder / "face.mp4", WIDTH_PX * 2, HEIGHT_PX * 2
    fill = f"scale={width}:{height}:force_original_aspect_ratio=increase,crop={width}:{height}:(iw-ow)/2:0"
    turn = f"2*PI*on/{FRAMES}"
    sway = f"z='1.5+0.02*sin({turn})':x='0.59*iw-iw/zoom/2+11*sin({turn})':y='0.37*ih-ih/zoom/2+5*sin(2*{turn})'"
    frames = f"zoompan={sway}:d={FRAMES}:s={WIDTH_PX}x{HEIGHT_PX}:fps={FPS}"
    command = ["ffmpeg", "-nostdin", "-loglevel", "error", "-i", str(photo(PHOTO)), "-vf", f"{fill},{frames}"]
    subprocess.run([*command, "-c:v", "mpeg4", "-q:v", "3", "-y", str(clip)], check=True)
    return clip


@dataclass
class BeautyShop:
    """A running box with a mirror, by these settings. ``url`` is where its page is."""

    box: RunningBox
    url: str
    settings: str

    async def adopt(self, kind: str, body: Any) -> None:
        """Bring a signed document over the control socket."""
        payload = {"kind": kind, "version": 1, "issued_at": SINCE, "not_before": SINCE, "body": body}
        jws = sign(msgspec.json.encode(payload), KEY, typ=DOCUMENT_TYP)
        connector = aiohttp.UnixConnector(str(self.box.folder / "run" / "control.sock"))
        headers = {"Content-Type": "application/jose"}
        async with (
            aiohttp.ClientSession(connector=connector) as session,
            session.post("http://box/api/documents", data=jws, headers=headers) as answer,
        ):
            assert answer.status < 400, await answer.text()

    @asynccontextmanager
    async def killed_and_started(self) -> AsyncIterator[None]:
        """``kill -9``; inside the ``with`` the box runs again, as it was left."""
        self.box.process.kill()
        await self.box.ends()
        listen = self.url.removeprefix("http://")
        async with running_box(self.box.folder, self.settings, listen, first="", options=()) as again:
            self.box = again
            await again.device("cam-1", "up")
            yield

    async def told(self) -> list[tuple[str, dict[str, Any]]]:
        """What the journal says of the mirror, oldest first: the last part of each type, and its data."""
        kept = await self.box.ask("/api/events?limit=500")
        mine = [each for each in reversed(kept) if each["type"].startswith("storebox.mirror.")]
        return [(each["type"].rpartition(".")[2], each["data"]) for each in mine]

    async def until_told(self, after: int, *types: str) -> list[tuple[str, dict[str, Any]]]:
        """Wait until the journal has these of the mirror, in this order, after the first ``after``; it must have no others."""
        told: list[tuple[str, dict[str, Any]]] = []
        try:
            async with asyncio.timeout(EVENTUALLY_S):
                while len(told := (await self.told())[after:]) < len(types):
                    assert self.box.process.returncode is None, self.box.log
                    await asyncio.sleep(LOOK_S)
        except TimeoutError:
            raise AssertionError(f"{types} were never told, but {told}\n{self.box.log}") from None
        assert [each for each, _ in told] == list(types), told
        return told


@asynccontextmanager
async def beauty_shop(folder: Path) -> AsyncIterator[BeautyShop]:
    """The box with its camera and its mirror, all documents adopted; skips where the model of a face is not there."""
    (folder / "key").write_text(public_text(KEY))
    settings = SETTINGS.format(
        key=folder / "key",
        models=folder_with("face-landmarker"),
        clip=film(folder),
        width=WIDTH_PX,
        height=HEIGHT_PX,
        fps=FPS,
    )
    listen = f"127.0.0.1:{free_port()}"
    url = f"http://{listen}"
    async with running_box(folder / "box", settings, listen, first="", options=()) as box:
        await box.until("/api/status", lambda _status: f"ready: {url}" in box.log)
        shop = BeautyShop(box, url, settings)
        await shop.adopt("catalogue", CATALOGUE)
        await shop.adopt("shades", msgspec.json.decode(EXAMPLE.read_bytes()))
        await shop.adopt("members", MEMBERS)
        await shop.adopt("planogram", {"goods_url": url})
        await box.device("cam-1", "up")
        yield shop
