"""The checksums with which a certified checkout scale proves its till, from Ohaus Aviator p 39: CS, and KW = CS·x¹⁶ mod P.

P is known to the makers of scale and till only; this one is made up.
"""

from __future__ import annotations

P = 0x1A6C3
BITS = 16


def remainder(cs: int) -> int:
    """KW of ``cs``: the rest of the division by P."""
    rest = cs << BITS
    for bit in range(2 * BITS - 1, BITS - 1, -1):
        if rest >> bit & 1:
            rest ^= P << (bit - BITS)
    return rest


def unturned(pair: bytes, z: int) -> tuple[int, int]:
    """CS and KW as they were before the till turned CS left by the high half of ``z`` and KW right by the low half."""
    cs, kw = int(pair[:4], 16), int(pair[4:], 16)
    high, low = z >> 4, z & 15
    return (cs >> high | cs << (BITS - high)) & 0xFFFF, (kw << low | kw >> (BITS - low)) & 0xFFFF
