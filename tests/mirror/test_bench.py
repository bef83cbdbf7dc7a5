"""What the bench says is what it measured: a filter that lags is told to lag, a face that trembles to tremble."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import cv2
import numpy as np
import pytest

from edge.mirror.bench import LOOK
from edge.mirror.bench_colour import measure_colour
from edge.mirror.bench_pictures import HEIGHT_PX, WIDTH_PX, NoPicture, clip_of, fitted, still, turning
from edge.mirror.bench_plain import Plain
from edge.mirror.bench_steady import filtered, jitter, lag_s
from models.landmarks import FACE_MODEL
from tests.media import MEDIA, folder_with
from tests.mirror.drawn import Drawn, face, picture

KEYS = {"fps", "p95_ms", "cpu_ms_per_frame", "layers_ms", "plain", "jitter_px", "delta_e00"}


def bench(*words: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "edge", "mirror", "bench", *words]
    return subprocess.run(command, capture_output=True, text=True, timeout=110, check=False, env={**os.environ, "COLUMNS": "200"})


def test_pictures_are_1280_by_720_and_nothing_is_cut_off() -> None:
    for size in ((480, 640, 3), (90, 30, 3), (1080, 1920, 3)):
        out = fitted(np.full(size, 9, np.uint8))
        assert out.shape == (HEIGHT_PX, WIDTH_PX, 3)
        shown = (out == 9).all(axis=-1)
        assert shown.sum() == pytest.approx(size[0] * size[1] * min(WIDTH_PX / size[1], HEIGHT_PX / size[0]) ** 2, rel=0.02)


def test_a_still_face_is_the_same_in_every_run_and_moves_less_than_a_pixel() -> None:
    photo = np.full((HEIGHT_PX, WIDTH_PX, 3), 100, np.uint8)
    one, other = (list(still(photo, 3)) for _ in range(2))
    assert all((a.picture == b.picture).all() for a, b in zip(one, other, strict=True))
    assert all(0 < np.abs(each.way[:, 2]).max() <= 0.3 for each in one)
    assert one[0].picture.std() == pytest.approx(4, abs=0.2)


def test_a_turning_head_is_where_it_is_said_to_be() -> None:
    photo = np.zeros((HEIGHT_PX, WIDTH_PX, 3), np.uint8)
    cv2.circle(photo, (700, 300), 20, (255, 255, 255), -1)
    moved = list(turning(photo, 640, 16))[15]
    mass = moved.picture[..., 0].astype(float)
    mass[mass < 128] = 0
    seen = float((mass.sum(axis=0) @ np.arange(WIDTH_PX)) / mass.sum())
    assert seen == pytest.approx(float((moved.way @ (700, 300, 1))[0]), abs=1)
    assert abs(seen - 700) > 30


def test_a_delay_of_two_pictures_is_measured_as_that() -> None:
    belongs = 70 * np.sin(2 * np.pi * 0.5 * np.arange(120) / 30)
    assert lag_s(np.concatenate((belongs[:2], belongs[:-2])), belongs) == pytest.approx(2 / 30, abs=0.002)
    assert lag_s(belongs, belongs) == 0


def test_the_filter_makes_noise_smaller() -> None:
    noise = np.random.default_rng(1).normal(300, 0.5, (60, 478, 3)).astype(np.float32)
    assert jitter(noise) == pytest.approx(0.5 * 2**0.5, rel=0.02)
    assert jitter(filtered(noise, 150)) < 0.6 * jitter(noise)


def test_the_plain_loop_paints_flat() -> None:
    shown = face(gap_px=14)
    plain = Plain(Drawn(shown))
    bare = picture(shown)
    assert (plain.render(bare, LOOK, 1) != bare).any()
    figures = measure_colour(bare, shown, lambda some, look: plain.paint(some, shown.points[:, :2], look), LOOK)
    assert max(figures.texture, figures.deviation) < 0.7
    assert figures.teeth_e00 is not None
    assert figures.teeth_e00 > 1


def test_without_a_face_the_plain_loop_shows_the_picture() -> None:
    bare = picture(face())
    assert (Plain(Drawn(None)).render(bare, LOOK, 1) == bare).all()


def test_a_clip_is_played_and_a_photo_is_one_picture(tmp_path: Path) -> None:
    film = cv2.VideoWriter(str(tmp_path / "clip.avi"), cv2.VideoWriter.fourcc(*"MJPG"), 10, (64, 48))
    for level in (10, 90, 200):
        film.write(np.full((48, 64, 3), level, np.uint8))
    film.release()
    cv2.imwrite(str(tmp_path / "photo.png"), np.zeros((48, 64, 3), np.uint8))
    clip, photo = clip_of(tmp_path / "clip.avi"), clip_of(tmp_path / "photo.png")
    assert (len(clip.pictures), clip.fps, clip.moves) == (3, 10, True)
    assert (len(photo.pictures), photo.moves) == (1, False)
    assert [clip.at(number) for number in range(6)] == [0, 1, 2, 1, 0, 1]
    assert [photo.at(number) for number in range(3)] == [0, 0, 0]


def test_a_file_that_shows_nothing_is_named(tmp_path: Path) -> None:
    (tmp_path / "text.mp4").write_text("no film")
    with pytest.raises(NoPicture, match=r"text\.mp4: is neither a photo nor a clip that can be played here$"):
        clip_of(tmp_path / "text.mp4")
    ended = bench(str(tmp_path / "none.mp4"))
    assert ended.returncode == 2
    assert ended.stderr.splitlines()[-1] == f"{tmp_path / 'none.mp4'}: there is no such clip or photo"


def test_a_photo_without_a_face_is_refused_with_what_to_do(tmp_path: Path) -> None:
    cv2.imwrite(str(tmp_path / "wall.png"), np.full((90, 160, 3), 128, np.uint8))
    ended = bench(str(tmp_path / "wall.png"), "--models-dir", str(folder_with(FACE_MODEL)))
    assert ended.returncode == 2
    assert ended.stderr.splitlines()[-1].endswith(
        "wall.png: no picture shows one face that could be painted (the last: no-face); take a photo of one person, near enough"
    )


def test_without_a_model_it_says_how_to_get_one(tmp_path: Path) -> None:
    cv2.imwrite(str(tmp_path / "wall.png"), np.full((90, 160, 3), 128, np.uint8))
    (tmp_path / "models").mkdir()
    ended = bench(str(tmp_path / "wall.png"), "--models-dir", str(tmp_path / "models"))
    assert ended.returncode == 1
    assert ended.stderr.strip().endswith("fetch it: storebox models fetch face-landmarker")


@pytest.mark.faults  # ten seconds of a processor
def test_a_photo_gives_one_line_of_figures() -> None:
    photo = MEDIA / "faces" / "rose_leslie2.jpg"
    if not photo.exists():
        pytest.skip("no photo here: STOREBOX_TEST_MEDIA names a folder that has it under faces/")
    ended = bench(str(photo), "--json", "--frames", "20", "--models-dir", str(folder_with(FACE_MODEL)))
    assert ended.returncode == 0, ended.stderr
    (line,) = ended.stdout.splitlines()
    told = json.loads(line)
    assert told.keys() >= KEYS
    assert told["plain"].keys() == KEYS - {"plain"} | {"deviation", "texture"}
    assert told["jitter_px"] <= 0.6
    assert told["lag_ms"] <= 50
    assert told["delta_e00"] <= 6
    assert min(told["texture"], told["deviation"]) >= 0.7
    assert max(told["eyes_e00"], told["background_e00"]) <= 1
