"""``storebox faces key``: 32 bytes for its owner alone, and nothing that is there is ever replaced."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from edge.faces.key import read_key

if TYPE_CHECKING:
    from tests.cli.conftest import Storebox


def test_a_key_is_made_that_the_process_can_read(tmp_path: Path, storebox: Storebox) -> None:
    file = tmp_path / "face.key"
    ended = storebox("faces", "key", str(file))
    told = f"{file} holds a new key, which only its owner can read. Copy it to a place where this box is not.\n"
    assert (ended.code, ended.out) == (0, told)
    assert len(read_key(file)) == 32
    assert file.stat().st_mode & 0o777 == 0o600
    assert [path.name for path in tmp_path.iterdir()] == ["face.key"]


def test_two_keys_are_never_alike(tmp_path: Path, storebox: Storebox) -> None:
    for name in ("a", "b"):
        storebox("faces", "key", str(tmp_path / name))
    assert read_key(tmp_path / "a") != read_key(tmp_path / "b")


def test_a_key_that_is_there_stays(tmp_path: Path, storebox: Storebox) -> None:
    file = tmp_path / "face.key"
    file.write_bytes(b"the old one")
    ended = storebox("faces", "key", str(file))
    told = f"{file} is there already and stays: without its key no template opens; for a new one name another file\n"
    assert (ended.code, ended.err) == (1, told)
    assert file.read_bytes() == b"the old one"
    link = tmp_path / "link"
    link.symlink_to(tmp_path / "nowhere")
    assert storebox("faces", "key", str(link)).code == 1


def test_a_key_that_cannot_be_made_is_told(tmp_path: Path, storebox: Storebox) -> None:
    file = tmp_path / "nowhere" / "face.key"
    ended = storebox("faces", "key", str(file))
    told = f"{file} cannot be made: No such file or directory; does its folder exist, and may you write there?\n"
    assert (ended.code, ended.err) == (1, told)
