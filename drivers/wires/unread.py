"""What a line has heard and nobody has taken yet: stamped frames, the bytes that may still become one, and the noise.

Without it every wire of frames would stamp, bound and remember evidence in its own way.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable

from drivers.contract import Frame
from drivers.wires.framing import SEVEN_BITS, Cutter
from drivers.wires.stamp import stamp

QUEUE_FRAMES = 256
EVIDENCE_BYTES = 256  # of what made no frame


class Unread:
    """``thin`` makes room when more than ``QUEUE_FRAMES`` wait; without it ``full`` says that no more should be read.

    ``overhear`` sees each frame as it arrives, before anybody takes it.
    """

    def __init__(
        self, device: str, framing: Cutter, *, seven_bits: bool, thin: Callable[[deque[Frame]], None] | None = None
    ) -> None:
        self.frames: deque[Frame] = deque()
        self.overhear: Callable[[Frame], None] | None = None
        self._device = device
        self._framing = framing
        self._seven_bits = seven_bits
        self._thin = thin
        self._rest = b""
        self._noise = b""

    def take(self, data: bytes) -> None:
        """Bytes have arrived, now."""
        stamped = stamp(self._device)
        cut = self._framing.cut(self._rest + (data.translate(SEVEN_BITS) if self._seven_bits else data))
        self._rest = cut.rest
        self._noise = (self._noise + cut.noise)[-EVIDENCE_BYTES:]
        for whole in cut.frames:
            frame = Frame(data=whole, **stamped)
            self.frames.append(frame)
            if self.overhear is not None:
                self.overhear(frame)
        if self._thin is not None and len(self.frames) > QUEUE_FRAMES:
            self._thin(self.frames)

    @property
    def full(self) -> bool:
        """Whether the wire should wait for somebody to take frames."""
        return len(self.frames) > QUEUE_FRAMES

    @property
    def evidence(self) -> bytes:
        """The last bytes that made no frame."""
        return self._noise + self._rest

    @property
    def unended(self) -> bytes:
        """What waits for the end of its frame."""
        return self._rest

    def forget_unended(self) -> None:
        """They will not become a frame: what comes now begins one."""
        self._rest = b""

    def forget_noise(self) -> None:
        """A good frame has come since: what was noise before is no evidence any more."""
        self._noise = b""

    def forget(self) -> None:
        """Drop everything."""
        self.frames.clear()
        self._rest = self._noise = b""
