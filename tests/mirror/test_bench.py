"""What the bench says is what it measured: a filter that lags is told to lag, a face that trembles to tremble."""

from __future__ import annotations

import json
import math
import os
import subprocess
import sys
from pathlib import Path

import cv2
import numpy as np
import pytest
import typer

from edge.cli import mirror as command
from edge.mirror.bench import LOOK
from edge.mirror.bench_clip import FEWEST, measure_clip
from edge.mirror.bench_colour import measure_colour
from edge.mirror.bench_pictures import HEIGHT_PX, WIDTH_PX, Clip, NoPicture, clip_of, fitted, still, turning
from edge.mirror.bench_plain import Plain
from edge.mirror.bench_sheet import HIGH_PX, WIDE_PX, NothingToShow, looks, row, sheet_of
from edge.mirror.bench_steady import filtered, jitter, lag_s
from edge.mirror.face import Face
from edge.mirror.light import Room
from edge.mirror.paint import Sight
from models.landmarks import FACE_MODEL, Found
from tests.media import MEDIA, clip, folder_with
from tests.mirror.drawn import Drawn, Picture, face, picture

KEYS = {"fps", "p95_ms", "cpu_ms_per_frame", "layers_ms", "plain", "jitter_px", "delta_e00"}


def bench(*words: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "edge", "mirror", "bench", *words]
    return subprocess.run(command, capture_output=True, text=True, timeout=600, check=False, env={**os.environ, "COLUMNS": "200"})


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


def moving(yaws: list[float]) -> tuple[Clip, list[Face]]:
    """A drawn head that turns and goes along, and where it is in each picture."""
    heads = [face(yaw_deg=yaw, middle=(320 + yaw, 240)) for yaw in yaws]
    return Clip(pictures=[picture(each) for each in heads], fps=30), heads


class Follows:
    """Finds the heads of a clip in their order, ``late`` pictures behind."""

    name = "follows"

    def __init__(self, clip: Clip, heads: list[Face], late: int = 0) -> None:
        self.clip, self.heads, self.late, self.number = clip, heads, late, -1

    def find(self, picture: Picture, at_ns: int) -> Found:
        self.number += 1
        head = self.heads[self.clip.at(max(self.number - self.late, 0))]
        return Found(faces=1, points=head.points + np.array((0.5, 0.5, 0), np.float32))

    def close(self) -> None:
        pass


HALF_A_TURN = [40 * math.sin(at / 6) for at in range(19)]


def test_on_a_head_that_turns_lipstick_stays_and_does_not_flicker() -> None:
    film, heads = moving(HALF_A_TURN)
    figures = measure_clip(film, Follows(film, heads), Follows(film, heads), LOOK[-1:], FEWEST)
    assert figures is not None
    assert figures.worn == 1
    assert figures.turned_deg == 40
    assert figures.flicker_e00 < 1.5
    assert figures.lag_ms <= 50


def test_a_finder_that_is_late_is_told_to_be() -> None:
    film, heads = moving(HALF_A_TURN)
    late = measure_clip(film, Follows(film, heads, late=3), Follows(film, heads), (), FEWEST)
    punctual = measure_clip(film, Follows(film, heads), Follows(film, heads), (), FEWEST)
    assert late is not None
    assert punctual is not None
    assert late.lag_ms >= punctual.lag_ms + 80
    assert late.stray_px > 3 * punctual.stray_px
    assert late.worn == 0


def test_a_clip_without_a_face_has_no_figures() -> None:
    film, _ = moving([0, 1])
    assert measure_clip(film, Drawn(None), Drawn(None), LOOK, FEWEST) is None


def test_a_row_of_the_sheet_shows_the_bare_face_and_every_product_in_every_finish() -> None:
    shown = face()
    cells = np.split(
        row("drawn", picture(shown), Sight(face=shown, light=Room().take(picture(shown), shown))), len(looks()), axis=1
    )
    assert [name for name, _ in looks()][:4] == ["bare", "lips matte", "lips satin", "lips gloss"]
    assert len(cells) == 1 + 4 * 3 + 1
    assert all(cell.shape == (HIGH_PX, WIDE_PX, 3) for cell in cells)
    assert len({cell[: HIGH_PX - 30].tobytes() for cell in cells}) == len(cells)


