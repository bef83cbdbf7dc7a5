"""People are found where they are, in a picture of any shape; a detector whose file is not right is off and says so."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import cv2
import msgspec
import numpy as np
import pytest
from numpy.typing import NDArray

from models.findings import Person
from models.manifest import Model, ModelFile, ModelUnusable
from models.people import PeopleDetector, people_detector
from tests.media import clip, folder_with
from tests.models.hand_made_onnx import always

ROWS, SIDE_PX = 3549, 416
FIRST_ROW = {8: 0, 16: 52 * 52, 32: 52 * 52 + 26 * 26}
PERSON, CAR = 0, 2

Row = tuple[int, NDArray[np.float32]]
Say = Callable[..., PeopleDetector]


def row(stride: int, middle: tuple[float, float], size: tuple[float, float], *, score: float, kind: int = PERSON) -> Row:
    """The row of the model's answer, and what stands in it, for a box in the square of 416 pixels."""
    (x, y), (width, height) = middle, size
    column, line = int(x // stride), int(y // stride)
    place = FIRST_ROW[stride] + line * (SIDE_PX // stride) + column
    numbers = np.zeros(85, np.float32)
    numbers[:4] = (x / stride - column, y / stride - line, np.log(width / stride), np.log(height / stride))
    numbers[4], numbers[5 + kind] = 0.9, score / 0.9
    return place, numbers


@pytest.fixture
def say(tmp_path: Path) -> Say:
    """``say(row(…), …)``: YOLOX whose model answers these rows to every picture."""

    def make(*rows: Row) -> PeopleDetector:
        answer = np.zeros((1, ROWS, 85), np.float32)
        for place, numbers in rows:
            answer[0, place] = numbers
        put(tmp_path, "yolox-nano", always(answer, (1, 3, SIDE_PX, SIDE_PX)))
        return people_detector("auto", tmp_path, threads=1)

    return make


def put(folder: Path, name: str, *contents: bytes) -> None:
    """Make these the files of a model, by a list of the store's own."""
    files = []
    for number, content in enumerate(contents):
        path = folder / f"{name}-{number}.bin"
        path.write_bytes(content)
        files.append(ModelFile(name=path.name, bytes=len(content), sha256=hashlib.sha256(content).hexdigest()))
    model = Model(task="people", licence="none", low=0.1, high=0.5, files=tuple(files))
    (folder / "manifest.json").write_bytes(msgspec.json.encode({name: model}))


def picture(width: int, height: int) -> NDArray[np.uint8]:
    return np.full((height, width, 3), 90, np.uint8)


def near(found: Person, box: tuple[float, ...], score: float) -> bool:
    return found.box == pytest.approx(box, abs=0.01) and found.score == pytest.approx(score, abs=0.001)


@pytest.mark.parametrize("stride", [8, 16, 32])
def test_a_box_of_each_grid_is_where_it_should_be(say: Say, stride: int) -> None:
    with closing(say(row(stride, (100.5, 205.25), (40, 90), score=0.8))) as detector:
        [found] = detector.find(picture(SIDE_PX, SIDE_PX))
    assert near(found, (80.5, 160.25, 120.5, 250.25), 0.8)


@pytest.mark.parametrize(("width", "height", "scale"), [(832, 416, 0.5), (640, 360, 0.65), (208, 416, 1.0), (104, 52, 4.0)])
def test_boxes_are_in_pixels_of_the_picture_whatever_its_shape(say: Say, width: int, height: int, scale: float) -> None:
    with closing(say(row(16, (60, 100), (20, 80), score=0.7))) as detector:
        [found] = detector.find(picture(width, height))
    assert near(found, (50 / scale, 60 / scale, 70 / scale, min(140 / scale, height)), 0.7)


def test_what_is_no_person_is_left_out(say: Say) -> None:
    with closing(say(row(16, (60, 100), (20, 80), score=0.9, kind=CAR))) as detector:
        assert detector.find(picture(SIDE_PX, SIDE_PX)) == []


def test_many_guesses_at_one_person_are_one_person(say: Say) -> None:
    """Two that stand beside each other are two."""
    guesses = (row(16, (60, 100), (20, 80), score=0.7), row(8, (61, 101), (21, 80), score=0.9))
    with closing(say(*guesses, row(16, (80, 100), (20, 80), score=0.8))) as detector:
        assert [round(found.score, 2) for found in detector.find(picture(SIDE_PX, SIDE_PX))] == [0.9, 0.8]


def test_unsure_ones_are_given_from_the_low_threshold_on(say: Say) -> None:
    with closing(say(row(16, (60, 100), (20, 80), score=0.11), row(16, (200, 100), (20, 80), score=0.09))) as detector:
        assert [round(found.score, 2) for found in detector.find(picture(SIDE_PX, SIDE_PX))] == [0.11]
        assert (detector.name, detector.low, detector.high) == ("yolox-nano", 0.1, 0.5)


def test_a_box_ends_where_the_picture_ends(say: Say) -> None:
    """What is found in the grey beside the picture is nobody."""
    with closing(say(row(16, (5, 100), (40, 80), score=0.9), row(16, (60, 400), (20, 30), score=0.8))) as detector:
        [found] = detector.find(picture(SIDE_PX, 208))
    assert near(found, (0, 60, 25, 140), 0.9)


def test_people_on_a_street_are_found() -> None:
    first = first_picture()
    with closing(people_detector("yolox-nano", folder_with("yolox-nano"), threads=1)) as model:
        assert_found_on_the_street(model, first)


def assert_found_on_the_street(model: PeopleDetector, first: NDArray[np.uint8]) -> None:
    sure = [found for found in model.find(first) if found.score >= model.high]
    feet = sorted((round((found.box[0] + found.box[2]) / 2), round(found.box[3])) for found in sure)
    # Where they stand by eye, within a step: 20 pixels here.
    for x, y in ((267, 306), (514, 231), (663, 322)):
        assert any(abs(x - found_x) <= 20 and abs(y - found_y) <= 20 for found_x, found_y in feet), feet
    assert len(sure) <= 4


def first_picture() -> NDArray[np.uint8]:
    film = cv2.VideoCapture(str(clip("vtest.avi")))
    there, first = film.read()
    film.release()
    assert there
    return np.asarray(first, np.uint8)


def test_a_name_that_no_detector_has_says_which_there_are(tmp_path: Path) -> None:
    with pytest.raises(ModelUnusable) as told:
        people_detector("yolo9000", tmp_path, threads=1)
    assert str(told.value) == 'no model "yolo9000" finds people; there are: auto, yolox-nano, ssd-mobilenet-v2'


def test_without_any_model_each_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(ModelUnusable) as told:
        people_detector("auto", tmp_path, threads=1)
    first, second = str(told.value).removeprefix("no model that finds people: ").split("; fetch it: ", 1)
    assert first == f"{tmp_path}/yolox_nano_416x416.onnx is not there"
    assert second.startswith(f"storebox models fetch yolox-nano; {tmp_path}/frozen_inference_graph.pb is not there; fetch it: ")


def test_a_damaged_model_is_off_and_the_fallback_finds_the_people(tmp_path: Path) -> None:
    fallback = folder_with("ssd-mobilenet-v2")
    for path in fallback.iterdir():
        (tmp_path / path.name).symlink_to(path)
    (tmp_path / "yolox_nano_416x416.onnx").unlink(missing_ok=True)
    (tmp_path / "yolox_nano_416x416.onnx").write_bytes(b"half of it")
    with pytest.raises(ModelUnusable, match="is damaged: 10 bytes instead of 3660092"):
        people_detector("yolox-nano", tmp_path, threads=1)
    with closing(people_detector("auto", tmp_path, threads=1)) as detector:
        assert detector.name == "ssd-mobilenet-v2"
        assert_found_on_the_street(detector, first_picture())


def test_a_file_that_onnxruntime_cannot_load_says_so(tmp_path: Path) -> None:
    put(tmp_path, "yolox-nano", b"no model")
    with pytest.raises(ModelUnusable, match=r"^model yolox-nano: onnxruntime cannot load it: .* this version of storebox\?$"):
        people_detector("yolox-nano", tmp_path, threads=1)


def test_a_file_that_opencv_cannot_load_says_so(tmp_path: Path) -> None:
    put(tmp_path, "ssd-mobilenet-v2", b"no graph", b"no text")
    with pytest.raises(
        ModelUnusable, match=r"(?s)^model ssd-mobilenet-v2: OpenCV cannot load it: .* this version of storebox\?$"
    ):
        people_detector("ssd-mobilenet-v2", tmp_path, threads=1)
