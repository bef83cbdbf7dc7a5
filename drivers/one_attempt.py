"""A secret for one attempt: a payment code that may be forwarded once, from memory, and is gone after a minute.

Without it a code would live on in whatever keeps the last reading of a scanner.
"""

from __future__ import annotations

from collections.abc import Callable
from time import monotonic

LIFETIME_S = 60.0
"""How long WeChat and Alipay accept a code, about: an older one would be refused there anyway."""


class NothingLeft(Exception):
    """The secret was used already, or is too old; the shopper shows a new one."""


class OneAttempt:
    """Holds ``secret`` until it is taken or ``LIFETIME_S`` are over; says nothing of it in any text."""

    __slots__ = ("_born", "_clock", "_secret")

    def __init__(self, secret: str, clock: Callable[[], float] = monotonic) -> None:
        self._secret, self._clock = secret, clock
        self._born = clock()

    def take(self) -> str:
        """The secret, once. Raises NothingLeft."""
        secret, self._secret = self._secret, ""
        if not secret or self._clock() - self._born > LIFETIME_S:
            raise NothingLeft("this payment code was used or is older than a minute: ask the shopper to show a new one")
        return secret

    def forget(self) -> None:
        """Wipe it: the attempt is over."""
        self._secret = ""

    def __repr__(self) -> str:
        return "OneAttempt(…)"
