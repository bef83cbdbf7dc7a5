"""``python -m edge.vision``: the inference process. All models of the box live in it; it dies with the box, however that dies.

    python -P -m edge.vision LINE DETECTOR MODELS_DIR THREADS        LINE: the descriptor of its end of the channel

Orders come first: it runs when no other process wants the processor, and when memory is short the kernel takes it before others.
"""

from __future__ import annotations

import socket
import sys
from contextlib import closing
from pathlib import Path

from edge.childhood import die_with_the_box, go_offline, stand_back

NICE = 5
"""A third of the processor against one that is not nice: enough to send a beat, too little to delay an order."""


def main() -> int:
    """Look until the box is gone; 1 when it says what nobody understands."""
    die_with_the_box()
    stand_back(NICE, batch=True)
    go_offline()
    import cv2

    from edge.channel import ChannelBroken, ProcessEnd
    from edge.vision.inferences import Inferences
    from edge.vision.run import run
    from edge.vision.words import SPEECH

    cv2.setNumThreads(1)
    line, detector, models_dir, threads = sys.argv[1:]
    with (
        closing(ProcessEnd(socket.socket(fileno=int(line)), SPEECH)) as channel,
        closing(Inferences(detector, Path(models_dir), int(threads))) as models,
    ):
        try:
            run(channel, models)
        except ChannelBroken as error:
            sys.stderr.write(f"the inference process ends: {error}\n")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
