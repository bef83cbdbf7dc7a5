"""What a scanner says of the symbol it read: the AIM identifier in front of the code (ISO/IEC 15424), if it is switched on.

]E06901028075831 CR       an EAN-13
"""

from __future__ import annotations

import re

AIM = re.compile(r"\]([A-Za-z][0-9A-Za-z])")
GS1 = frozenset({"E0", "E1", "E2", "E3", "E4", "C1", "e0", "e1", "e2", "d2", "Q3", "J1"})
"""EAN and UPC, GS1-128, DataBar, and the GS1 forms of Data Matrix, QR and Dot Code (d2, Q3, J1: from memory of the standard)."""

UPC = "E0"
RETAIL = frozenset({UPC, "E3", "E4"})
"""EAN and UPC, with or without an add-on."""


def split_symbology(code: str) -> tuple[str, str]:
    """``("E0", "6901028075831")``; an empty symbology when the scanner does not say."""
    found = AIM.match(code)
    return (found[1], code[3:]) if found else ("", code)


def is_gs1(symbology: str) -> bool:
    """Whether only goods and their transport units carry such a symbol."""
    return symbology in GS1
