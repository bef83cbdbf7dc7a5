"""Turns the key events of a scanner that acts as a keyboard into codes: pure, so that recorded events can be played into it.

struct input_event { time, type u16, code u16, value s32 }        linux/input.h; 24 bytes on 64-bit Linux
KEY 42 down, KEY 30 down, KEY 30 up, KEY 42 up, KEY 28 down       "A", Enter
"""

from __future__ import annotations

import struct
from dataclasses import dataclass, field

from drivers.pos.codes import LONGEST_CODE
from drivers.pos.keyboard_layouts import CONTROL, ENTER, GROUP_SEPARATOR_KEY, LAYOUTS, SHIFT, Layout

EVENT = struct.Struct("@llHHi")
EV_SYN, EV_KEY = 0, 1
SYN_DROPPED = 3
DOWN = 1
UNKNOWN = "\ufffd"


@dataclass(slots=True)
class Keyboard:
    """The keys that are held, and what was typed since the last Enter."""

    layout: Layout
    _held: set[int] = field(default_factory=set)
    _typed: list[str] = field(default_factory=list)

    def feed(self, events: bytes) -> list[str]:
        """The codes that ended in ``events`` (whole records). A key that the layout does not know leaves a mark in the code."""
        codes = []
        for _, _, kind, number, value in EVENT.iter_unpack(events):
            if kind == EV_SYN and number == SYN_DROPPED:
                self._type(UNKNOWN)  # the kernel lost keys of this code
            elif kind == EV_KEY and self._ends(number, value):
                codes.append("".join(self._typed))
                self._typed.clear()
        return codes

    def _ends(self, key: int, value: int) -> bool:
        if key in SHIFT or key in CONTROL:
            self._held = self._held | {key} if value else self._held - {key}
            return False
        if value != DOWN:
            return False
        if key in ENTER:
            return True
        self._type(self._character(key))
        return False

    def _character(self, key: int) -> str:
        if self._held & CONTROL:
            return "\x1d" if key == GROUP_SEPARATOR_KEY else UNKNOWN
        plain, shifted = LAYOUTS[self.layout].get(key, (UNKNOWN, UNKNOWN))
        return shifted if self._held & SHIFT else plain

    def _type(self, character: str) -> None:
        if len(self._typed) <= LONGEST_CODE:
            self._typed.append(character)
