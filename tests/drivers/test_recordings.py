"""What a driver understood of a recorded wire it understands still: one file for each, played on a real pty."""

from __future__ import annotations

import json
from contextlib import aclosing
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from drivers.catalogue import installed
from drivers.readings import Weight
from tests.recordings.record_simulators import SIMULATORS, changes

if TYPE_CHECKING:
    from tests.drivers.conftest import Replays

RECORDINGS = sorted(Path(__file__).parents[1].glob("recordings/*/*.ndjson"))


def header(path: Path) -> dict[str, Any]:
    """The first line of a recording."""
    found: dict[str, Any] = json.loads(path.read_text().splitlines()[0])
    return found


@pytest.mark.parametrize("path", RECORDINGS, ids=lambda path: f"{path.parent.name}/{path.stem}")
async def test_a_recorded_wire_says_what_it_said(path: Path, replayed: Replays) -> None:
    expected = header(path)["readings"]
    heard: list[Weight] = []
    async with replayed(path) as device, aclosing(device.readings()) as readings:  # type: ignore[type-var]
        async for weight in readings:
            if isinstance(weight, Weight):
                heard.append(weight)
                if len(changes(heard)) == len(expected):
                    break
    assert changes(heard) == expected


def test_every_scale_driver_has_a_recording() -> None:
    scales = {name for name in installed().names if name.startswith("scale/")}
    assert scales == {f"scale/{path.parent.name}" for path in RECORDINGS} == set(SIMULATORS)


def test_a_recording_says_where_it_comes_from() -> None:
    for path in RECORDINGS:
        source = header(path)["source"]
        assert ("no real device" in source) == (path.stem == "simulator"), path
