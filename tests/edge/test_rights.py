"""A folder that the box may not use is told in one line with what to do, by the box itself without any privilege."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.edge.box_process import BoxProcess

WITHOUT_PRIVILEGES = """
import ctypes, struct
version_3, this_process, no_capability = 0x20080522, 0, bytes(24)
assert ctypes.CDLL(None).capset(struct.pack("Ii", version_3, this_process), no_capability) == 0
"""
"""Root may do everything; without its capabilities the rights of a folder hold for it too."""


@pytest.fixture
def closed(tmp_path: Path) -> Iterator[Path]:
    """A folder that may be read and not written, with the lock of an earlier box in ``used``."""
    folder = tmp_path / "closed"
    (folder / "used").mkdir(parents=True)
    (folder / "used" / "storebox.lock").write_text("")
    (folder / "used").chmod(0o500)
    folder.chmod(0o500)
    yield folder
    folder.chmod(0o700)
    (folder / "used").chmod(0o700)


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("new", "cannot make {}: Permission denied; create it, or set box.data_dir"),
        ("", "cannot open {}/storebox.lock: Permission denied; is the disk read-only, or the folder another user's?"),
        ("used", "cannot write to {}: Permission denied; is the disk full or read-only, or the folder another user's?"),
    ],
)
async def test_a_folder_that_may_not_be_written_ends_the_box_with_a_word(
    tmp_path: Path, closed: Path, name: str, told: str
) -> None:
    data_dir = closed / name
    settings, log = tmp_path / "storebox.toml", tmp_path / "log"
    settings.write_text(f'[box]\ndata_dir = "{data_dir}"\nrun_dir = "{tmp_path}/run"\n')
    box = BoxProcess("run", "--settings", str(settings), log=log, environ=os.environ, first=WITHOUT_PRIVILEGES)
    assert (await box.wait(), log.read_text()) == (1, f"{told.format(data_dir)}\n")
