"""How ffmpeg is called: one input whatever the camera, out of it I420 pictures and, for screens, the same as JPEG."""

from __future__ import annotations

import re

from drivers.wires.capture_words import Capture, Mask

BEFORE = ("ffmpeg", "-hide_banner", "-nostdin", "-loglevel", "error", "-nostats")
JPEG_QUALITY = "5"  # of 2 (best) to 31; 5 shows a face without blocks at about 20 KB for 640 × 360

# ffmpeg dies with the process that reads its pictures, even while it waits for a camera and writes nothing.
WITH_PARENT = ("setpriv", "--pdeathsig", "KILL")

_LOGIN = re.compile(r"://[^/\s'\"]*@")
_ADDRESS_IN_MEMORY = re.compile(r" @ 0x[0-9a-f]+")


def command(capture: Capture, jpeg_pipe: int | None) -> list[str]:
    """The whole command line. ``jpeg_pipe`` is the descriptor that JPEGs are written to. It never holds a password."""
    size = f"{capture.width_px}:{capture.height_px}"
    fitted = f"[0:v:0]scale={size}:force_original_aspect_ratio=decrease:out_range=tv,pad={size}:-1:-1,format=yuv420p"
    fitted = ",".join((fitted, *map(_black, capture.masks)))
    rate = ("-fps_mode", "vfr", "-r", str(capture.fps), "-flush_packets", "1")
    if jpeg_pipe is None:
        outputs = [f"{fitted}[raw]", "-map", "[raw]", *rate, "-f", "rawvideo", "pipe:1"]
    else:
        split = f"{fitted},split[raw][shown];[shown]scale=out_range=pc,format=yuvj420p[jpeg]"
        outputs = [split, "-map", "[raw]", *rate, "-f", "rawvideo", "pipe:1"]
        outputs += ["-map", "[jpeg]", *rate, "-c:v", "mjpeg", "-q:v", JPEG_QUALITY, "-f", "mpjpeg", f"pipe:{jpeg_pipe}"]
    return [*WITH_PARENT, *BEFORE, *capture.input, "-an", "-sn", "-filter_complex", *outputs]


def _black(mask: Mask) -> str:
    return f"drawbox=x={mask.x}:y={mask.y}:w={mask.width}:h={mask.height}:color=black:t=fill"


def without_logins(words: str) -> str:
    """``words`` of ffmpeg with every ``user:password@`` gone, and without what changes from call to call."""
    return _ADDRESS_IN_MEMORY.sub("", _LOGIN.sub("://", words))
