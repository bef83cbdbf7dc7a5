"""A folder that the box may not use is told in one line with what to do, by the box itself without any privilege."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

WITHOUT_PRIVILEGES = ["setpriv", "--bounding-set", "-all", "--inh-caps", "-all"] if os.geteuid() == 0 else []
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
def test_a_folder_that_may_not_be_written_ends_the_box_with_a_word(tmp_path: Path, closed: Path, name: str, told: str) -> None:
    data_dir = closed / name
    settings = tmp_path / "storebox.toml"
    settings.write_text(f'[box]\ndata_dir = "{data_dir}"\nrun_dir = "{tmp_path}/run"\n')
    command = [*WITHOUT_PRIVILEGES, sys.executable, "-m", "edge", "run", "--settings", str(settings)]
    ended = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
    assert (ended.returncode, ended.stderr) == (1, f"{told.format(data_dir)}\n")
