"""A shop that recognises members by face: the box's real part and journal, a ring for a camera, and a puppet for the process."""

from __future__ import annotations

import asyncio
import os
import secrets
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import psutil
import pytest

from config.schema import Faces, Kiosk, Plugged, Settings
from drivers.cameras.usb import UsbCameraSettings
from drivers.wires.pictures import Pictures
from edge.child import ProcessFailed
from edge.faces import gallery as gallery_file
from edge.faces import life as life_file
from edge.faces import recognition as recognition_file
from edge.faces.gallery import Gallery
from edge.faces.recognition import Recognition
from edge.faces.recording import Recording
from edge.faces.standing import Standing
from edge.faces.stored import StoredTemplates
from edge.faces.window import Attempt, Outcome
from edge.shop.faces.consent import Consent, give_consent
from edge.shop.faces.here import name_at_kiosk
from edge.shop.faces.templates import keep_template
from edge.shop.members.events import MemberIdentified
from edge.shop.members.identify import conceal_code
from edge.shop.shop import Shop
from edge.shop_desk import ShopDesk
from edge.status import Board
from tests.edge.face_puppet import MODEL, sealed_by
from tests.edge.puppets import Counter, open_counter
from tests.ring_cameras import RingCamera

PATIENCE_S = 60.0
PROGRAM = ("-P", str(Path(__file__).with_name("face_puppet.py")))
FACES = Faces(purpose_zh="识别会员", purpose_en="to recognise members", assessment="PIA-1", contact="privacy@shop.example")
KIOSK = "kiosk-1"
Seals = Callable[[str, str], bytes]
"""The sealed bytes for a template and a member."""


def camera(**told: Any) -> Plugged:
    """A camera of a kiosk, unless it is ``told`` otherwise."""
    return Plugged(driver="camera/usb", settings=UsbCameraSettings(**{"path": "/dev/video0", "kind": "kiosk", **told}))


TWO_KIOSKS = {"kiosk-1": Kiosk(camera="cam-1"), "kiosk-2": Kiosk(camera="cam-2")}
TWO_CAMERAS = {"cam-1": camera(), "cam-2": camera(kind="mirror")}


def shop_with(**told: Any) -> Settings:
    """The settings of a shop with one kiosk."""
    usual: dict[str, Any] = {"faces": FACES, "kiosk": {KIOSK: Kiosk(camera="cam-1")}, "device": {"cam-1": camera()}}
    return Settings(**{**usual, **told})


@dataclass
class Facing:
    """The box. ``folder`` is where the puppet looks who is there."""

    folder: Path
    settings: Settings
    counter: Counter
    desk: ShopDesk
    pictures: Pictures
    recognition: Recognition
    running: asyncio.Task[Any]
    key: bytes = field(repr=False)

    @property
    def board(self) -> Board:
        return self.counter.board

    def stands(self, face: str) -> None:
        """Who is before every camera from now on."""
        written = self.folder / "face.next"
        written.write_text(face)
        written.rename(self.folder / "face")

    def shop(self) -> Shop:
        return Shop.from_settings(self.settings, b"k" * 32)

    async def until(self, holds: Callable[[], object]) -> None:
        """Wait; what fails meanwhile is told."""
        async with asyncio.timeout(PATIENCE_S):
            while not holds():
                assert not self.running.done(), self.running
                await asyncio.sleep(0.02)

    async def offered(self, place: str = KIOSK) -> None:
        await self.until(lambda: self.recognition.offered(place))

    async def agrees(self, phone: str) -> tuple[str, str]:
        """A member says who they are and agrees; their reference, and the name of the consent."""
        return await agree(self.desk, self.shop(), phone)

    async def enrolled(self, face: str, phone: str, template: str = "") -> str:
        """A member whose face is kept already; their reference."""
        return await keep_enrolled(self.desk, self.shop(), phone, sealed_by(self.key, face), template)

    @property
    def gallery(self) -> Gallery | None:
        """Of the process that runs."""
        return None if self.recognition._life is None else self.recognition._life.gallery

    async def knows(self, count: int) -> None:
        """Wait until the process has learnt so many."""
        await self.until(lambda: self.gallery is not None and len(self.gallery.known) == count)

    async def table(self, query: str) -> list[Any]:
        return await self.counter.journal.query(lambda db: db.execute(query).fetchall())


