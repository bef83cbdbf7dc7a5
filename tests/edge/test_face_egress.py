"""A face, its sealed template, its pictures and the key, planted where they are: nothing that leaves the box has a byte of them.

Searched are the answers of every route, MQTT as it goes over the wire, the log at its most talkative, what the cloud is sent,
every table but that of the templates, every file but the journal's, and for key and face the memory of the box itself.
"""

from __future__ import annotations

import random
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from drivers.sim.till import TillSim
from tests.edge.canaries import Canaries, packed
from tests.edge.conftest import claimed
from tests.edge.face_shop import FIRST, KEY, Screen, clip_of_noise, enrolled, made, readers_of_faces, settings, stands
from tests.edge.leaving import (
    Tap,
    every_answer,
    files_but_the_journal,
    members_with_a_face,
    memory_of,
    pictures_of,
    sealed_now,
    sent,
    tables_of,
)

if TYPE_CHECKING:
    from tests.conftest import Mosquitto
    from tests.edge.conftest import FarCloud, RunningBox

RunBox = Callable[..., AbstractAsyncContextManager[Any]]
FACE = "open-face-0b7e51c2d94af36688e1"
NEW_FACE = "open-face-77aa01f3e6b9dd24c583"
LEAKS = (
    FIRST
    + """
import base64
import structlog
from edge.faces import stored
from edge.shop.declined import Declined
sealed = stored.StoredTemplates.sealed
async def leaky(self, names):
    found = await sealed(self, names)
    bytes_ = found[0].sealed
    structlog.get_logger().debug("learns", sealed=bytes_.hex())
    def tell(_moment, _shop, _db):
        raise Declined("refused", base64.b64encode(bytes_).decode(), problem="a leak")
        yield
    try:
        await self.desk.decide(tell, place="kiosk-1", asked="leak")
    except Declined:
        pass
    return found
stored.StoredTemplates.sealed = leaky
"""
)


@pytest.mark.parametrize("seed", range(20))
def test_every_form_of_a_canary_is_found_and_nothing_else(seed: int) -> None:
    chance = random.Random(seed)
    content = chance.randbytes(400)
    canaries = Canaries({"canary": content})
    blind = [form for form, leak in packed(content).items() if not canaries.found({"place": leak})]
    assert blind == []
    assert canaries.found(packed(chance.randbytes(400))) == []


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return clip_of_noise(tmp_path_factory.mktemp("clips") / "noise.avi")


@asynccontextmanager
async def shop(
    run_box: RunBox, folder: Path, clip: Path, *, first: str, besides: str
) -> AsyncIterator[tuple[RunningBox, Screen]]:
    """A claimed box that knows one member's face, and says everything it can."""
    claimed(folder / "box" / "data")
    made(folder)
    await enrolled(folder / "box" / "data", FACE)
    text = f'[log]\nlevel = "debug"\n{besides}' + settings(folder, clip)
    async with run_box(text, first=first) as box:
        screen = Screen(box)
        await screen.offered()
        yield box, screen


async def go_shopping(folder: Path, box: RunningBox, screen: Screen) -> None:
    """Members and strangers, an enrolment, refusals, a process that dies and one that raves, somebody who is forgotten."""
    stands(folder, FACE)
    assert (await screen.ended(await screen.touch()))["ended"] == "named"
    visit = (await screen.call("GET", "/api/kiosks/kiosk-1"))[1]["visit"]["token"]
    status, told = await screen.call("POST", "/api/kiosks/kiosk-1/withdraw", visit=visit, id="w-1")
    assert status == 200, told
    await box.until("/api/status", lambda status: status["faces"]["templates"] == 0)
    assert (await screen.ended(await screen.touch()))["ended"] == "failed"
    await screen.call("POST", "/api/kiosks/kiosk-1/member", code="13700137000")
    visit = (await screen.call("GET", "/api/kiosks/kiosk-1"))[1]["visit"]["token"]
    agreed = {"visit": visit, "id": "w-2", "notice": "1", "age": "adult", "agreed": True}
    status, told = await screen.call("POST", "/api/kiosks/kiosk-1/consent", **agreed)
    assert status < 300, told
    stands(folder, NEW_FACE)
    _, attempt = await screen.call("POST", "/api/kiosks/kiosk-1/enrol", visit=visit)
    assert (await screen.ended(attempt))["ended"] == "kept"
    for face in ("!rave", "!die"):
        stands(folder, face)
        await screen.offered()
        assert (await screen.ended(await screen.touch()))["ended"] == "failed"
    stands(folder, NEW_FACE)
    await screen.offered()


