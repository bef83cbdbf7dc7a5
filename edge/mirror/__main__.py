"""``python -m edge.mirror``: the process that paints the mirrors. It dies with the box, however that dies.

    python -P -m edge.mirror LINE MODELS_DIR        LINE: the descriptor of its end of the channel

Somebody stands before it and waits, so it goes before the counting of people; orders still come first.
"""

from __future__ import annotations

import socket
import sys
from contextlib import closing
from pathlib import Path

from edge.childhood import die_with_the_box, go_offline, resident_bytes, stand_back

NICE = 1
"""The counting process has 5."""


def main() -> int:
    """Paint until the box is gone."""
    die_with_the_box()
    stand_back(NICE, batch=False)
    go_offline()
    import cv2

    from edge.channel import ChannelBroken, ProcessEnd
    from edge.mirror.painter import painters
    from edge.mirror.run import Loop
    from edge.mirror.words import SPEECH

    cv2.setNumThreads(1)
    line, models_dir = sys.argv[1:]
    with (
        closing(ProcessEnd(socket.socket(fileno=int(line)), SPEECH)) as channel,
        closing(Loop(channel, painters(Path(models_dir)), resident_bytes)) as loop,
    ):
        try:
            loop.run()
        except ChannelBroken as error:
            sys.stderr.write(f"the mirrors' process ends: {error}\n")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
