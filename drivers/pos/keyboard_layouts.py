"""What the keys of a keyboard type, by layout: a scanner sends keys, and which letters they are is a setting in it.

Key numbers are those of Linux (input-event-codes.h). A layout says what differs from the American one.
"""

from __future__ import annotations

from typing import Literal

Layout = Literal["us", "de", "fr"]
Keys = dict[int, tuple[str, str]]
"""By key number: the character, and the one with Shift."""

ENTER = frozenset({28, 96})
SHIFT = frozenset({42, 54})
CONTROL = frozenset({29, 97})
GROUP_SEPARATOR_KEY = 27
"""With Control it is the GS (1D) that ends a field of a GS1 code: ``Ctrl ]``."""


def _row(first: int, plain: str, shifted: str) -> Keys:
    return {first + place: pair for place, pair in enumerate(zip(plain, shifted, strict=True))}


_US: Keys = {
    **_row(2, "1234567890-=", "!@#$%^&*()_+"),
    **_row(16, "qwertyuiop[]", "QWERTYUIOP{}"),
    **_row(30, "asdfghjkl;'`", 'ASDFGHJKL:"~'),
    **_row(43, "\\zxcvbnm,./", "|ZXCVBNM<>?"),
    57: (" ", " "),
    **_row(71, "789-456+1230.", "789-456+1230."),
    55: ("*", "*"),
    98: ("/", "/"),
    86: ("<", ">"),
}
_DE: Keys = {
    **_row(2, "1234567890ß´", '!"§$%&/()=?`'),
    21: ("z", "Z"),
    26: ("ü", "Ü"),
    27: ("+", "*"),
    **_row(39, "öä^", "ÖÄ°"),
    43: ("#", "'"),
    44: ("y", "Y"),
    **_row(51, ",.-", ";:_"),
}
_FR: Keys = {
    **_row(2, "&é\"'(-è_çà)=", "1234567890°+"),
    **_row(16, "azertyuiop^$", "AZERTYUIOP¨£"),
    30: ("q", "Q"),
    **_row(39, "mù²", "M%²"),
    43: ("*", "µ"),
    44: ("w", "W"),
    **_row(50, ",;:!", "?./§"),
}
LAYOUTS: dict[Layout, Keys] = {"us": _US, "de": _US | _DE, "fr": _US | _FR}
