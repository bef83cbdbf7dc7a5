"""A mirror on the box's own page: what the page hands in becomes the same readings, and is answered after COMMIT."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import pytest

from drivers.commands import Done, Refused, SetProperty, Show, Tare
from drivers.contract import DeviceGone, Receipt, Wires
from drivers.mirrors.page import PageMirror, PageSettings
from drivers.readings import AnyReading, Presence, Reported, Unreadable
from drivers.room_readings import MirrorTouched, MirrorUsed, ShadeTried

DEADLINE_MS = 30_000


@dataclass
class Box:
    """Stands for the box around the driver."""

    wires: Wires
    mirror: PageMirror
    readings: list[AnyReading] = field(default_factory=list)
    listening: asyncio.Task[None] = field(init=False)

    async def listen(self) -> None:
        async for reading in self.mirror.readings():
            self.readings.append(reading)
            if isinstance(reading, Reported | Unreadable):
                problem = reading.problem if isinstance(reading, Unreadable) else ""
                await self.mirror.acknowledge(reading, Receipt(ok=not problem, problem=problem))

    async def say(self, name: str, **fields: object) -> Receipt:
        """As the page does."""
        payload = json.dumps(fields).encode()
        return await self.wires.post.deliver("mirror-1", name, payload, deadline_ms=DEADLINE_MS)


@asynccontextmanager
async def opened(**changes: Any) -> AsyncIterator[Box]:
    settings = PageSettings(camera="cam-1").model_copy(update=changes)
    wires = Wires(broker=None)  # type: ignore[arg-type]
    async with PageMirror("mirror-1", settings, wires) as mirror:
        box = Box(wires, mirror)
        box.listening = asyncio.create_task(box.listen(), name="readings")
        yield box
        box.listening.cancel()
        await asyncio.wait([box.listening])


async def test_the_page_says_what_a_mirror_says() -> None:
    async with opened() as box:
        assert await box.say("hello") == Receipt(ok=True)
        assert await box.say("began", id="a", session="v-1") == Receipt(ok=True)
        assert await box.say("touch", session="v-1", x=1, y=999) == Receipt(ok=True)
        assert await box.say("tried", id="b", session="v-1", sku="rouge-01", ms=900, intensity=100) == Receipt(ok=True)
    assert [type(reading) for reading in box.readings] == [Presence, MirrorUsed, MirrorTouched, ShadeTried]


@pytest.mark.parametrize("name", ["touch", "state", "began", "nonsense"])
async def test_a_page_that_talks_nonsense_is_told(name: str) -> None:
    async with opened() as box:
        receipt = await box.say(name, id="a", x="left")
    assert not receipt.ok
    assert not receipt.retry
    assert receipt.problem
    assert isinstance(box.readings[-1], Unreadable)


async def test_the_page_shows_what_it_is_asked_to_and_says_so() -> None:
    async with opened() as box:
        answer = asyncio.create_task(box.mirror.perform(Show(upper="Hello", deadline_ms=DEADLINE_MS)))
        assert await box.wires.wishes.next("mirror-1") == {"message": "Hello\n"}
        await box.say("state", property="message", value="Hello\n")
        assert await answer == Done(detail="message = Hello\n")


async def test_a_page_that_does_not_answer_has_not_done_it_and_does_not_do_it_later() -> None:
    async with opened() as box:
        wish = SetProperty(property="message", value="now", deadline_ms=50)
        assert await box.mirror.perform(wish) == Refused(
            reason="mirror-1 did not report message = 'now' in 50 ms: it says nothing"
        )
        answer = asyncio.create_task(box.mirror.perform(SetProperty(property="message", value="now", deadline_ms=1_500)))
        await box.wires.wishes.next("mirror-1")
        await box.say("state", property="message", value="no")
        assert await answer == Refused(reason="mirror-1 did not report message = 'now' in 1500 ms: it says 'no'")
        await box.mirror.perform(wish)
        box.wires.wishes.ask("mirror-1", "other", "1")
        assert await box.wires.wishes.next("mirror-1") == {"other": "1"}
        assert await box.mirror.perform(Tare()) == Refused(reason="mirror-1 cannot tare; it can: set-property, show")


async def test_a_shut_page_is_gone() -> None:
    async with opened(silent_after_s=0.05) as box:
        with pytest.raises(DeviceGone) as gone:
            await box.listening
    told = "the page of mirror-1 is not open: open /mirror/mirror-1 of this box on the mirror's screen"
    assert str(gone.value) == told


async def test_a_page_that_falls_silent_has_been_left() -> None:
    async with opened(silent_after_s=0.5) as box:
        await box.say("began", id="a", session="v-17")
        with pytest.raises(DeviceGone):
            await box.listening
    began, left = box.readings
    assert isinstance(began, MirrorUsed)
    assert isinstance(left, MirrorUsed)
    assert (began.kind, left.kind, left.session) == ("began", "left", "")


async def test_a_page_that_was_never_open_was_not_left() -> None:
    async with opened(silent_after_s=0.05) as box:
        with pytest.raises(DeviceGone):
            await box.listening
    assert box.readings == []
