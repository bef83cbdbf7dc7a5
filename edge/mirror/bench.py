"""What the mirror costs on this machine and how good it is: without it the promises of docs/mirror.md could not be checked.

The shipped renderer and a plain loop of OpenCV and mediapipe take turns on the same pictures, so that both suffer from the same
noise of the machine. A picture begins as the camera's process hands it over (I420) and ends as JPEG in a socket.
"""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

import cv2
import msgspec
import numpy as np
from numpy.typing import NDArray

from edge.mirror.bench_clip import ClipFigures, measure_clip
from edge.mirror.bench_colour import ColourFigures, measure_colour
from edge.mirror.bench_pictures import HEIGHT_PX, WIDTH_PX, Clip, Picture, still
from edge.mirror.bench_plain import Plain
from edge.mirror.bench_steady import SteadyFigures, measure_steady
from edge.mirror.mirroring import QUALITY
from edge.mirror.paint import Sight, paint
from edge.mirror.render import Renderer
from edge.mirror.shades import Region, Shade
from edge.mirror.words import Look, Worn
from models.landmarks import face_finder

FRAMES = 120
WARM_UP = 10

COLOURS: dict[Region, str] = {"skin": "#e6c3a5", "cheeks": "#e0687a", "eyes": "#7a4f63", "lips": "#a3283c"}
LOOK: Look = tuple(
    Worn(shade=Shade(sku=region, region=region, finish="satin", srgb=srgb), intensity_percent=70)
    for region, srgb in COLOURS.items()
)
"""Four layers."""


class NoFace(Exception):
    """The mirror would paint nothing on these pictures; the text says why."""


class PlainFigures(msgspec.Struct, frozen=True, kw_only=True):
    """As in ``Figures``, of the plain loop."""

    fps: float
    p95_ms: float
    cpu_ms_per_frame: float
    layers_ms: float
    jitter_px: float
    delta_e00: float
    deviation: float
    texture: float


class Figures(msgspec.Struct, frozen=True, kw_only=True):
    """``fps``: pictures a second that one core's worth of processor time pays for. ``p95_ms``: from frame to wire, by the clock.

    ``jitter_px``: how far points of a still face stray, root mean square; ``raw_jitter_px``: as mediapipe gives them; ``lag_ms``:
    how far behind a turning head they are. ``delta_e00``, ``worst_e00``, ``bare_l``, ``deviation``, ``texture``: as in
    ``ColourFigures``. ``teeth_e00``, ``eyes_e00``, ``background_e00``: how far these have changed; None where none can be seen.
    ``clip``: how it goes with the clip's own movement; None for a photo.
    """

    fps: float
    p95_ms: float
    cpu_ms_per_frame: float
    layers_ms: float
    plain: PlainFigures
    jitter_px: float
    raw_jitter_px: float
    lag_ms: float
    delta_e00: float
    worst_e00: float
    bare_l: float
    deviation: float
    texture: float
    teeth_e00: float | None
    eyes_e00: float | None
    background_e00: float | None
    clip: ClipFigures | None


@dataclass(slots=True)
class _Cost:
    wall_s: list[float] = field(default_factory=list)
    cpu_s: list[float] = field(default_factory=list)
    layers_s: list[float] = field(default_factory=list)

    @contextmanager
    def one_frame(self) -> Iterator[None]:
        began, spent = time.monotonic(), time.process_time()
        yield
        self.wall_s.append(time.monotonic() - began)
        self.cpu_s.append(time.process_time() - spent)

    def figures(self) -> tuple[float, float, float, float]:
        """Frames a second of one core, p95 in ms, processor ms a frame, that of the layers."""
        cpu_ms = 1000 * float(np.mean(self.cpu_s[WARM_UP:]))
        p95_ms = 1000 * float(np.percentile(self.wall_s[WARM_UP:], 95))
        return round(1000 / cpu_ms, 1), round(p95_ms, 1), round(cpu_ms, 2), round(1000 * float(np.median(self.layers_s)), 2)


def run(clip: Clip, models_dir: Path, frames: int = FRAMES) -> Figures:
    """Measure with a clip or a photo, in a process off the network. Raises ModelUnusable, NoFace."""
    with closing(face_finder(models_dir)) as finder:
        photo, sight = _straightest(clip, Renderer(WIDTH_PX, HEIGHT_PX, finder))
    ours, plain = _costs(clip, photo, sight, models_dir, frames)
    with closing(face_finder(models_dir, counts=False)) as finder:
        steady = measure_steady(photo, finder)
    neutral = replace(sight, face=replace(sight.face, lips=None), light=replace(sight.light, level=1.0))
    points = sight.face.points[:, :2]
    colour = measure_colour(photo, sight.face, lambda picture, look: _painted(picture, neutral, look), LOOK)
    flat = measure_colour(photo, sight.face, lambda picture, look: Plain(finder).paint(picture, points, look), LOOK)
    return _together((ours.figures(), plain.figures()), steady, (colour, flat), _moving(clip, models_dir))


