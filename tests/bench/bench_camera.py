"""What a picture costs: CPU of a camera's process and of its ffmpeg, against the same ffmpeg that writes to /dev/null.

A clip is played at its own ten pictures a second, so nothing is paid but the work. Our own process reads the pipe into the ring
and makes a checksum of every picture; with JPEG for screens it fills a second ring.
"""

from __future__ import annotations

import asyncio
import statistics
import subprocess
import sys
import time
from contextlib import aclosing
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import psutil

from drivers.cameras.camera import Camera
from drivers.cameras.ffmpeg_call import WITH_PARENT, command
from drivers.cameras.video_file import VideoFileSettings, capture
from drivers.wires.pictures import Pictures
from tests.bench.spread import spread

SIZES = ((640, 360), (1280, 720))
FPS = 10
PICTURES = 30
ROUNDS = 3
OURS_WITHIN_MS = {360: 2.0, 720: 5.0}
"""CPU of our own process a picture: with ten a second 2 % and 5 % of a core."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Cost:
    """CPU ms a picture: of our process, of its ffmpeg, of the box itself."""

    ours: float
    ffmpeg: float
    box: float


def clip(folder: Path, width_px: int, height_px: int) -> Path:
    path = folder / f"{height_px}.mp4"
    source = f"testsrc2=size={width_px}x{height_px}:rate={FPS}"
    made = ["ffmpeg", "-nostdin", "-loglevel", "error", "-f", "lavfi", "-i", source, "-t", "4", "-c:v", "mpeg4", "-q:v", "4"]
    subprocess.run([*made, str(path)], check=True)
    return path


def spent_ms(process: psutil.Process) -> float:
    times = process.cpu_times()
    return (times.user + times.system) * 1000


async def camera(settings: VideoFileSettings) -> Cost:
    """Play PICTURES pictures through a camera, from its first on."""
    box = psutil.Process()
    async with Camera("cam-1", settings, lambda: capture(settings), str(settings.path), Pictures()) as cam:
        first: tuple[int, list[float]] | None = None
        ours = ffmpeg = box
        async with aclosing(cam.readings()) as readings:  # type: ignore[type-var]
            async for reading in readings:
                if first is None:
                    ours, ffmpeg = sorted(box.children(recursive=True), key=lambda each: each.name().startswith("ffmpeg"))
                spent = [spent_ms(ours), spent_ms(ffmpeg), time.process_time() * 1000]
                if first is None:
                    first = reading.frames, spent
                elif reading.frames - first[0] >= PICTURES:
                    pictures = reading.frames - first[0]
                    cost = [(now - before) / pictures for now, before in zip(spent, first[1], strict=True)]
                    return Cost(ours=cost[0], ffmpeg=cost[1], box=cost[2])
    raise AssertionError("a camera's readings do not end")


def plain(settings: VideoFileSettings) -> float:
    """CPU ms a picture of ffmpeg alone, after the second that it needs to start."""
    line = [part for part in command(capture(settings), None) if part not in WITH_PARENT]
    line[-1:] = ["-y", "/dev/null"]
    with psutil.Popen(line) as ffmpeg:
        time.sleep(1)
        before, began = spent_ms(ffmpeg), time.monotonic()
        time.sleep(PICTURES / FPS)
        spent, pictures = spent_ms(ffmpeg) - before, (time.monotonic() - began) * FPS
        ffmpeg.kill()
    return spent / pictures


def main() -> int:
    """Print the figures; 1 when our own part costs more than promised."""
    kept = True
    with TemporaryDirectory() as folder:
        for width_px, height_px in SIZES:
            size = {"path": clip(Path(folder), width_px, height_px), "width_px": width_px, "height_px": height_px, "fps": FPS}
            settings = VideoFileSettings.model_validate(size)
            shown = settings.model_copy(update={"shown": True})
            rounds = [(plain(settings), asyncio.run(camera(settings)), asyncio.run(camera(shown))) for _ in range(ROUNDS)]
            print(f"{height_px}p, CPU ms a picture (min / median / max of {ROUNDS}):")
            print(f"  ffmpeg to /dev/null       {spread([alone for alone, _, _ in rounds])}")
            print(f"  ffmpeg of a camera        {spread([raw.ffmpeg for _, raw, _ in rounds])}")
            print(f"  our process               {spread([raw.ours for _, raw, _ in rounds])}")
            print(f"  the box itself            {spread([raw.box for _, raw, _ in rounds])}")
            print(f"  ffmpeg with JPEG          {spread([jpeg.ffmpeg for _, _, jpeg in rounds])}")
            print(f"  our process with JPEG     {spread([jpeg.ours for _, _, jpeg in rounds])}")
            kept &= statistics.median(raw.ours for _, raw, _ in rounds) <= OURS_WITHIN_MS[height_px]
    return 0 if kept else 1


if __name__ == "__main__":
    sys.exit(main())
