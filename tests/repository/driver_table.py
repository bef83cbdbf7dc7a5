"""Writes the tables of drivers/README.md: ``python -m tests.repository.driver_table``, when a driver or its checklist changed.

What a driver is comes from the registered drivers, what is known of it from ``drivers/checklist.toml``.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from pathlib import Path

from drivers.catalogue import installed
from drivers.commands import command_name
from drivers.contract import Driver

DRIVERS = Path(__file__).parents[2] / "drivers"
README, CHECKLIST = DRIVERS / "README.md", DRIVERS / "checklist.toml"
COLUMNS = {
    "manual": "manual and page",
    "simulator": "simulator",
    "recording": "recording",
    "tested": "tested wires",
    "units": "units",
    "unknowns": "not read in a manual, and what follows",
}


class ChecklistWrong(Exception):
    """The checklist and the registered drivers do not agree; the text says what to write."""


def tables(text: str) -> str:
    """``text`` of the README with both tables as they should be. Raises ChecklistWrong."""
    drivers, broken = installed().every()
    if broken:
        raise ChecklistWrong("; ".join(each.reason for each in broken))
    checklist = tomllib.loads(CHECKLIST.read_text("utf-8"))
    for name, table in {"drivers": supported(drivers), "checklist": checked(drivers, checklist)}.items():
        text = _between(text, name, table)
    return text


def supported(drivers: Mapping[str, Driver]) -> str:
    """One line for each registered driver: kind, commands, settings (first and in bold those that are required)."""
    lines = ["| driver | kind | can be asked | settings |", "|---|---|---|---|"]
    for name, driver in sorted(drivers.items()):
        commands = ", ".join(f"`{command_name(each)}`" for each in driver.commands) or "–"
        fields = sorted(driver.settings_class.model_fields.items(), key=lambda each: not each[1].is_required())
        settings = ", ".join(f"**`{key}`**" if field.is_required() else f"`{key}`" for key, field in fields) or "–"
        lines.append(f"| `{name}` | {driver.kind} | {commands} | {settings} |")
    return "\n".join(lines) + "\n"


def checked(drivers: Mapping[str, Driver], checklist: Mapping[str, Mapping[str, str]]) -> str:
    """One line for each registered driver: what is known of it. Raises ChecklistWrong."""
    if drivers.keys() != checklist.keys():
        missing, foreign = sorted(drivers.keys() - checklist.keys()), sorted(checklist.keys() - drivers.keys())
        raise ChecklistWrong(f"drivers/checklist.toml: add a table for {missing}, take out {foreign}")
    lines = [f"| driver | {' | '.join(COLUMNS.values())} |", f"|{'---|' * (len(COLUMNS) + 1)}"]
    for name, row in checklist.items():
        if row.keys() != COLUMNS.keys():
            raise ChecklistWrong(f'drivers/checklist.toml: ["{name}"] must have exactly {", ".join(COLUMNS)}')
        lines.append(f"| `{name}` | {' | '.join(row[column] for column in COLUMNS)} |")
    return "\n".join(lines) + "\n"


def _between(text: str, name: str, table: str) -> str:
    begin, end = f"<!-- generated: {name} -->\n", "<!-- end -->"
    before, found, rest = text.partition(begin)
    if not found or end not in rest:
        raise ChecklistWrong(f"drivers/README.md has no lines {begin.strip()} and {end}")
    return before + begin + table + rest[rest.index(end) :]


def main() -> None:
    """Write the README anew."""
    README.write_text(tables(README.read_text("utf-8")), "utf-8")


if __name__ == "__main__":
    main()