def sheet(*words: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "edge", "mirror", "sheet", *words]
    return subprocess.run(command, capture_output=True, text=True, timeout=600, check=False)


def test_a_sheet_needs_a_folder_and_a_place(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(NothingToShow) as error:
        sheet_of(tmp_path / "none", tmp_path, print)
    assert str(error.value) == f"{tmp_path / 'none'}: there is no such folder"
    with pytest.raises(typer.Exit) as ended:
        command.sheet(tmp_path, tmp_path / "out.txt", models_dir=tmp_path)
    assert ended.value.exit_code == 2
    assert capsys.readouterr().err.strip() == (
        f"{tmp_path / 'out.txt'}: is no place for a picture; name a .png or .jpg in a folder that is there"
    )


def test_a_folder_without_faces_gives_no_sheet_and_says_what_was_left_out(tmp_path: Path) -> None:
    cv2.imwrite(str(tmp_path / "wall.png"), np.full((90, 160, 3), 128, np.uint8))
    (tmp_path / "text.md").write_text("no picture")
    ended = sheet(str(tmp_path), str(tmp_path / "out.png"), "--models-dir", str(folder_with(FACE_MODEL)))
    assert ended.returncode == 2
    assert f"{tmp_path / 'text.md'}: is neither a photo nor a clip that can be played here" in ended.stderr
    assert f"{tmp_path / 'wall.png'}: left out: no-face" in ended.stderr
    assert ended.stderr.splitlines()[-1] == f"{tmp_path}: no photo or clip in it shows one face that could be painted"


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
    written = cv2.VideoWriter(str(tmp_path / "clip.avi"), cv2.VideoWriter.fourcc(*"MJPG"), 10, (64, 48))
    for level in (10, 90, 200):
        written.write(np.full((48, 64, 3), level, np.uint8))
    written.release()
    cv2.imwrite(str(tmp_path / "photo.png"), np.zeros((48, 64, 3), np.uint8))
    film, photo = clip_of(tmp_path / "clip.avi"), clip_of(tmp_path / "photo.png")
    assert (len(film.pictures), film.fps, film.moves) == (3, 10, True)
    assert (len(photo.pictures), photo.moves) == (1, False)
    assert [film.at(number) for number in range(6)] == [0, 1, 2, 1, 0, 1]
    assert [photo.at(number) for number in range(3)] == [0, 0, 0]


def test_a_file_that_shows_nothing_is_named(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "text.mp4").write_text("no film")
    with pytest.raises(NoPicture, match=r"text\.mp4: is neither a photo nor a clip that can be played here$"):
        clip_of(tmp_path / "text.mp4")
    with pytest.raises(typer.Exit) as ended:
        command.bench(tmp_path / "none.mp4", models_dir=tmp_path)
    assert ended.value.exit_code == 2
    assert capfd.readouterr().err.splitlines()[-1] == f"{tmp_path / 'none.mp4'}: there is no such clip or photo"


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
@pytest.mark.timeout(600)
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
    assert told["clip"] is None


@pytest.mark.faults  # half a minute of a processor
@pytest.mark.timeout(600)
def test_on_a_filmed_head_that_turns_lipstick_stays() -> None:
    film = clip("head-pose-face-detection-female.gif")
    ended = bench(str(film), "--json", "--frames", "20", "--models-dir", str(folder_with(FACE_MODEL)))
    assert ended.returncode == 0, ended.stderr
    told = json.loads(ended.stdout)["clip"]
    assert told["turned_deg"] > 40
    assert told["worn"] == 1
    assert told["lag_ms"] <= 50
    assert told["flicker_e00"] < told["bare_flicker_e00"]