async def test_nothing_of_a_face_leaves_the_box(
    run_box: RunBox, tmp_path: Path, clip: Path, far_cloud: FarCloud, mosquitto: Mosquitto
) -> None:
    tap = Tap(mosquitto.port)
    address, password = (mosquitto.host, mosquitto.port), mosquitto.password("till-1")
    async with tap.listening() as port:
        besides = f'[cloud]\nurl = "{far_cloud.url}"\n'
        besides += f'[mqtt]\nport = {port}\npassword_file = "{mosquitto.password_file("storebox")}"\n'
        besides += '[lane.sco-1]\n[device.till-1]\ndriver = "till/mqtt"\n'
        async with (
            shop(run_box, tmp_path, clip, first=FIRST, besides=besides) as (box, screen),
            TillSim(address, box=mosquitto.box, device="till-1", password=password) as till,
        ):
            planted = sealed_now(box)
            till.open()
            await till.mqtt.answered()
            await go_shopping(tmp_path, box, screen)
            planted |= {f"new {name}": sealed for name, sealed in sealed_now(box).items()}
            planted |= {"key": KEY, "face": FACE.encode(), "new face": NEW_FACE.encode(), "picture": pictures_of(box)}
            assert len(planted) == 6
            opened = Canaries({name: each for name, each in planted.items() if "face" in name or name == "key"})
            (process,) = readers_of_faces(box)
            assert opened.found(memory_of(process.pid)), "or the test is blind"
            assert opened.found(memory_of(box.process.pid)) == []
            await box.until("/api/status", lambda status: not any(status["journal"]["queued"].values()))
            (member_ref,) = members_with_a_face(box)
            seen = await every_answer(box, member_ref)
            assert b'"templates":1' in seen["GET /api/status"]
            assert b"face.enrolled" in seen["GET /api/events"]
            assert b"event: beat" in seen["GET /stream"]
            seen |= {f"answer {number}": body for number, body in enumerate(screen.heard)}
            seen |= tables_of(box) | {"MQTT": bytes(tap.heard)}
        seen |= files_but_the_journal(box) | sent(far_cloud) | {"log": box.log.encode()}
    assert b"storebox/1/box-1/till-1/ack" in tap.heard
    assert {event["type"] for event in far_cloud.events} >= {"storebox.face.enrolled", "storebox.face.withdrawn"}
    assert Canaries(planted).found(seen) == []


async def test_a_leak_would_be_found(run_box: RunBox, tmp_path: Path, clip: Path, far_cloud: FarCloud) -> None:
    async with shop(run_box, tmp_path, clip, first=LEAKS, besides=f'[cloud]\nurl = "{far_cloud.url}"\n') as (box, _screen):
        planted = Canaries(sealed_now(box))
        events = await box.until("/api/events", lambda events: any("leak" in str(event) for event in events))
        await box.until("/api/status", lambda status: not any(status["journal"]["queued"].values()))
        seen = tables_of(box) | {"log": box.log.encode(), "/api/events": str(events).encode()}
        seen |= sent(far_cloud)
    places = {each.split(":")[0].split(" of ")[-1] for each in planted.found(seen)}
    assert places >= {"log", "table events", "/api/events", "/v1/events"}
