"""The box's folder is made once, held by one process, and damage in it is told with what to do."""

from __future__ import annotations

from pathlib import Path

import pytest

from edge.premises import MEMBER_KEY, CannotStart, premises


def test_what_was_made_once_is_found_again(tmp_path: Path) -> None:
    with premises(tmp_path / "data") as first:
        box, key = first.identity.identity.box, first.member_key
    with premises(tmp_path / "data") as second:
        assert (second.identity.identity.box, second.member_key) == (box, key)


def test_keys_are_for_the_box_alone(tmp_path: Path) -> None:
    with premises(tmp_path / "data") as held:
        assert held.data_dir.stat().st_mode & 0o077 == 0
        assert (held.data_dir / MEMBER_KEY).stat().st_mode & 0o077 == 0


def test_two_boxes_never_share_a_folder(tmp_path: Path) -> None:
    stop_it = rf"another storebox runs on {tmp_path}; stop it first \(systemctl stop storebox\)"
    with premises(tmp_path), pytest.raises(CannotStart, match=stop_it), premises(tmp_path):
        pass


def test_a_damaged_key_is_not_replaced(tmp_path: Path) -> None:
    key = tmp_path / MEMBER_KEY
    key.write_bytes(b"short")
    advice = "holds 5 bytes, not 32: restore it from a backup, or remove it to make a new one"
    with pytest.raises(CannotStart, match=advice), premises(tmp_path):
        pass
    assert key.read_bytes() == b"short"


def test_a_damaged_identity_is_not_replaced(tmp_path: Path) -> None:
    (tmp_path / "identity.json").write_text("{}")
    with pytest.raises(CannotStart, match="the box's identity is damaged"), premises(tmp_path):
        pass


def test_a_folder_that_cannot_be_made_is_said(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    advice = r"cannot make .*file/data: Not a directory; create it, or set box.data_dir"
    with pytest.raises(CannotStart, match=advice), premises(tmp_path / "file" / "data"):
        pass


def test_a_lock_that_cannot_be_opened_is_said(tmp_path: Path) -> None:
    (tmp_path / "storebox.lock").mkdir()
    advice = r"cannot open .*storebox.lock: Is a directory; is the disk read-only, or the folder another user's\?"
    with pytest.raises(CannotStart, match=advice), premises(tmp_path):
        pass


def test_a_folder_that_takes_no_files_is_said(tmp_path: Path) -> None:
    (tmp_path / "storebox.lock").write_text("")
    (tmp_path / "identity.json").symlink_to(tmp_path / "nowhere" / "identity.json")
    (tmp_path / MEMBER_KEY).mkdir()
    advice = r"cannot write to .*: Is a directory; is the disk full or read-only, or the folder another user's\?"
    with pytest.raises(CannotStart, match=advice), premises(tmp_path):
        pass
