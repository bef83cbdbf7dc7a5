"""The status bytes of NCI scales: without them a fault of the scale's memory would pass for a weight.

Source: METTLER DIVA service manual p 37, Ohaus Aviator p 49, Adam MDW p 14, Fairbanks PC2250 p 61. There are at least two bytes;
from the second on, bit 6 says that another one follows. Bits 4 and 5 are always 1.
"""

from __future__ import annotations

from dataclasses import dataclass

from drivers.contract import DeviceError

SERVICE = "switch it off and on; if this stays, its maker's service must look at it"


@dataclass(frozen=True, slots=True, kw_only=True)
class Status:
    """``net`` is None when the scale sends no third byte. ``under``: below zero or below its range."""

    moving: bool
    at_zero: bool
    under: bool
    over: bool
    net: bool | None
    faults: str


def read_status(status: bytes, *, motion_inverted: bool = False) -> Status:
    """What two to four status bytes say. ``motion_inverted``: bit 0 is 0 in motion (Global Industrial 412584 p 25)."""
    first, second = status[:2]
    third = status[2] if len(status) > 2 else 0
    faults = (
        ("RAM", first & 0x04),
        ("EEPROM", first & 0x08),
        ("ROM", second & 0x04),
        ("calibration", second & 0x08),
        ("zero", third & 0x08),
    )
    return Status(
        moving=bool(first & 0x01) != motion_inverted,
        at_zero=bool(first & 0x02),
        under=bool(second & 0x01),
        over=bool(second & 0x02),
        net=bool(third & 0x04) if third else None,
        faults=", ".join(name for name, bit in faults if bit),
    )


def raise_fault(faults: str) -> None:
    """DeviceError for a scale that reports a fault of its own; its weight is not to be trusted."""
    if faults == "zero":
        raise DeviceError("the scale cannot find its zero: take everything off the pan, then switch it off and on")
    if faults:
        raise DeviceError(f"the scale reports a fault of its own ({faults}): {SERVICE}")