async def agree(desk: ShopDesk, shop: Shop, phone: str) -> tuple[str, str]:
    """Somebody says at the kiosk who they are and agrees; their reference, and the name of the consent."""
    shown = conceal_code(phone, till=KIOSK, order=None, at=datetime.now(UTC), shop=shop)
    await desk.decide(name_at_kiosk(KIOSK, shown), place=KIOSK, asked="test")
    ref, consent = shown.pseudonym, secrets.token_hex(8)
    given = Consent(consent=consent, place=KIOSK, member_ref=ref, notice=shop.faces.notice, language="zh", age="adult")
    await desk.decide(give_consent(given), place=KIOSK, asked="test")
    return ref, consent


async def keep_enrolled(desk: ShopDesk, shop: Shop, phone: str, seal: Seals, template: str = "") -> str:
    """A member agrees, and a template is kept as ``seal`` seals it; the reference."""
    ref, consent = await agree(desk, shop, phone)
    name = template or f"t-{phone}"
    sealed = seal(name, ref)
    kept = keep_template(template=name, consent=consent, sealed=sealed, model=MODEL, clock="synced")
    await desk.decide(kept, place=KIOSK, asked="test")
    return ref


async def outcome_of(attempt: Attempt) -> Outcome:
    """How it ends."""
    async with asyncio.timeout(PATIENCE_S):
        while attempt.outcome is None:
            await attempt.after(attempt.changes)
    return attempt.outcome


def processes() -> list[psutil.Process]:
    """The puppets of this test."""
    found = []
    for each in psutil.Process().children():
        with suppress(psutil.Error):
            if each.status() != psutil.STATUS_ZOMBIE and any("face_puppet.py" in word for word in each.cmdline()):
                found.append(each)
    return found


async def named_by_face(box: Facing) -> list[tuple[str, str]]:
    """Who was recorded as recognised, and where."""
    told = await box.counter.events(MemberIdentified)
    return [(each["member_ref"], each["till"]) for each in told if each["method"] == "face"]


async def fails(box: Facing) -> str:
    """What the part has failed with; its process is gone."""
    async with asyncio.timeout(PATIENCE_S):
        with pytest.raises(ProcessFailed) as caught:
            await box.running
    assert processes() == []
    return str(caught.value)


def patient(monkeypatch: pytest.MonkeyPatch) -> None:
    """A busy machine is no hang; and looks come often, so that tests are short."""
    monkeypatch.setattr(life_file, "FOLLOW_S", 0.02)
    monkeypatch.setattr(recognition_file, "LOOK_S", 0.05)
    monkeypatch.setattr(life_file, "BEATS_WITHIN_S", 60.0)
    monkeypatch.setattr(gallery_file, "FORGETS_WITHIN_S", 60.0)


async def showing(ring: RingCamera) -> None:
    """A camera that is on."""
    while True:
        ring.show(80)
        await asyncio.sleep(0.05)


@asynccontextmanager
async def facing(
    folder: Path,
    settings: Settings | None = None,
    *,
    key: bytes | None = b"\x07" * 32,
    cameras: tuple[str, ...] = ("cam-1",),
    quota_mib: int = 64,
    program: tuple[str, ...] = PROGRAM,
) -> AsyncIterator[Facing]:
    """``async with facing(tmp_path) as box:``; without a ``key`` there is none."""
    key_file, models = folder / "face-key", folder / "models"
    models.mkdir(exist_ok=True)
    if key is not None:
        key_file.write_bytes(key)
        key_file.chmod(0o600)
    pictures = Pictures()
    async with open_counter(folder, quota_mib=quota_mib, work=False) as counter:
        box: Facing
        desk = ShopDesk(
            journal=counter.journal, shop=lambda: Shop.from_settings(box.settings, b"k" * 32), now=lambda: datetime.now(UTC)
        )
        recognition = Recognition(
            settings=lambda: box.settings,
            key_file=key_file if key is not None else None,
            models_dir=models,
            pictures=pictures,
            stored=StoredTemplates(desk=desk),
            recording=Recording(desk=desk),
            standing=Standing(board=counter.board),
            program=program,
        )
        rings = [RingCamera(name, pictures) for name in cameras]
        filling = [asyncio.ensure_future(showing(ring)) for ring in rings]
        running: asyncio.Task[Any] = asyncio.ensure_future(asyncio.sleep(0))
        box = Facing(models, settings or shop_with(), counter, desk, pictures, recognition, running, key or os.urandom(32))
        running.cancel()
        box.running = asyncio.ensure_future(recognition.run())
        try:
            yield box
        finally:
            box.running.cancel()
            for task in filling:
                task.cancel()
            await asyncio.gather(box.running, *filling, return_exceptions=True)
            for ring in rings:
                ring.close()
