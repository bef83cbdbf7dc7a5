"""A device that talks by itself: patience, evidence, and a shop that decides slowly."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.contract import BadFrame, DeviceError, DeviceGone, DeviceSilent, Frame
from drivers.readings import Weight
from drivers.sim.pty_port import PtyPort
from drivers.wires.framing import Framing
from drivers.wires.serial_line import SerialLine
from drivers.wires.streaming import KEPT_FRAMES, keep_changes, listen
from drivers.wires.unread import QUEUE_FRAMES

SECONDS = 30
FRAME = Frame(data=b"", device="lane-1", at=datetime(2026, 3, 1, 8, 30, tzinfo=UTC), monotonic_ms=0)


def weigh(frame: Frame) -> Weight:
    """``S1250`` at rest, ``M1250`` moving, ``O`` over; ``?`` the device complains."""
    text = frame.data.strip().decode("latin-1")
    if text == "?":
        raise DeviceError("the device complains")
    if text == "O":
        return Weight(device=frame.device, at=frame.at, monotonic_ms=frame.monotonic_ms, grams=None, state="over")
    if text[:1] not in {"S", "M"} or not text[1:].isdigit():
        raise BadFrame(f"{frame.data!r} is no weight", frame.data)
    state: Any = "stable" if text[0] == "S" else "moving"
    return Weight(device=frame.device, at=frame.at, monotonic_ms=frame.monotonic_ms, grams=int(text[1:]), state=state)


@asynccontextmanager
async def talking(folder: Path) -> AsyncIterator[tuple[PtyPort, SerialLine]]:
    far_end = PtyPort(folder / "port")
    far_end.plug()
    line = SerialLine(
        str(far_end.link),
        device="lane-1",
        framing=Framing(end=b"\n", longest=20),
        explain=lambda heard: "noise",
        baud=9600,
        thin=partial(keep_changes, decode=weigh),
    )
    async with asyncio.timeout(SECONDS), line:
        yield far_end, line
    far_end.unplug()


async def test_every_frame_is_a_reading(tmp_path: Path) -> None:
    async with talking(tmp_path) as (far_end, line):
        far_end.write(b"S0\nM10\nS20\nO\n")
        readings = listen(line, weigh, 20_000)
        assert [(await anext(readings)).grams for _ in range(4)] == [0, 10, 20, None]


@pytest.mark.parametrize(
    ("said", "error", "text"),
    [
        (b"", DeviceSilent, "nothing came within 200 ms: is the device switched on, cabled, and set to send by itself?"),
        (b"half a fr", BadFrame, "heard b'half a fr', which is no frame: noise"),
        (b"S0\nx\n", BadFrame, "b'x\\n' is no weight"),
        (b"?\n", DeviceError, "the device complains"),
    ],
)
async def test_patience_ends_with_what_was_last_seen(tmp_path: Path, said: bytes, error: type[DeviceError], text: str) -> None:
    async with talking(tmp_path) as (far_end, line):
        far_end.write(said)
        with pytest.raises(DeviceError) as caught:
            async for _ in listen(line, weigh, 200):
                pass
    assert type(caught.value) is error
    assert str(caught.value).endswith(text)


async def test_noise_of_long_ago_is_no_evidence(tmp_path: Path) -> None:
    async with talking(tmp_path) as (far_end, line):
        far_end.write(b"y" * 40 + b"\nS0\nS1\n")  # too long for a frame: its front is noise
        with pytest.raises(DeviceSilent):
            async for _ in listen(line, weigh, 200):
                pass


async def test_bad_frames_between_good_ones_are_passed_over(tmp_path: Path) -> None:
    async with talking(tmp_path) as (far_end, line):
        far_end.write(b"S1\nx\n?\nS2\n")
        readings = listen(line, weigh, 20_000)
        assert [(await anext(readings)).grams for _ in range(2)] == [1, 2]


async def test_a_slow_shop_is_not_the_devices_silence(tmp_path: Path) -> None:
    async with talking(tmp_path) as (far_end, line):
        readings = listen(line, weigh, 1_000)
        far_end.write(b"S1\n")
        await anext(readings)
        await asyncio.sleep(1.2)
        asyncio.get_running_loop().call_later(0.05, far_end.write, b"S2\n")
        assert (await anext(readings)).grams == 2


async def test_an_unplugged_device_is_gone_at_once(tmp_path: Path) -> None:
    async with talking(tmp_path) as (far_end, line):
        waiting = asyncio.ensure_future(anext(listen(line, weigh, 20_000)))
        await asyncio.sleep(0.05)
        far_end.unplug()
        with pytest.raises(DeviceGone, match="is gone"):
            await waiting


async def test_a_shop_that_stands_still_loses_no_stable_weight(tmp_path: Path) -> None:
    """3000 frames while nobody takes any: memory is bounded, the port is read on, and every weight at rest is there."""
    shown = [0, 1250, 0, 300, 0]
    async with talking(tmp_path) as (far_end, line):
        readings = listen(line, weigh, 20_000)
        far_end.write(b"S0\n")
        assert (await anext(readings)).grams == 0
        for grams in shown:
            for moving in range(300):
                await whole(far_end, b"M%d\n" % moving)
            for _ in range(300):
                await whole(far_end, b"S%d\n" % grams)
        await whole(far_end, b"S7777\n")  # which no moving pan shows
        heard = [await anext(readings)]
        assert len(line._unread.frames) <= QUEUE_FRAMES
        while heard[-1].grams != 7777:
            heard.append(await anext(readings))
    resting = [weight.grams for weight in heard if weight.state == "stable"]
    assert [grams for grams, before in zip(resting, [None, *resting], strict=False) if grams != before] == [*shown, 7777]


async def whole(far_end: PtyPort, data: bytes) -> None:
    """Write all of it: a pty takes no more when its buffer is full."""
    while data:
        data = data[far_end.write(data) :]
        await asyncio.sleep(0)


async def test_what_a_device_says_to_a_command_is_seen_and_still_heard(tmp_path: Path) -> None:
    async with talking(tmp_path) as (far_end, line):

        def zeroed(frame: Frame) -> str | None:
            return "yes" if frame.data == b"S0\n" else None

        async def obey() -> None:
            assert await far_end.read() == b"Z"
            far_end.write(b"S5\nS0\n")

        obeying = asyncio.ensure_future(obey())
        assert await line.tell(b"Z", zeroed, deadline_ms=20_000) == "yes"
        assert await line.tell(b"Z", zeroed, deadline_ms=50) is None
        await obeying
        readings = listen(line, weigh, 20_000)
        assert [(await anext(readings)).grams for _ in range(2)] == [5, 0]


def frames(texts: list[str], every_ms: int = 100) -> deque[Frame]:
    return deque(replace(FRAME, data=text.encode(), monotonic_ms=number * every_ms) for number, text in enumerate(texts))


def kept(texts: list[str], **choices: int) -> list[str]:
    queue = frames(texts)
    keep_changes(queue, weigh, **choices)
    return [frame.data.decode() for frame in queue]


def test_the_first_and_the_last_of_what_is_said_again_stay() -> None:
    assert kept(["S1", "S1", "S1", "M2", "M3", "M4", "S5", "x", "S5", "O", "O", "O"]) == [
        *["S1", "S1", "M2", "M4", "S5", "S5", "O", "O"]
    ]


def test_a_device_that_cannot_rest_leaves_its_resting_weights() -> None:
    left = kept([text for number in range(60) for text in (f"S{number}", f"M{number}", "O")])
    assert [text for text in left if text[0] == "S"] == [f"S{number}" for number in range(60)]
    assert left[-1] == "O"
    assert len(left) <= KEPT_FRAMES


def test_of_too_many_weights_the_newest_stay() -> None:
    assert kept([f"S{number}" for number in range(300)]) == [f"S{number}" for number in range(300 - KEPT_FRAMES, 300)]


def test_what_stays_the_same_for_a_while_rests_when_the_device_does_not_say() -> None:
    moving = [f"M{number}" for number in range(200)]
    left = kept([*moving, *["M1250"] * 6, *moving, "M9"], steady_ms=500)
    assert [text for text in left if text == "M1250"] == ["M1250"] * 2
    assert left[-1] == "M9"
    assert len(left) <= KEPT_FRAMES


def test_nothing_but_noise_leaves_nothing() -> None:
    assert kept(["x", "?"]) == []


@given(st.lists(st.sampled_from(["S0", "S1", "S2", "M0", "M1", "O", "x"]), max_size=60))
def test_changes_of_rest_survive_in_their_order(texts: list[str]) -> None:
    def rests(all_texts: list[str]) -> list[str]:
        said = [text for text in all_texts if text != "x"]
        return [text for text, before in zip(said, [None, *said], strict=False) if text[0] == "S" and text != before]

    assert rests(kept(texts)) == rests(texts)
