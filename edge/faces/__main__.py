"""``python -m edge.faces``: the process that reads faces. It alone has the key of the templates; it dies with the box.

    python -P -m edge.faces LINE MODELS_DIR KEY_FILE THREADS        LINE: the descriptor of its end of the channel

Somebody stands there and waits, so it goes before the counting of people, and behind mirrors and orders.
"""

from __future__ import annotations

import socket
import sys
from contextlib import closing
from pathlib import Path

from edge.childhood import die_with_the_box, go_offline, hush_libraries, keep_to_itself, resident_bytes, stand_back

NICE = 3
"""The mirrors' process has 1, the counting one 5."""


def main() -> int:
    """Read faces until the box is gone."""
    die_with_the_box()
    stand_back(NICE, batch=False)
    go_offline()
    keep_to_itself()
    hush_libraries()
    import cv2

    from edge.channel import ChannelBroken, ProcessEnd
    from edge.faces.run import Loop
    from edge.faces.sight import Sight
    from edge.faces.words import SPEECH

    cv2.setNumThreads(1)
    line, models_dir, key_file, threads = sys.argv[1:]
    with (
        closing(ProcessEnd(socket.socket(fileno=int(line)), SPEECH)) as channel,
        closing(Sight(Path(models_dir), Path(key_file), int(threads))) as sight,
        closing(Loop(channel, sight, resident_bytes)) as loop,
    ):
        try:
            loop.run()
        except ChannelBroken as error:
            sys.stderr.write(f"the process that reads faces ends: {error}\n")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
