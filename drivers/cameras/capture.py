"""``python -m drivers.cameras.capture``: the process of one camera. It runs ffmpeg, fills the rings, and tells how it looks.

The box gives it a ``Capture`` on standard input, inherits it the rings, and hears a ``Glimpse`` now and then on standard output.
It ends when ffmpeg ends, when standard input is closed, and with the box, however that dies.
"""

from __future__ import annotations

import ctypes
import fcntl
import os
import selectors
import signal
import struct
import subprocess
import sys
import termios
import time
from contextlib import suppress
from typing import IO

import msgspec

from drivers.cameras.ffmpeg_call import command, without_logins
from drivers.cameras.mpjpeg import JpegCutter
from drivers.wires.capture_words import Capture, Ended, Glimpse, Told
from drivers.wires.picture_ring import RingWriter

PR_SET_PDEATHSIG = 1
PIPE_BYTES = 1 << 20  # as much as Linux gives to anybody: a moment's delay here then does not hold ffmpeg up
END_S = 2.0
BLACK = 16
LUMA_SAMPLES = 1009  # a prime: a stride that meets no pattern of the picture
KEPT_WORDS = 2_000
BULK = 1 << 16


def main() -> int:
    """Capture until there is nothing more to capture."""
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
    with os.fdopen(sys.stdin.fileno(), "rb", buffering=0, closefd=False) as unbuffered:  # so that select sees its end
        asked = unbuffered.readline()
    if not asked:  # the box died before it could ask
        return 0
    capture = msgspec.json.decode(asked, type=Capture)
    jpeg_in, jpeg_out = os.pipe() if capture.jpeg_fd is not None else (-1, -1)
    to_ffmpeg = None if jpeg_out < 0 else jpeg_out
    ffmpeg = subprocess.Popen(
        command(capture, to_ffmpeg),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        pass_fds=() if to_ffmpeg is None else (to_ffmpeg,),
        bufsize=0,
    )
    if to_ffmpeg is not None:
        os.close(to_ffmpeg)
    try:
        _tell(Watch(capture, ffmpeg, jpeg_in).run())
    finally:
        ffmpeg.kill()
    return 0