def _moving(clip: Clip, models_dir: Path) -> ClipFigures | None:
    if not clip.moves:
        return None
    with closing(face_finder(models_dir)) as finder, closing(face_finder(models_dir, counts=False, follows=False)) as anew:
        return measure_clip(clip, finder, anew, LOOK)


def _straightest(clip: Clip, renderer: Renderer) -> tuple[Picture, Sight]:
    """The picture whose face looks straightest ahead of those that can be painted. Raises NoFace."""
    problem, best = "", None
    for number, picture in enumerate(clip.pictures):
        problem = renderer.render(picture.copy(), (LOOK,), None, int((number + 1) * 1e9 / clip.fps)).problem
        sight = renderer.sight
        if sight is not None and (best is None or abs(sight.face.yaw_deg) < abs(best[1].face.yaw_deg)):
            best = picture, sight
    if best is not None:
        return best
    raise NoFace(
        f"no picture shows one face that could be painted (the last: {problem}); take a photo of one person, near enough"
    )


def _costs(clip: Clip, photo: Picture, sight: Sight, models_dir: Path, frames: int) -> tuple[_Cost, _Cost]:
    shown = clip if clip.moves else Clip(pictures=[each.picture for each in still(photo, 12)])
    planes = [np.asarray(cv2.cvtColor(each, cv2.COLOR_BGR2YUV_I420), dtype=np.uint8) for each in shown.pictures]
    ours, plain = _Cost(), _Cost()
    with closing(face_finder(models_dir)) as finder, closing(face_finder(models_dir, counts=False)) as bare, _wire() as send:
        renderer, simple = Renderer(WIDTH_PX, HEIGHT_PX, finder), Plain(bare)
        for frame in range(frames + WARM_UP):
            taken, at_ns = planes[shown.at(frame)], int((frame + 1) * 1e9 / shown.fps)
            with ours.one_frame():
                send(renderer.render(_bgr(taken), (LOOK,), None, at_ns).picture)
            # Behind a picture of the mirror, as in the shop; the plain loop would have thrown everything out of the caches.
            again = photo.copy()
            began = time.thread_time()
            paint(again, sight, LOOK)
            ours.layers_s.append(time.thread_time() - began)
            with plain.one_frame():
                send(simple.render(_bgr(taken), LOOK, at_ns))
        plain.layers_s = simple.layers_s
    return ours, plain


def _bgr(planes: NDArray[np.uint8]) -> Picture:
    return np.asarray(cv2.cvtColor(planes, cv2.COLOR_YUV2BGR_I420), dtype=np.uint8)


def _painted(picture: Picture, sight: Sight, look: Look) -> Picture:
    paint(picture, sight, look)
    return picture


@contextmanager
def _wire() -> Iterator[Callable[[Picture], None]]:
    """Sends a picture as JPEG to somebody who takes it at once."""
    here, there = socket.socketpair()
    with here, there:
        reader = threading.Thread(target=_drain, args=(there,), name="mirror-bench")
        reader.start()
        try:
            yield lambda picture: here.sendall(cv2.imencode(".jpg", picture, (cv2.IMWRITE_JPEG_QUALITY, QUALITY))[1].data)
        finally:
            here.shutdown(socket.SHUT_WR)
            reader.join()


def _drain(there: socket.socket) -> None:
    room = bytearray(1 << 20)
    while there.recv_into(room):
        pass


def _together(
    costs: tuple[tuple[float, float, float, float], tuple[float, float, float, float]],
    steady: SteadyFigures,
    colours: tuple[ColourFigures, ColourFigures],
    moving: ClipFigures | None,
) -> Figures:
    (fps, p95_ms, cpu_ms, layers_ms), plain = costs
    ours, flat = colours
    return Figures(
        fps=fps,
        p95_ms=p95_ms,
        cpu_ms_per_frame=cpu_ms,
        layers_ms=layers_ms,
        plain=_plain(plain, steady, flat),
        jitter_px=round(steady.jitter_px, 3),
        raw_jitter_px=round(steady.raw_jitter_px, 3),
        lag_ms=round(steady.lag_ms),
        delta_e00=round(ours.delta_e00, 2),
        worst_e00=round(ours.worst_e00, 2),
        bare_l=round(ours.bare_l, 1),
        deviation=round(ours.deviation, 2),
        texture=round(ours.texture, 2),
        teeth_e00=_rounded(ours.teeth_e00),
        eyes_e00=_rounded(ours.eyes_e00),
        background_e00=_rounded(ours.background_e00),
        clip=moving,
    )


def _plain(costs: tuple[float, float, float, float], steady: SteadyFigures, flat: ColourFigures) -> PlainFigures:
    fps, p95_ms, cpu_ms, layers_ms = costs
    return PlainFigures(
        fps=fps,
        p95_ms=p95_ms,
        cpu_ms_per_frame=cpu_ms,
        layers_ms=layers_ms,
        jitter_px=round(steady.raw_jitter_px, 3),
        delta_e00=round(flat.delta_e00, 2),
        deviation=round(flat.deviation, 2),
        texture=round(flat.texture, 2),
    )


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 3)
