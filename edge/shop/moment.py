"""When something is decided, with all the chance that the decision may need: the same moment decides alike again."""

from __future__ import annotations

import os
from base64 import b32encode
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import blake2b

TOKEN_BYTES = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Moment:
    """``at`` is UTC, ``monotonic_ms`` the box's monotonic clock then, ``seed`` 16 random bytes.

    ``boot`` says in which boot of the machine: only within one do monotonic times compare. Empty: not known.
    """

    at: datetime
    monotonic_ms: int
    boot: str = ""
    seed: bytes = field(default_factory=lambda: os.urandom(16), repr=False)

    def token(self, purpose: str) -> str:
        """16 letters and digits (80 bits) that nobody can guess, others for every ``purpose``."""
        return b32encode(blake2b(purpose.encode(), key=self.seed, digest_size=TOKEN_BYTES).digest()).decode().lower()
