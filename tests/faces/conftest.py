"""A key, cameras that are rings, and a loop that a test turns."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TypeVar

import pytest

from edge.faces.key import KEY_BYTES, read_key
from edge.faces.run import Loop
from edge.faces.vault import Vault
from edge.faces.words import Asked, Learn, Open, Said, Sealed, Stepped
from models.face_binding import VECTORS
from models.faces import DETECTOR
from models.landmarks import FACE_MODEL
from models.manifest import shipped_models
from tests.faces.made_up import ANN, BO, MODEL, MadeUpSight, face
from tests.made_up_line import MadeUpLine
from tests.media import folder_with
from tests.ring_cameras import RingCamera

Word = TypeVar("Word", bound=Said)


@pytest.fixture
def key_file(tmp_path: Path) -> Path:
    path = tmp_path / "face-key"
    path.touch(0o600)
    path.write_bytes(os.urandom(KEY_BYTES))
    return path


@pytest.fixture
def vault(key_file: Path) -> Vault:
    return Vault(read_key(key_file), MODEL)


@pytest.fixture
def models(tmp_path: Path) -> Path:
    """All models in one folder; a test without them is skipped."""
    into = tmp_path / "models"
    into.mkdir()
    for name in (DETECTOR, VECTORS, FACE_MODEL):
        for file in shipped_models()[name].files:
            (into / file.name).symlink_to((folder_with(name) / file.name).absolute())
    return into


class Bench:
    """A loop that a test turns; it has its key, as long as the file is one."""

    def __init__(self, key_file: Path, vault: Vault) -> None:
        self.line, self.sight, self._vault = MadeUpLine[Asked, Said](), MadeUpSight(key_file), vault
        self.loop = Loop(self.line, self.sight, lambda: 7)

    def ask(self, word: Asked, ring: int | None = None) -> None:
        self.line.asked.append((word, None if ring is None else os.dup(ring)))
        self.loop.turn()

    def open(self, camera: RingCamera, name: str = "cam-1") -> None:
        self.ask(Open(camera=name, kind="kiosk"), camera.raw_fd)

    def sealed(self, grey: int, *, template: str, member: str) -> Sealed:
        """The row of a member who looks like that."""
        return self._vault.seal(face(grey), template=template, member=member)

    def learn(self, grey: int, *, template: str, member: str) -> None:
        self.ask(Learn(templates=(self.sealed(grey, template=template, member=member),)))

    def show(self, camera: RingCamera, *greys: int) -> None:
        for grey in greys:
            camera.show(grey)
            self.loop.turn()

    def of(self, kind: type[Word]) -> list[Word]:
        return self.line.of(kind)

    @property
    def steps(self) -> list[str]:
        return [each.step for each in self.of(Stepped)]


@pytest.fixture
def bench(key_file: Path, vault: Vault, monkeypatch: pytest.MonkeyPatch) -> Iterator[Bench]:
    monkeypatch.setattr("edge.faces.identifying.APART_NS", 0)
    made = Bench(key_file, vault)
    yield made
    made.loop.close()


@pytest.fixture
def kiosk(bench: Bench, ring_camera: Callable[..., RingCamera]) -> RingCamera:
    """A camera that is open, and Ann and Bo are known."""
    camera: RingCamera = ring_camera()
    bench.open(camera)
    bench.learn(ANN, template="t-ann", member="m-ann")
    bench.learn(BO, template="t-bo", member="m-bo")
    return camera
