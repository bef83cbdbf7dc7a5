"""A simulated checkout scale, Dialog 02 or 04, from Ohaus Aviator p 45: it says what one of Dialog 06 says."""

from __future__ import annotations

from collections.abc import Sequence

from drivers.sim.dialog06 import UNITS, DialogSim
from drivers.sim.scale_commands import run_scale


def main(argv: Sequence[str] | None = None) -> int:
    """``storebox sim scale/dialog-02 --link PATH``; ends at SIGINT or SIGTERM."""
    return run_scale(DialogSim, argv, name="scale/dialog-02", units=tuple(UNITS))
