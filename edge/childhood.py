"""What a process that looks at pictures does before anything else: without it one would outlive the box, or talk to the network.

It dies with the box, however that dies; nothing of what cameras see may go out; and when memory is short it goes before others.
"""

from __future__ import annotations

import ctypes
import os
import signal
import sys
from contextlib import suppress
from pathlib import Path

PR_SET_PDEATHSIG = 1
PR_SET_DUMPABLE = 4
EXPENDABLE = "500"
"""Of -1000 (never) to 1000: the box has -500 from systemd."""


def die_with_the_box() -> None:
    """The kernel kills this process as soon as the box is gone."""
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)


def go_offline() -> None:
    """Nothing of what cameras see may go out, whatever a library likes to tell its maker."""
    from models.offline import NetworkStays, leave_network

    try:
        leave_network()
    except NetworkStays as error:
        sys.stderr.write(f"the inference process could reach the network: {error}\n")


def keep_to_itself() -> None:
    """No other process of the same user may look into this one's memory, and when it crashes none of it is written anywhere.

    The last thing to do: its files under /proc are root's from then on (prctl(2), PR_SET_DUMPABLE).
    """
    ctypes.CDLL(None).prctl(PR_SET_DUMPABLE, 0, 0, 0, 0)


def hush_libraries() -> None:
    """What libraries print about pictures goes nowhere; this program's own words still go to standard error."""
    own = os.fdopen(os.dup(sys.stderr.fileno()), "w", buffering=1)
    with Path(os.devnull).open("wb") as nowhere:
        os.dup2(nowhere.fileno(), sys.stderr.fileno())
    sys.stderr = own


def stand_back(nice: int, *, batch: bool) -> None:
    """Let everybody else go first. A host that forbids it (as storebox.service does to nice) loses nothing but that."""
    with suppress(OSError):
        os.nice(nice)
    if batch:
        with suppress(OSError):
            # No preemption of others when it wakes up: https://man7.org/linux/man-pages/man7/sched.7.html, SCHED_BATCH
            os.sched_setscheduler(0, os.SCHED_BATCH, os.sched_param(0))
    with suppress(OSError):
        Path("/proc/self/oom_score_adj").write_text(EXPENDABLE)


def resident_bytes() -> int:
    """The memory of this process."""
    pages = Path("/proc/self/statm").read_text().split()[1]
    return int(pages) * os.sysconf("SC_PAGE_SIZE")
