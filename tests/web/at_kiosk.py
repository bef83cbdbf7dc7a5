"""A shop with two kiosks, one member and a camera: what the page of a kiosk asks, over HTTP; the reader of faces is a puppet."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

from config.schema import Plugged
from drivers.cameras.video_file import VideoFileSettings
from tests.web.headquarters import PHONE, members
from tests.web.puppet_faces import KIOSKS, NOTICE, PuppetFaces

if TYPE_CHECKING:
    from pathlib import Path

    import aiohttp

    from tests.web.conftest import Opens, Shop

LAN = "0.0.0.0:8080"
AT = "/api/kiosks/kiosk-1"


class Kiosk:
    """``kiosk-1`` of ``shop``, as its page asks."""

    def __init__(self, shop: Shop, browser: aiohttp.ClientSession, faces: PuppetFaces, key: dict[str, str]) -> None:
        self.shop, self.browser, self.faces, self.key = shop, browser, faces, key
        self.visit = ""

    async def ask(self, what: str, language: str = "en", **body: Any) -> Any:
        """The screen after it, or the kind and the words of the refusal."""
        address = f"{self.shop.url}{AT}/{what}?language={language}"
        async with self.browser.post(address, json=body, headers=self.key | self.shop.origin) as answer:
            told = await answer.json()
            if answer.status != 200:
                return told["type"].rpartition(":")[2], told["detail"]
        if told.get("visit"):
            self.visit = told["visit"]["token"]
        return told

    async def get(self, path: str, **headers: str) -> tuple[int, Any]:
        async with self.browser.get(self.shop.url + path, headers=self.key | headers) as answer:
            return answer.status, await answer.json(content_type=None)

    async def come(self, code: str = PHONE) -> Any:
        """A member types their number."""
        return await self.ask("member", code=code)

    async def agree(self, age: str = "adult", **changes: Any) -> Any:
        """The notice was read, the box ticked."""
        return await self.ask(
            "consent", **{"visit": self.visit, "id": f"w-{age}", "notice": "1", "age": age, "agreed": True, **changes}
        )

    async def enrol(self) -> Any:
        """From the number to the kept template."""
        await self.come()
        await self.agree()
        attempt = await self.ask("enrol", visit=self.visit)
        await self.faces.keep(self.shop)
        return attempt

    async def follow(self, request: str, after: int = 0) -> Any:
        return (await self.get(f"/api/places/kiosk-1/attempts/{request}?after={after}&language=en"))[1]

    async def rows(self, table: str) -> int:
        return int(await self.shop.view.journal.query(lambda db: db.execute(f"SELECT count(*) FROM {table}").fetchone()[0]))  # noqa: S608


@asynccontextmanager
async def at_kiosk(
    opens: Opens, browser: aiohttp.ClientSession, path: Path, *, shown: bool = True, is_configured: bool = True, **options: Any
) -> AsyncIterator[Kiosk]:
    """``shown``: the camera may be shown; ``is_configured``: the shop recognises members by face."""
    camera = Plugged(driver="camera/video-file", settings=VideoFileSettings(path=path, shown=shown))
    faces = PuppetFaces()
    async with opens(
        listen=LAN,
        plugged={"cam-1": camera, **options.pop("plugged", {})},
        kiosks=KIOSKS,
        notice=NOTICE if is_configured else None,
        faces=faces if is_configured else None,
        **options,
    ) as shop:
        await members(shop, spend_by=["phone", "code"])
        yield Kiosk(shop, browser, faces, await shop.token("kiosk-1"))
