"""How much may wait in the journal's inbox: who comes when it is full waits here, and with him his wire.

asyncio.Semaphore does the same, but an entry that finds room should not pay for a coroutine and a search among the waiting.
"""

from __future__ import annotations

import asyncio
from collections import deque


class Room:
    """``places`` that are taken by one and given back by many at once; whoever waits longest comes first."""

    def __init__(self, places: int) -> None:
        self._free = places
        self._waiting: deque[asyncio.Future[None]] = deque()

    def taken(self) -> bool:
        """Take a place; False when there is none, or others were here before: then ``wait`` for it."""
        if self._free <= 0 or self._waiting:
            return False
        self._free -= 1
        return True

    async def wait(self) -> None:
        """Return with a place."""
        turn: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.append(turn)
        try:
            await turn
        except asyncio.CancelledError:
            if turn in self._waiting:
                self._waiting.remove(turn)
            elif not turn.cancelled():  # its place was given in the moment in which nobody wanted it any more
                self.give_back(1)
            raise

    def give_back(self, places: int) -> None:
        """Places are free again."""
        self._free += places
        while self._free > 0 and self._waiting:
            turn = self._waiting.popleft()
            if not turn.done():
                self._free -= 1
                turn.set_result(None)
