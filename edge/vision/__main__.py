"""``python -m edge.vision``: the inference process. All models of the box live in it; it dies with the box, however that dies.

    python -P -m edge.vision LINE DETECTOR MODELS_DIR THREADS        LINE: the descriptor of its end of the channel

Orders come first: it runs when no other process wants the processor, and when memory is short the kernel takes it before others.
"""

from __future__ import annotations

import ctypes
import os
import signal
import socket
import sys
from contextlib import closing, suppress
from pathlib import Path

PR_SET_PDEATHSIG = 1
NICE = 5
"""A third of the processor against one that is not nice: enough to send a beat, too little to delay an order."""

EXPENDABLE = "500"
"""Of -1000 (never) to 1000: the box has -500 from systemd."""


def main() -> int:
    """Look until the box is gone; 1 when it says what nobody understands."""
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
    stand_back()
    go_offline()
    import cv2

    from edge.vision.channel import ChannelBroken, ProcessEnd
    from edge.vision.inferences import Inferences
    from edge.vision.run import run

    cv2.setNumThreads(1)
    line, detector, models_dir, threads = sys.argv[1:]
    with (
        closing(ProcessEnd(socket.socket(fileno=int(line)))) as channel,
        closing(Inferences(detector, Path(models_dir), int(threads))) as models,
    ):
        try:
            run(channel, models)
        except ChannelBroken as error:
            sys.stderr.write(f"the inference process ends: {error}\n")
    return 0


def go_offline() -> None:
    """Nothing of what cameras see may go out, whatever a library likes to tell its maker."""
    from models.offline import NetworkStays, leave_network

    try:
        leave_network()
    except NetworkStays as error:
        sys.stderr.write(f"the inference process could reach the network: {error}\n")


def stand_back() -> None:
    """Let everybody else go first. A host that forbids it (as storebox.service does to nice) loses nothing but that."""
    with suppress(OSError):
        os.nice(NICE)
    with suppress(OSError):
        # No preemption of others when it wakes up: https://man7.org/linux/man-pages/man7/sched.7.html, SCHED_BATCH
        os.sched_setscheduler(0, os.SCHED_BATCH, os.sched_param(0))
    with suppress(OSError):
        Path("/proc/self/oom_score_adj").write_text(EXPENDABLE)


if __name__ == "__main__":
    raise SystemExit(main())
