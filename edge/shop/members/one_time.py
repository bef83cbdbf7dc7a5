"""The dynamic member code of a phone's screen: a one-time password by time (RFC 6238, SHA-256), checked with no internet.

Each member has a key of its own, made of the chain's key and the member's reference, so that nobody who takes a phone apart
can show another's code. The box needs only the chain's key.
"""

from __future__ import annotations

import hmac
from collections.abc import Iterator
from datetime import datetime

STEPS_ASIDE = 1
"""A phone's clock, and the shopper's way to the counter, may be a step off either way (RFC 6238 section 5.2)."""


def member_secret(chain_secret: bytes, member_ref: str) -> bytes:
    """The 32 bytes of one member."""
    return hmac.digest(chain_secret, b"storebox member code key\0" + member_ref.encode(), "sha256")


def one_time_code(secret: bytes, step: int, digits: int) -> str:
    """The code of time step ``step`` (RFC 4226 section 5.3 with SHA-256)."""
    mac = hmac.digest(secret, step.to_bytes(8, "big"), "sha256")
    offset = mac[-1] & 0x0F
    number = int.from_bytes(mac[offset : offset + 4], "big") & 0x7FFF_FFFF
    return str(number % 10**digits).zfill(digits)


def steps_at(at: datetime, step_s: int) -> Iterator[int]:
    """The steps that count at ``at``, the likeliest first."""
    now = int(at.timestamp()) // step_s
    yield now
    for aside in range(1, STEPS_ASIDE + 1):
        yield now - aside
        yield now + aside
