"""The file with the key: what is wrong with it is told in words that say what to do, and none of them is of the key."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from edge.faces.key import KEY_BYTES, KeyUnusable, read_key


def why(path: Path) -> str:
    with pytest.raises(KeyUnusable) as told:
        read_key(path)
    return str(told.value)


def test_a_key_is_thirty_two_raw_bytes(key_file: Path) -> None:
    assert read_key(key_file) == key_file.read_bytes()
    assert len(read_key(key_file)) == KEY_BYTES


def test_a_key_of_a_group_is_one_as_systemd_hands_it_over(key_file: Path) -> None:
    key_file.chmod(0o440)
    assert read_key(key_file)


def test_a_missing_key_is_to_be_brought_or_made(tmp_path: Path) -> None:
    assert why(tmp_path / "key") == (
        f"the face key {tmp_path}/key is not there; bring back the copy that you kept,"
        f" or make one: storebox faces key {tmp_path}/key"
    )


@pytest.mark.parametrize(
    ("content", "held"), [(b"", "0 bytes"), (b"k" * 31, "31 bytes"), (b"6b" * 32 + b"\n", "more than 32 bytes")]
)
def test_a_key_of_another_length_is_damaged(key_file: Path, content: bytes, held: str) -> None:
    key_file.write_bytes(content)
    assert why(key_file) == (
        f"the face key {key_file} is damaged: it holds {held}, a key is 32 raw ones; bring back the copy that you kept"
    )


def test_zeros_are_no_key(key_file: Path) -> None:
    key_file.write_bytes(bytes(KEY_BYTES))
    assert why(key_file) == (
        f"the face key {key_file} is no random key, as after a power cut; bring back the copy, or: storebox faces key {key_file}"
    )


@pytest.mark.parametrize("mode", [0o604, 0o602, 0o666])
def test_a_key_that_everybody_may_read_is_none(key_file: Path, mode: int) -> None:
    key_file.chmod(mode)
    assert why(key_file) == (f"the face key {key_file} may be read or written by everybody on this machine; chmod 600 {key_file}")


def test_a_folder_or_a_pipe_is_no_key_and_nobody_waits_for_it(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    for path in (tmp_path, tmp_path / "pipe"):
        assert why(path) == f"the face key {path} is no file; name the file that holds the key"


def test_a_key_that_cannot_be_opened_says_why(tmp_path: Path) -> None:
    (tmp_path / "loop").symlink_to(tmp_path / "loop")
    told = why(tmp_path / "loop")
    assert told.startswith(f"the face key {tmp_path}/loop cannot be read: ")
    assert told.endswith("; give it to the user of storebox")


def test_a_key_on_a_damaged_disk_says_so(key_file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(descriptor: int, length: int) -> bytes:
        raise OSError(5, "Input/output error")

    monkeypatch.setattr(os, "read", fails)
    assert why(key_file) == f"the face key {key_file} cannot be read: Input/output error; is the disk damaged?"