class Watch:
    """One ffmpeg from its first picture to its end."""

    def __init__(self, capture: Capture, ffmpeg: subprocess.Popen[bytes], jpeg_in: int) -> None:
        self._ffmpeg = ffmpeg
        self._raw_in, self._words_in = _open(ffmpeg.stdout).fileno(), _open(ffmpeg.stderr).fileno()
        self._jpeg_in, self._tell_s = jpeg_in, capture.tell_ms / 1000
        self._raw = RingWriter(capture.raw_fd)
        self._size = capture.width_px * capture.height_px * 3 // 2
        self._luma_size = capture.width_px * capture.height_px
        self._hidden = sum(mask.width * mask.height for mask in capture.masks) / self._luma_size
        self._shown = RingWriter(capture.jpeg_fd) if capture.jpeg_fd is not None else None
        self._cutter = JpegCutter(self._shown.ring.slot_bytes if self._shown else 0)
        self._have = self._frames = self._skipped = self._frames_told = self._luma = 0
        self._crc = -1
        self._last_ns = self._changed_ns = self._told_ns = time.monotonic_ns()
        self._words = b""
        for pipe in (self._raw_in,) if jpeg_in < 0 else (self._raw_in, jpeg_in):
            with suppress(OSError):  # a user with very many pipes gets small ones
                fcntl.fcntl(pipe, fcntl.F_SETPIPE_SZ, PIPE_BYTES)
        script = _open(ffmpeg.stdin)
        with suppress(BrokenPipeError):  # ffmpeg could not be started: its words say why
            script.write(capture.script.encode())
        script.close()

    def run(self) -> Ended:
        """Read until ffmpeg ends or the box closes standard input; tells a Glimpse now and then."""
        with selectors.DefaultSelector() as pipes:
            for pipe in (self._raw_in, self._words_in, self._jpeg_in, sys.stdin.fileno()):
                if pipe >= 0:
                    pipes.register(pipe, selectors.EVENT_READ)
            going = True
            while going:
                for key, _ in pipes.select(self._until_glimpse_s()):
                    going = self._read(key.fd, pipes) and going
                if self._until_glimpse_s() == 0:
                    _tell(self._glimpse())
        return self._end()

    def _read(self, pipe: int, pipes: selectors.BaseSelector) -> bool:
        """False when the pictures, or the box's patience, have ended."""
        if pipe == self._raw_in:
            return self._read_raw()
        data = os.read(pipe, BULK)
        if pipe == self._words_in:
            self._words = (self._words + data)[-KEPT_WORDS:]
        elif pipe == self._jpeg_in and self._shown is not None:
            for jpeg in self._cutter.feed(data):
                self._shown.room[: len(jpeg)] = jpeg
                self._shown.publish(len(jpeg), time.monotonic_ns())
        if not data:
            pipes.unregister(pipe)
        return bool(data) or pipe != sys.stdin.fileno()

    def _read_raw(self) -> bool:
        """Straight into the ring; a picture behind which a whole newer one waits already is shown to nobody."""
        count = os.readv(self._raw_in, [self._raw.room[self._have : self._size]])
        self._have += count
        if self._have == self._size:
            self._have = 0
            self._frames += 1
            self._last_ns = time.monotonic_ns()
            if _waiting(self._raw_in) >= self._size:
                self._skipped += 1
            else:
                self._publish()
        return count > 0

    def _publish(self) -> None:
        room = self._raw.room[: self._luma_size]
        self._luma = _seen(_mean(room), self._hidden)
        room.release()
        crc = self._raw.publish(self._size, self._last_ns)
        if crc != self._crc:
            self._crc, self._changed_ns = crc, self._last_ns

    def _until_glimpse_s(self) -> float:
        return max(0.0, self._told_ns / 1e9 + self._tell_s - time.monotonic())

    def _glimpse(self) -> Glimpse:
        now = time.monotonic_ns()
        fps = (self._frames - self._frames_told) * 1e9 / (now - self._told_ns)
        self._told_ns, self._frames_told = now, self._frames
        return Glimpse(
            frames=self._frames,
            skipped=self._skipped,
            fps=round(fps, 1),
            age_ms=(now - self._last_ns) // 1_000_000,
            same_ms=(now - self._changed_ns) // 1_000_000,
            luma=self._luma,
        )

    def _end(self) -> Ended:
        """Wait a moment for ffmpeg's last words; it is killed when it has not ended by then."""
        try:
            status = self._ffmpeg.wait(END_S)
        except subprocess.TimeoutExpired:
            self._ffmpeg.kill()
            status = self._ffmpeg.wait()
        self._words += _open(self._ffmpeg.stderr).read(BULK)
        return Ended(words=without_logins(self._words[-KEPT_WORDS:].decode("utf-8", "replace")), status=status)


def _tell(told: Told) -> None:
    """One line to the box; a box that is gone needs none."""
    os.write(sys.stdout.fileno(), msgspec.json.encode(told) + b"\n")


def _mean(plane: memoryview) -> int:
    samples = plane[:: max(1, len(plane) // LUMA_SAMPLES) | 1]
    return sum(samples) // len(samples)


def _seen(luma: int, hidden: float) -> int:
    """The mean of what no mask hides, of the whole picture's: a masked picture is not dark for that."""
    return max(BLACK, round((luma - hidden * BLACK) / (1 - hidden)))


def _waiting(pipe: int) -> int:
    count: int = struct.unpack("i", fcntl.ioctl(pipe, termios.FIONREAD, b"\0" * 4))[0]
    return count


def _open(stream: IO[bytes] | None) -> IO[bytes]:
    if stream is None:
        raise AssertionError("every stream of ffmpeg is a pipe")
    return stream


if __name__ == "__main__":
    raise SystemExit(main())
