"""How it stands with a camera that is to count, in words: is it watched, and if not, what is to be done?

Pure: what the device, the process and the clock say comes in.
"""

from __future__ import annotations

from drivers.room_readings import CameraSeen
from drivers.wires.pictures import Rings
from edge.status import DeviceStatus
from edge.vision.rates import Rate
from edge.vision.window import CameraShown
from edge.vision.words import CameraFigures, Inference

STANDS_NS = 5_000_000_000
STILL = "its picture stands still, so nobody is counted: is the camera frozen?"
BLACK = "its picture is black, so nobody is counted: is it dark there, or the lens covered?"
SILENT = "no picture comes from it"
CLOSED = "it is not open"
NOT_TOLD = "the inference process does not look at it yet"


def camera_shown(
    *,
    device: DeviceStatus | None,
    rings: Rings | None,
    figures: CameraFigures | None,
    rate: Rate,
    people: Inference | None,
    now_ns: int,
) -> CameraShown:
    """One camera as it is now; ``people`` is the model that finds people, as far as it is known."""
    problem = _waits_for(device, rings, figures, rate)
    blind = people.problem if people is not None and people.state == "off" else ""
    if not problem and not blind and figures is not None and now_ns - figures.newest_ns > STANDS_NS:
        problem = BLACK if _is_black(device) else STILL
    return CameraShown(
        state="waiting" if problem else "blind" if blind else "watched",
        problem=problem or blind,
        width_px=0 if rings is None else rings.raw.ring.width_px,
        height_px=0 if rings is None else rings.raw.ring.height_px,
        reopened=0 if device is None else device.reopened,
        fps_in=round(rate.came, 1),
        fps_processed=round(rate.seen, 1),
        fps_skipped=round(rate.skipped, 1),
        figures=figures or CameraFigures(),
    )


def _is_black(device: DeviceStatus | None) -> bool:
    return device is not None and isinstance(device.reading, CameraSeen) and device.reading.picture == "black"


def _waits_for(device: DeviceStatus | None, rings: Rings | None, figures: CameraFigures | None, rate: Rate) -> str:
    """Why it is not looked at; nothing when pictures come. What the device says is wrong comes before what follows from it."""
    if rate.came and rings is not None and figures is not None:
        return ""
    if device is not None and device.problem:
        return device.problem
    if rings is None:
        return CLOSED
    return NOT_TOLD if figures is None else SILENT
