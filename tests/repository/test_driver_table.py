"""drivers/README.md tells of every registered driver what is true of it: its tables are generated, and kept up to date."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from drivers.catalogue import installed
from tests.repository.driver_table import CHECKLIST, COLUMNS, README, ChecklistWrong, checked, supported, tables


def test_the_tables_are_those_of_the_registered_drivers() -> None:
    text = README.read_text()
    assert tables(text) == text, "run: python -m tests.repository.driver_table"


def test_a_row_says_what_a_driver_is() -> None:
    row = next(line for line in supported(installed().every()[0]).splitlines() if "`scale/mt-sics`" in line)
    assert row.startswith("| `scale/mt-sics` | scale | `tare`, `zero`, `clear-tare` | **`port`**, `baud`, ")


def test_every_simulator_of_the_checklist_is_there() -> None:
    for path in re.findall(r"`(sim/[a-z0-9_]+\.py)`", CHECKLIST.read_text()):
        assert (CHECKLIST.parent / path).is_file(), path


def test_a_driver_without_a_row_is_told() -> None:
    drivers = {"scale/mt-sics": installed().driver("scale/mt-sics")}
    with pytest.raises(ChecklistWrong, match=r"add a table for \['scale/mt-sics'\], take out \['scale/x'\]"):
        checked(drivers, {"scale/x": {}})


def test_a_row_that_leaves_something_out_is_told() -> None:
    drivers = {"scale/mt-sics": installed().driver("scale/mt-sics")}
    with pytest.raises(ChecklistWrong, match=rf'\["scale/mt-sics"\] must have exactly {", ".join(COLUMNS)}'):
        checked(drivers, {"scale/mt-sics": {"manual": "p 1"}})


def test_a_readme_without_its_marks_is_told() -> None:
    with pytest.raises(ChecklistWrong, match="has no lines <!-- generated: drivers --> and <!-- end -->"):
        tables("no marks")


def test_the_recordings_that_are_claimed_are_no_simulators() -> None:
    real = [path for path in Path(__file__).parents[1].glob("recordings/*/*.ndjson") if path.stem != "simulator"]
    claimed = [line for line in CHECKLIST.read_text().splitlines() if line.startswith('recording = "recordings/')]
    assert len(real) == len(claimed)
