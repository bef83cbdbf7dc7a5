"""A member touches "recognise me" while two cameras count people: from the camera's picture to the name, on the same cores.

Real: ffmpeg plays a street to two cameras and a member's face to a third, the capture processes fill the rings, the shipped
processes count people and read faces; 20 000 members are known. One look follows the other, as no kiosk would be touched.
"""

from __future__ import annotations

import asyncio
import subprocess
import time
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from drivers.cameras.video_file import VideoFileSettings
from drivers.wires.pictures import Pictures
from edge.child import child
from edge.faces.vault import Vault
from edge.faces.words import MOST_AT_ONCE, SPEECH, Beat, BoxLine, Identify, Learn, Learnt, Matched, Open, Said, Sealed, Unmatched
from edge.status import Board
from edge.vision.eyes import Eyes
from edge.vision.layout import Body
from edge.vision.process import Program
from models.face_vectors import LENGTH, FaceVector
from tests.bench.bench_eyes import CAMERAS, DOOR, play, until_watched
from tests.vision.conftest import Counted

MEMBERS, LOOKS, WITHIN_S = 20_000, 40, 120
KIOSK, WIDTH_PX, HEIGHT_PX, FPS, COUNTED_FPS = "cam-kiosk", 1280, 720, 10, 5
PROGRAM = ("-P", "-m", "edge.faces")


@dataclass(frozen=True, slots=True, kw_only=True)
class Looked:
    """``ms`` from the first picture to the name, of each look; ``unmatched`` are the looks that named nobody, or another."""

    ms: list[float]
    unmatched: list[str]
    learnt_s: float


def kiosk_clip(photo: NDArray[np.uint8], into: Path) -> Path:
    """Ten seconds of somebody before a kiosk, who sways a little, under a camera's noise."""
    path, chance = into / "kiosk.mkv", np.random.default_rng(6)
    face = np.asarray(cv2.resize(photo, None, fx=2.5, fy=2.5, interpolation=cv2.INTER_CUBIC), np.uint8)
    size = f"{WIDTH_PX}x{HEIGHT_PX}"
    raw = ("-f", "rawvideo", "-pix_fmt", "bgr24", "-s", size, "-r", str(FPS), "-i", "-")
    command = ["ffmpeg", "-v", "error", "-y", *raw, "-c:v", "mjpeg", "-q:v", "3", str(path)]
    with subprocess.Popen(command, stdin=subprocess.PIPE) as writer:
        assert writer.stdin is not None
        for number in range(10 * FPS):
            scene = np.full((HEIGHT_PX, WIDTH_PX, 3), 90, np.uint8)
            left, top = round(500 + 20 * np.sin(number / 8)), round(180 + 6 * np.sin(number / 5))
            scene[top : top + face.shape[0], left : left + face.shape[1]] = face
            writer.stdin.write(np.clip(scene + chance.normal(0, 3, scene.shape), 0, 255).astype(np.uint8).tobytes())
    return path


def members_of(vault: Vault, member: FaceVector) -> list[Sealed]:
    """One who comes, and all others by chance."""
    rows = np.random.default_rng(6).normal(size=(MEMBERS - 1, LENGTH)).astype(np.float32)
    rows /= np.linalg.norm(rows, axis=1, keepdims=True)
    others = [vault.seal(FaceVector(values=row), template=f"t-{at}", member=f"m-{at}") for at, row in enumerate(rows)]
    return [*others, vault.seal(member, template="t-known", member="m-known")]


class Ear:
    """Hears the process out, word by word."""

    def __init__(self, line: BoxLine) -> None:
        self.line, self._heard = line, list[Said]()

    async def until(self, *kinds: type[Said]) -> Said:
        async with asyncio.timeout(WITHIN_S):
            while True:
                while self._heard:
                    said = self._heard.pop(0)
                    if isinstance(said, kinds):
                        return said
                self._heard = await self.line.hear()


async def learn(ear: Ear, known: list[Sealed]) -> float:
    """How long it takes until all are known."""
    words = [known[start : start + MOST_AT_ONCE] for start in range(0, len(known), MOST_AT_ONCE)]
    began = time.monotonic()
    for each in words:
        await ear.line.say(Learn(templates=tuple(each)))
    for _ in words:
        learnt = await ear.until(Learnt)
        assert isinstance(learnt, Learnt)
        assert not learnt.refused
    return time.monotonic() - began


async def looks(ear: Ear) -> tuple[list[float], list[str]]:
    """One after another, at no even pace, so that they meet the counting at every moment of its turn."""
    ms, unmatched, chance = [], [], np.random.default_rng(6)
    for number in range(LOOKS):
        await asyncio.sleep(chance.uniform(0.2, 0.8))
        await ear.line.say(Identify(request=f"r-{number}", camera=KIOSK, within_ms=6000))
        said = await ear.until(Matched, Unmatched)
        if isinstance(said, Matched) and said.member == "m-known":
            ms.append((time.monotonic_ns() - said.picture_ns) / 1e6)
        else:
            unmatched.append(repr(said))
    return ms, unmatched


async def looked(models_dir: Path, street: Path, kiosk: Path, key_file: Path, known: list[Sealed]) -> Looked:
    """All of it at work."""
    pictures = Pictures()

    async def layouts() -> Body:
        return Body(cameras=dict.fromkeys(CAMERAS, DOOR))

    program = Program(detector="auto", models_dir=models_dir, threads=1)
    eyes = Eyes(names=CAMERAS, fps=COUNTED_FPS, program=program, pictures=pictures, board=Board(), layouts=layouts)
    counted = VideoFileSettings(path=street, width_px=640, height_px=360, fps=COUNTED_FPS)
    kiosked = VideoFileSettings(path=kiosk, width_px=WIDTH_PX, height_px=HEIGHT_PX, fps=FPS)
    async with AsyncExitStack() as held:
        cameras = [(each, play(each, counted, pictures)) for each in CAMERAS]
        for name, run in [("eyes", eyes.run(Counted())), *cameras, (KIOSK, play(KIOSK, kiosked, pictures))]:
            task = asyncio.create_task(run, name=name)
            held.callback(task.cancel)
        told = (str(models_dir), str(key_file), "1")
        line, _ = await held.enter_async_context(child(PROGRAM, told, SPEECH))
        ear = Ear(line)
        while (beat := await ear.until(Beat)) and isinstance(beat, Beat) and beat.loading:
            pass
        learnt_s = await learn(ear, known)
        await until_watched(eyes)
        async with asyncio.timeout(WITHIN_S):
            while KIOSK not in pictures.rings:  # noqa: ASYNC110
                await asyncio.sleep(0.1)
        await line.say(Open(camera=KIOSK, kind="kiosk"), pictures.rings[KIOSK].raw_fd)
        ms, unmatched = await looks(ear)
    return Looked(ms=ms, unmatched=unmatched, learnt_s=learnt_s)
