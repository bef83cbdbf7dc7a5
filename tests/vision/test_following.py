"""What the process is told of cameras that open, close and open anew, of drawings that change, and of who looks."""

from __future__ import annotations

import os
import socket
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

import pytest

from drivers.wires.pictures import Pictures
from edge.channel import BoxEnd, ProcessEnd
from edge.vision.following import Following
from edge.vision.layout import Body, FloorPlan, Layout
from edge.vision.live import HIDE_AFTER_S, Live
from edge.vision.words import SPEECH, Asked, Hide, Show, Unwatch, Watch
from tests.vision.conftest import DOOR

if TYPE_CHECKING:
    from tests.ring_cameras import RingCamera

    Opens = Callable[..., RingCamera]

PLAN = FloorPlan(width_mm=12_000, height_mm=8_000)
NOTHING = Body(cameras={})


class Told:
    """The process's end of the line; what it hears."""

    def __init__(self, pictures: Pictures) -> None:
        ours, theirs = socket.socketpair()
        self.box, self._process = BoxEnd(ours, SPEECH), ProcessEnd(theirs, SPEECH)
        self.now_s = 0.0
        self.live = Live(clock=lambda: self.now_s)
        self.following = Following(line=self.box, names=("cam-door", "cam-till"), fps=5, pictures=pictures, live=self.live)

    async def after(self, body: Body) -> list[Asked]:
        """What the process is told once all is as it is now; each ring comes with its word."""
        await self.following.tell(body)
        heard = self._process.hear(0)
        for word, ring in heard:
            assert (ring is not None) == isinstance(word, Watch | Show)
            if ring is not None:
                os.close(ring)
        return [word for word, _ in heard]

    def close(self) -> None:
        self.box.close()
        self._process.close()


@pytest.fixture
def told(pictures: Pictures) -> Iterator[Told]:
    line = Told(pictures)
    yield line
    line.close()


def watch(camera: str, layout: Layout = Layout(), plan: FloorPlan | None = None) -> Watch:  # noqa: B008 - it is frozen
    return Watch(camera=camera, layout=layout, plan=plan, fps=5)


async def test_only_what_changes_is_told(told: Told, ring_camera: Opens, pictures: Pictures):
    assert await told.after(NOTHING) == []
    camera = ring_camera("cam-door")
    ring_camera("cam-other")
    assert await told.after(NOTHING) == [watch("cam-door")]
    assert await told.after(NOTHING) == []
    drawn = Body(cameras={"cam-door": DOOR, "cam-other": DOOR})
    assert await told.after(drawn) == [watch("cam-door", DOOR)]
    assert await told.after(drawn) == []
    planned = Body(cameras={"cam-door": DOOR}, floor=PLAN)
    assert await told.after(planned) == [watch("cam-door", DOOR, PLAN)]
    camera.reopen()
    assert await told.after(planned) == [watch("cam-door", DOOR, PLAN)]
    rings = pictures.rings.pop("cam-door")
    assert await told.after(planned) == [Unwatch(camera="cam-door")]
    assert await told.after(planned) == []
    pictures.rings["cam-door"] = rings
    assert await told.after(planned) == [watch("cam-door", DOOR, PLAN)]


async def test_a_live_picture_is_asked_for_until_nobody_looks(told: Told):
    told.live.look("cam-till", (64, 36))
    assert await told.after(NOTHING) == [Show(camera="cam-till")]
    told.now_s = HIDE_AFTER_S - 1
    assert await told.after(NOTHING) == []
    told.live.look("cam-till", (128, 72))
    assert await told.after(NOTHING) == [Show(camera="cam-till")]
    told.now_s += HIDE_AFTER_S
    assert await told.after(NOTHING) == [Hide(camera="cam-till")]
    assert await told.after(NOTHING) == []
