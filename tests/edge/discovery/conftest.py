"""A /dev of the test's own, with names as udev makes them."""

from __future__ import annotations

from pathlib import Path

import pytest


class Dev:
    """``plug`` makes a node and the name that leads to it."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def plug(self, name: str, node: str) -> Path:
        (self.root / node).parent.mkdir(parents=True, exist_ok=True)
        (self.root / node).touch()
        link = self.root / name
        link.parent.mkdir(parents=True, exist_ok=True)
        if name != node:
            link.symlink_to(self.root / node)
        return link

    def unplug(self, name: str) -> None:
        link = self.root / name
        link.resolve().unlink()
        link.unlink(missing_ok=True)


@pytest.fixture
def dev(tmp_path: Path) -> Dev:
    return Dev(tmp_path / "dev")
