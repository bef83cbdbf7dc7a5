"""Keeps a shopper's payment code in memory between the scan and the one call that uses it: a minute at most, and nowhere else.

The scan is decided and written down without the code. When the bill is on disk, the code is taken from here; a box that died
meanwhile has none, and asks by the number of the payment instead.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field

from drivers.counter_readings import PaymentCodeShown
from drivers.one_attempt import LIFETIME_S, NothingLeft, OneAttempt
from edge.shop.shop import Shop


@dataclass(frozen=True, slots=True, kw_only=True)
class _Kept:
    shown_ms: int
    code: OneAttempt
    end: asyncio.TimerHandle


@dataclass(slots=True, kw_only=True)
class ShownCodes:
    """``shop()`` knows which scanner serves a lane that takes codes. One code a scanner: a newer one replaces it."""

    shop: Callable[[], Shop]
    _kept: dict[str, _Kept] = field(default_factory=dict, repr=False)

    def keep(self, shown: PaymentCodeShown) -> None:
        """Take the code out of the reading, if there is a lane that may want it."""
        if not self.shop().takes_codes(shown.device):
            return
        try:
            code = OneAttempt(shown.code.take())
        except NothingLeft:
            return
        self._forget(shown.device)
        end = asyncio.get_running_loop().call_later(LIFETIME_S, self._forget, shown.device)
        self._kept[shown.device] = _Kept(shown_ms=shown.monotonic_ms, code=code, end=end)

    def take(self, scanner: str, shown_ms: int | None) -> OneAttempt | None:
        """The code that ``scanner`` read at ``shown_ms``, once; none when it is gone or another was shown since."""
        kept = self._kept.get(scanner)
        if kept is None or kept.shown_ms != shown_ms:
            return None
        del self._kept[scanner]
        kept.end.cancel()
        return kept.code

    def _forget(self, scanner: str) -> None:
        kept = self._kept.pop(scanner, None)
        if kept is not None:
            kept.end.cancel()
            kept.code.forget()
