"""Claims about the evaluation: rendered clips whose truth is exact, through all of the pipeline but the model."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

from edge.vision.clip import FPS_WHEN_UNKNOWN, NoClip, digest_of, open_clip
from edge.vision.evaluate import Evaluation, evaluate
from edge.vision.truth import BadTruth, TrueCrossing, read_truth
from tests.vision.rendered_clip import FPS, HEIGHT, WIDTH, RedFigures, render, walk, write_truth

IN = walk((10, 200), (310, 205), 2, 42)
OUT = walk((310, 150), (10, 150), 20, 56)
PASSES_BELOW = walk((10, 239), (310, 239), 5, 45)
FIGURES = [IN, OUT]
CROSSINGS = [{"frame": 22, "direction": "in"}, {"frame": 38, "direction": "out"}]
FRAMES = 70


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return render(tmp_path_factory.mktemp("clip") / "clip.avi", FIGURES, FRAMES)


def judged(clip: Path, folder: Path, fps: float | None = None, **truth: Any) -> Evaluation:
    return evaluate(clip, read_truth(write_truth(folder / "truth.json", **truth)), RedFigures(), fps)


@pytest.mark.parametrize("fps", [None, 10, 5, 4])
def test_who_comes_and_goes_is_counted(clip: Path, tmp_path: Path, fps: float | None) -> None:
    found = judged(clip, tmp_path, fps, crossings=CROSSINGS)
    assert (found.crossings.f1, found.crossings.net_error, found.crossings.doubled) == (1.0, 0.0, 0)
    assert (found.model, found.clip, found.labelled_clip) == ("red-figures", "clip.avi", None)
    assert found.fed_fps == (fps or FPS)
    assert found.frames == -(-FRAMES * found.fed_fps // FPS)
    assert found.fps > 0
    assert found.cpu_ms_per_frame > 0


def test_a_wrong_truth_is_not_agreed_with(clip: Path, tmp_path: Path) -> None:
    found = judged(clip, tmp_path, crossings=[{"frame": 22, "direction": "out"}, {"frame": 60, "direction": "in"}])
    assert (found.crossings.matched, found.crossings.f1) == (0, 0.0)
    assert found.crossings.missed == (TrueCrossing(frame=22, direction="out"), TrueCrossing(frame=60, direction="in"))


def test_people_and_dwells_are_compared(clip: Path, tmp_path: Path) -> None:
    found = judged(
        clip,
        tmp_path,
        zone={"polygon": [[60, 120], [140, 120], [140, 235], [60, 235]]},
        dwells=[{"entry_frame": 9, "exit_frame": 19}, {"entry_frame": 40, "exit_frame": 50}],
        counts=[{"frame": 0, "total": 0}, {"frame": 12, "total": 1}, {"frame": 25, "total": 2}, {"frame": 65, "total": 0}],
    )
    assert (found.dwell.truth, found.dwell.matched) == (2, 2)
    assert found.dwell.mae_s is not None
    assert found.dwell.mae_s < 0.6
    assert found.people.mae == 0.0


def test_who_passes_below_the_line_is_not_counted(tmp_path: Path) -> None:
    path = render(tmp_path / "clip.avi", [PASSES_BELOW], 50)
    short = {"a": [160, 40], "b": [160, 200], "in_point": [250, 120]}
    assert judged(path, tmp_path, line=short).crossings.counted == 0


def test_the_clip_that_was_labelled_is_known_by_its_digest(clip: Path, tmp_path: Path) -> None:
    digest = hashlib.sha256(clip.read_bytes()).hexdigest()
    assert digest_of(clip) == digest
    assert judged(clip, tmp_path, sha256=digest, frames=FRAMES).labelled_clip is True
    assert judged(clip, tmp_path, sha256="0" * 64, frames=FRAMES).labelled_clip is False


def test_another_clip_of_another_length_is_refused(clip: Path, tmp_path: Path) -> None:
    with pytest.raises(BadTruth, match=r"^the clip has 70 frames and the truth is of 795: it is of another clip$"):
        judged(clip, tmp_path, sha256="0" * 64, frames=795)


def test_another_clip_of_another_shape_is_refused(clip: Path, tmp_path: Path) -> None:
    with pytest.raises(BadTruth, match=r"^the clip is of 320×240 pixels and the truth of 640×360: it is of another clip$"):
        judged(clip, tmp_path, width=640, height=360)


def test_a_clip_of_another_size_of_the_same_shape_is_the_same_scene(clip: Path, tmp_path: Path) -> None:
    line = {"a": [320, 80], "b": [320, 460], "in_point": [500, 240]}
    assert judged(clip, tmp_path, width=640, height=480, line=line, crossings=CROSSINGS).crossings.f1 == 1.0


def test_the_rate_that_the_truth_says_is_believed(clip: Path, tmp_path: Path) -> None:
    assert judged(clip, tmp_path, fps=7.5).fed_fps == 7.5


def test_no_clip_is_said(tmp_path: Path) -> None:
    with pytest.raises(NoClip, match=r"none\.avi: there is no such clip$"):
        judged(tmp_path / "none.avi", tmp_path)
    with pytest.raises(NoClip, match=r"there is no such clip$"):
        judged(tmp_path, tmp_path)


def test_what_is_no_video_is_said(tmp_path: Path) -> None:
    text = tmp_path / "text.avi"
    text.write_text("hello")
    with pytest.raises(NoClip, match=r"text\.avi: is no video that can be played here, or has no pictures$"):
        judged(text, tmp_path)


def test_a_digest_of_what_is_gone_is_said(tmp_path: Path) -> None:
    with pytest.raises(NoClip, match=r"gone\.avi: cannot be read: No such file or directory$"):
        digest_of(tmp_path / "gone.avi")


def test_pictures_too_small_to_see_anything_are_said(tmp_path: Path) -> None:
    dot = tmp_path / "dot.png"
    cv2.imwrite(str(dot), np.zeros((1, 40, 3), dtype=np.uint8))
    with pytest.raises(NoClip, match=r"dot\.png: its pictures are of 40×1 pixels$"), open_clip(dot):
        pass


def test_a_picture_is_a_clip_of_one_frame_of_no_known_rate_and_even_sides(tmp_path: Path) -> None:
    photo = tmp_path / "photo.png"
    cv2.imwrite(str(photo), np.zeros((HEIGHT + 1, WIDTH + 1, 3), dtype=np.uint8))
    with open_clip(photo) as clip:
        assert (clip.width_px, clip.height_px) == (WIDTH, HEIGHT)
        assert clip.fps in {FPS_WHEN_UNKNOWN, 1.0}
        [only] = clip.pictures(5, clip.fps)
        assert only.planes.shape == (HEIGHT * 3 // 2, WIDTH)
        assert clip.frames == 1


@pytest.mark.parametrize(("per_second", "frames"), [(10, list(range(10))), (5, [0, 2, 4, 6, 8]), (4, [0, 3, 5, 8])])
def test_so_many_pictures_a_second_are_looked_at(clip: Path, per_second: float, frames: list[int]) -> None:
    with open_clip(clip) as opened:
        assert [each.frame for each in opened.pictures(per_second, FPS)][: len(frames)] == frames
