"""What counting costs: two cameras of 640×360 that show a busy street five times a second, all processes of both together.

Real: ffmpeg plays a clip at its own speed, the capture processes fill the rings, the shipped inference process looks at them with
the model that is there. Everybody on the street moves, so the gate spares nothing; an empty shop costs a fifth of it.
"""

from __future__ import annotations

import asyncio
import sys
import time
from contextlib import AsyncExitStack, aclosing
from dataclasses import dataclass
from pathlib import Path

import psutil

from drivers.cameras.camera import Camera
from drivers.cameras.video_file import VideoFileSettings, capture
from drivers.wires.pictures import Pictures
from edge.status import Board
from edge.vision.eyes import Eyes
from edge.vision.layout import Body, Layout, Line, Zone
from edge.vision.process import Program
from models.manifest import shipped_models
from models.people import DETECTORS
from models.proof import condition
from tests.bench.spread import spread
from tests.media import MEDIA, MODEL_FOLDERS
from tests.vision.conftest import Counted

CAMERAS = ("cam-door", "cam-till")
FPS = 5
SECONDS = 15
ROUNDS = 3
PROMISED_PERCENT = 60.0
DOOR = Layout(
    lines=(Line(name="door", a=(0.5, 0.2), b=(0.5, 0.95), inside=(0.2, 0.6)),),
    zones=(Zone(name="till", kind="queue", corners=((0.1, 0.4), (0.5, 0.4), (0.5, 0.9), (0.1, 0.9))),),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Round:
    """CPU in percent of one core."""

    inference: float
    capture: float
    box: float
    seen_fps: float
    starved: int
    rss_mib: float

    @property
    def total(self) -> float:
        return self.inference + self.capture + self.box


def spent_s(processes: list[psutil.Process]) -> float:
    return sum(sum(each.cpu_times()[:2]) for each in processes)


async def play(name: str, settings: VideoFileSettings, pictures: Pictures) -> None:
    async with (
        Camera(name, settings, lambda: capture(settings), str(settings.path), pictures) as camera,
        aclosing(camera.readings()) as readings,  # type: ignore[type-var]
    ):
        async for _ in readings:
            pass


async def until_watched(eyes: Eyes) -> None:
    async with asyncio.timeout(60):
        while any(each.figures.processed < FPS for each in eyes.cameras().values()):  # noqa: ASYNC110
            await asyncio.sleep(0.1)


async def measure(eyes: Eyes) -> Round:
    """SECONDS from now on."""
    box = psutil.Process()
    inference = [each for each in box.children() if "edge.vision" in each.cmdline()]
    capturing = [each for each in box.children(recursive=True) if each not in inference]
    before = [spent_s(inference), spent_s(capturing), time.process_time()]
    figures, began = {name: each.figures for name, each in eyes.cameras().items()}, time.monotonic()
    await asyncio.sleep(SECONDS)
    seconds = time.monotonic() - began
    after = [spent_s(inference), spent_s(capturing), time.process_time()]
    percent = [100 * (now - then) / seconds for now, then in zip(after, before, strict=True)]
    cameras = eyes.cameras()
    seen = sum(each.figures.processed + each.figures.still for each in cameras.values())
    seen -= sum(each.processed + each.still for each in figures.values())
    return Round(
        inference=percent[0],
        capture=percent[1],
        box=percent[2],
        seen_fps=seen / seconds / len(cameras),
        starved=sum(cameras[name].figures.starved - figures[name].starved for name in cameras),
        rss_mib=inference[0].memory_info().rss / (1 << 20),
    )


async def rounds(clip: Path, models: Path) -> tuple[str, list[Round]]:
    pictures = Pictures()

    async def layouts() -> Body:
        return Body(cameras=dict.fromkeys(CAMERAS, DOOR))

    program = Program(detector="auto", models_dir=models, threads=1)
    eyes = Eyes(names=CAMERAS, fps=FPS, program=program, pictures=pictures, board=Board(), layouts=layouts)
    settings = VideoFileSettings(path=clip, width_px=640, height_px=360, fps=FPS)
    async with AsyncExitStack() as held:
        for name, run in [("eyes", eyes.run(Counted())), *((each, play(each, settings, pictures)) for each in CAMERAS)]:
            task = asyncio.create_task(run, name=name)
            held.callback(task.cancel)
        await until_watched(eyes)
        model = eyes.inferences()["people"]
        measured = [await measure(eyes) for _ in range(ROUNDS)]
        return f"{model.model}, {eyes.inferences()['people'].ms:.0f} ms a look", measured


def models_folder() -> Path | None:
    """The folder with the best detector that is anywhere."""
    known = shipped_models()
    for name in DETECTORS:
        for folder in MODEL_FOLDERS:
            if condition(name, known[name], folder).state == "intact":
                return folder
    return None


def main() -> int:
    """Print the figures; 1 when all together cost more than promised, or a camera starved."""
    clip, models = MEDIA / "clips" / "vtest.avi", models_folder()
    if models is None or not clip.exists():
        print("not measured: there is no clip or no model (tests/media.py says where they are looked for)")
        return 0
    model, measured = asyncio.run(rounds(clip, models))
    print(f"two cameras of 640×360 at {FPS} pictures a second, {model}; percent of one core (min / median / max of {ROUNDS}):")
    print(f"  inference process         {spread([each.inference for each in measured])}")
    print(f"  ffmpeg and capture        {spread([each.capture for each in measured])}")
    print(f"  the box itself            {spread([each.box for each in measured])}")
    print(f"  all together              {spread([each.total for each in measured])}   promised: {PROMISED_PERCENT:.0f}")
    print(f"  pictures seen a second    {spread([each.seen_fps for each in measured])}   of each camera")
    print(f"  looks starved             {sum(each.starved for each in measured)}   promised: 0")
    print(f"  memory of the process     {spread([each.rss_mib for each in measured])} MiB")
    kept = sorted(each.total for each in measured)[ROUNDS // 2] <= PROMISED_PERCENT
    return 0 if kept and not any(each.starved for each in measured) else 1


if __name__ == "__main__":
    sys.exit(main())
