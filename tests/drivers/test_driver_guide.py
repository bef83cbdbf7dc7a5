"""The guide to writing a driver works as it is printed."""

from __future__ import annotations

import asyncio
import re
import tomllib
from pathlib import Path
from typing import Any

from drivers.contract import Driver

GUIDE = Path(__file__).parents[2] / "drivers" / "README.md"


def blocks(language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```$", GUIDE.read_text("utf-8"), re.DOTALL | re.MULTILINE)


async def test_the_example_driver_weighs_on_a_real_pty() -> None:
    code, simulator = blocks("python")
    names: dict[str, Any] = {"__name__": "example"}
    exec(compile(code, "example driver", "exec", dont_inherit=True), names)  # noqa: S102 - our own guide
    exec(compile(simulator, "example simulator", "exec", dont_inherit=True), names)  # noqa: S102
    assert isinstance(names["DRIVER"], Driver)
    async with asyncio.timeout(60):
        await names["example"]()


def test_the_entry_point_is_of_the_group_that_is_searched() -> None:
    [text] = blocks("toml")
    [group] = tomllib.loads(text)["project"]["entry-points"]
    ours = tomllib.loads((GUIDE.parents[1] / "pyproject.toml").read_text("utf-8"))["project"]["entry-points"]
    assert group in ours


def test_every_driver_has_its_row() -> None:
    ours = tomllib.loads((GUIDE.parents[1] / "pyproject.toml").read_text("utf-8"))["project"]["entry-points"]["storebox.drivers"]
    rows = re.findall(r"^\| `([a-z0-9/-]+)` \|", GUIDE.read_text("utf-8").partition("## Checklist")[2], re.MULTILINE)
    assert sorted(rows) == sorted(ours)
