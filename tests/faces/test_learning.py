"""Members are learnt from sealed rows and forgotten, also while somebody is looked at, and while there is no key."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from edge.faces.words import (
    MOST_AT_ONCE,
    Beat,
    Enrol,
    Forget,
    Forgotten,
    Identify,
    Learn,
    Learnt,
    Matched,
    Unenrolled,
    Unmatched,
)
from tests.faces.made_up import ANN, BO

if TYPE_CHECKING:
    from tests.faces.conftest import Bench
    from tests.ring_cameras import RingCamera

    Opens = Callable[..., RingCamera]

WHO = Identify(request="r-1", camera="cam-1", within_ms=20_000)
LEARN_ANN = {"template": "t-ann", "member": "m-ann"}


def test_who_is_forgotten_is_a_stranger(bench: Bench, kiosk: RingCamera) -> None:
    bench.ask(Forget(templates=("t-ann", "t-unknown")))
    assert bench.of(Forgotten) == [Forgotten(templates=("t-ann", "t-unknown"))]
    bench.ask(WHO)
    bench.show(kiosk, *[ANN] * 5)
    assert bench.of(Unmatched)[-1].why == "stranger"


def test_who_is_forgotten_during_a_look_is_not_named(bench: Bench, kiosk: RingCamera) -> None:
    bench.ask(WHO)
    bench.show(kiosk, ANN, ANN)
    kiosk.show(ANN)
    bench.ask(Forget(templates=("t-ann",)))
    bench.show(kiosk, *[ANN] * 5)
    assert bench.of(Matched) == []
    assert bench.of(Unmatched) == [Unmatched(request="r-1", why="stranger")]


def test_who_is_known_by_another_template_too_is_named_by_that(bench: Bench, kiosk: RingCamera) -> None:
    bench.learn(ANN, template="t-ann-2", member="m-ann")
    bench.ask(Forget(templates=("t-ann",)))
    bench.ask(WHO)
    bench.show(kiosk, ANN, ANN, ANN)
    assert bench.of(Matched)[-1].template == "t-ann-2"


def test_learning_is_told_and_what_does_not_open_is_named(bench: Bench, kiosk: RingCamera) -> None:
    ann, cy = bench.sealed(ANN, template="t-1", member="m-1"), bench.sealed(BO, template="t-2", member="m-2")
    swapped = msgspec.structs.replace(ann, member="m-2"), msgspec.structs.replace(cy, member="m-1")
    bench.ask(Learn(templates=swapped))
    assert bench.of(Learnt)[-1] == Learnt(templates=0, refused=("t-1", "t-2"))
    bench.ask(Learn(templates=(ann, swapped[1])))
    assert bench.of(Learnt)[-1] == Learnt(templates=1, refused=("t-2",))


def test_a_row_that_does_not_open_any_more_is_not_known_by_its_former_face(bench: Bench, kiosk: RingCamera) -> None:
    damaged = msgspec.structs.replace(bench.sealed(ANN, **LEARN_ANN), sealed=b"garbage")
    bench.ask(Learn(templates=(damaged,)))
    assert bench.of(Learnt)[-1].refused == ("t-ann",)
    bench.ask(WHO)
    bench.show(kiosk, *[ANN] * 5)
    assert bench.of(Unmatched)[-1].why == "stranger"


def test_without_a_key_requests_are_off_and_members_wait_for_it(
    bench: Bench, ring_camera: Opens, key_file: Path, tmp_path: Path
) -> None:
    key_file.rename(tmp_path / "elsewhere")
    camera = ring_camera()
    bench.open(camera)
    bench.learn(ANN, **LEARN_ANN)
    bench.learn(BO, template="t-bo", member="m-bo")
    bench.ask(Forget(templates=("t-bo",)))
    bench.ask(WHO)
    bench.ask(Enrol(request="e-1", camera="cam-1", member="m-cy", template="t-cy", within_ms=20_000))
    assert bench.of(Unmatched) == [Unmatched(request="r-1", why="off")]
    assert bench.of(Unenrolled) == [Unenrolled(request="e-1", why="off")]
    assert "storebox faces key" in bench.of(Beat)[-1].problem
    assert bench.of(Learnt) == []
    (tmp_path / "elsewhere").rename(key_file)
    bench.sight.again = True
    bench.loop.turn()
    assert bench.of(Learnt) == [Learnt(templates=1)]
    assert (bench.of(Beat)[-1].problem, bench.of(Beat)[-1].templates) == ("", 1)
    bench.ask(WHO)
    bench.show(camera, ANN, ANN, ANN)
    assert bench.of(Matched)[-1].member == "m-ann"


def test_many_that_waited_for_a_key_are_learnt_some_at_a_time(bench: Bench, key_file: Path, tmp_path: Path) -> None:
    key_file.rename(tmp_path / "elsewhere")
    rows = [bench.sealed(ANN, template=f"t-{number}", member="m-1") for number in range(MOST_AT_ONCE + 1)]
    bench.ask(Learn(templates=tuple(rows[:MOST_AT_ONCE])))
    bench.ask(Learn(templates=tuple(rows[MOST_AT_ONCE:])))
    (tmp_path / "elsewhere").rename(key_file)
    bench.sight.again = True
    bench.loop.turn()
    assert [each.templates for each in bench.of(Learnt)] == [MOST_AT_ONCE, 1]
