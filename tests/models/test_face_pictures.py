"""Folders and lists of pairs, right and wrong ones. The pictures show nothing: all that is read is who is on them."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest

import models.face_pictures
from models.face_pictures import BadPictures, album, picture


def put(folder: Path, *names: str) -> Path:
    for name in names:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        cv2.imwrite(str(folder / name), np.zeros((4, 4), np.uint8))
    return folder


def listed(folder: Path, *rows: str, head: str = "first,second,same") -> Path:
    path = folder / "pairs.csv"
    path.write_text("\n".join((head, *rows, "")), encoding="utf-8")
    return path


def test_each_folder_is_a_person(tmp_path: Path) -> None:
    found = album(put(tmp_path, "ann/1.png", "ann/2.JPG", "bo/1.pgm", ".trash/1.png", "ann/.hidden.png"))
    assert [path.relative_to(tmp_path).as_posix() for path in found.pictures] == ["ann/1.png", "ann/2.JPG", "bo/1.pgm"]
    assert found.people.tolist() == [0, 0, 1]
    assert found.pairs.tolist() == [[0, 1], [0, 2], [1, 2]]
    assert found.same.tolist() == [True, False, False]


def test_what_is_no_picture_by_its_name_is_passed_over(tmp_path: Path) -> None:
    put(tmp_path, "ann/1.png", "ann/2.png", "bo/1.png")
    (tmp_path / "ann" / "notes.txt").write_text("x")
    assert len(album(tmp_path).pictures) == 3


def test_rows_that_say_the_same_person_join_pictures(tmp_path: Path) -> None:
    put(tmp_path, *(f"{name}.png" for name in "abcde"))
    found = album(listed(tmp_path, "b.png,a.png,1", "", "c.png,b.png,1", "d.png,e.png,0", "a.png,d.png,0"))
    assert [path.name for path in found.pictures] == ["a.png", "b.png", "c.png", "d.png", "e.png"]
    assert found.people.tolist() == [0, 0, 0, 3, 4]
    assert found.pairs.tolist() == [[1, 0], [2, 1], [3, 4], [0, 3]]
    assert found.same.tolist() == [True, True, False, False]


def test_a_list_that_a_spreadsheet_wrote_is_read(tmp_path: Path) -> None:
    put(tmp_path, "a b.png", "c.png", "d.png")
    path = tmp_path / "pairs.csv"
    path.write_bytes('\ufefffirst,second,same\r\n"a b.png",c.png,1\r\nc.png,d.png,0\r\n'.encode())
    assert len(album(path).pairs) == 2


def test_a_folder_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(BadPictures, match=r"nowhere: there is no such folder or list of pairs$"):
        album(tmp_path / "nowhere")


def test_a_folder_without_people_says_how_they_lie(tmp_path: Path) -> None:
    with pytest.raises(BadPictures, match=r": no pictures in it: each person has a folder there, with pictures \(bmp, jpeg, jpg"):
        album(put(tmp_path, "1.png"))


@pytest.mark.parametrize(
    ("names", "counts"),
    [(["ann/1.png", "ann/2.png"], "1 people on 2 pictures"), (["ann/1.png", "bo/1.png"], "2 people on 2 pictures")],
)
def test_one_person_or_one_picture_of_each_is_too_few(tmp_path: Path, names: list[str], counts: str) -> None:
    with pytest.raises(BadPictures, match=rf"two people are needed, and two pictures of one of them; here are {counts}$"):
        album(put(tmp_path, *names))


def test_more_than_can_be_compared_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(models.face_pictures, "MOST", 2)
    with pytest.raises(BadPictures, match=r"3 pictures are more than the 2 that can be compared; take a part of them$"):
        album(put(tmp_path, "ann/1.png", "ann/2.png", "bo/1.png"))


@pytest.mark.parametrize(
    ("row", "problem"),
    [
        ("a.png,b.png", 'row 2: two pictures and 1 (one person) or 0 (two people) are wanted, not "a.png,b.png"'),
        ("a.png,b.png,yes", 'row 2: two pictures and 1 (one person) or 0 (two people) are wanted, not "a.png,b.png,yes"'),
        ("a.png,a.png,1", "row 2: a.png is compared with itself"),
        ("a.png,x.png,1", "names pictures that are not there: x.png"),
    ],
)
def test_a_wrong_row_is_shown(tmp_path: Path, row: str, problem: str) -> None:
    put(tmp_path, "a.png", "b.png")
    with pytest.raises(BadPictures) as refused:
        album(listed(tmp_path, row))
    assert str(refused.value).endswith(problem)


def test_of_many_missing_pictures_three_are_named(tmp_path: Path) -> None:
    with pytest.raises(BadPictures, match=r"not there: a.png, b.png, c.png and 1 more$"):
        album(listed(tmp_path, "a.png,b.png,1", "c.png,d.png,0"))


def test_rows_that_contradict_each_other_are_named(tmp_path: Path) -> None:
    put(tmp_path, "a.png", "b.png", "c.png")
    with pytest.raises(BadPictures, match=r": a.png and c.png are two people in one row and, by other rows, one person$"):
        album(listed(tmp_path, "a.png,b.png,1", "b.png,c.png,1", "a.png,c.png,0"))


@pytest.mark.parametrize("head", ["a,b,same", "first;second;same", ""])
def test_wrong_columns_are_shown(tmp_path: Path, head: str) -> None:
    with pytest.raises(BadPictures) as refused:
        album(listed(tmp_path, "a.png,b.png,1", head=head))
    assert str(refused.value).endswith(f'its first line must be "first,second,same", not "{head}"')


def test_a_list_that_is_no_text_is_refused(tmp_path: Path) -> None:
    (tmp_path / "pairs.csv").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(BadPictures, match=r"pairs.csv is no CSV in UTF-8: "):
        album(tmp_path / "pairs.csv")


@pytest.mark.parametrize("content", [b"", b"no picture", b"\x89PNG\r\n\x1a\n"])
def test_a_damaged_picture_is_named(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "1.png").write_bytes(content)
    with pytest.raises(BadPictures, match=r"1.png is no picture, or a damaged one; take it out or put it right$"):
        picture(tmp_path / "1.png")


def test_a_picture_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    with pytest.raises(BadPictures, match=r"1.png cannot be read: No such file or directory$"):
        picture(tmp_path / "1.png")
