"""What a value looks like to people: a text, a unit, a colour with its icon, and the word that says the same."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Look = Literal["good", "moving", "calm", "warn", "bad"]
"""One colour and one icon each; the word beside them always says the same."""

NOTHING = "—"


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """A reading for people. ``value`` is short and large, ``unit`` follows it, ``word`` stands beside the icon of ``look``."""

    value: str
    unit: str = ""
    look: Look = "good"
    word: str
    where: str = ""
