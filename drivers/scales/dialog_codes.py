"""What each status of a checkout scale (record 09) means: a reading, nothing, or a failure with what to do.

Source: METTLER DIVA pp 54-55, Ohaus Aviator p 40.
"""

from __future__ import annotations

from typing import Literal

from drivers.contract import BadFrame, DeviceError
from drivers.readings import Weight
from drivers.scales.dialog_records import Status

ASK_AGAIN = frozenset({"20", "22"})
"""The weighing goes on: only EOT ENQ is repeated. After any other the goods must be told again (DIVA p 55)."""

UNMOVED = "21"
"""The load has not moved since it was weighed: the scale tells each weight once."""

UNEXPLAINED = ""
"""NAK of a scale that does not know record 08: no load, motion, below zero or overload (Ohaus p 45), nobody can tell which."""

STATES: dict[str, Literal["moving", "over", "under"]] = {
    UNEXPLAINED: "moving",
    "20": "moving",
    "22": "moving",  # the measurement is not finished
    "30": "under",  # below the least weight that may be sold: no weight is told, so none is known
    "31": "under",
    "32": "over",
}
REFUSALS = {
    "10": "the scale does not know this record (10): is it set to Dialog 06?",
    "11": "the scale does not take this price (11): give another, or set price_digits as in the scale",
    "12": "the scale does not take this tare (12): it is too much, or the scale allows none",
    "13": "the scale does not take this text (13): use 13 plain letters and digits",
}
FAULTS = {
    "01": "the scale reports a general error (01): look at its display, switch it off and on",
    "02": "the scale received damaged bytes (02): check the cable, the baud rate and the parity",
}


def reading(status: Status) -> Weight | None:
    """The reading that follows; None when there is nothing to say. Raises DeviceError, BadFrame for a status that is none."""
    if status.code in {"00", UNMOVED}:
        return None
    state = STATES.get(status.code)
    if state is not None:
        frame = status.frame
        return Weight(**frame.stamp(), grams=None, state=state)
    text = REFUSALS.get(status.code) or FAULTS.get(status.code)
    if text is None:
        raise BadFrame(f"the scale gives the status {status.code}, which no manual describes", status.frame.data)
    raise DeviceError(text)
