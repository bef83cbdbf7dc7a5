"""The line between the box and a process of its own, as a loop sees it: one for every process."""

from __future__ import annotations

from collections import deque
from typing import Generic, TypeVar

Asked = TypeVar("Asked")
Said = TypeVar("Said")
Word = TypeVar("Word")


class MadeUpLine(Generic[Asked, Said]):
    """Hears what the test asks; keeps what is said. ``waits`` is how long the loop was ready to wait each time."""

    def __init__(self) -> None:
        self.asked: deque[tuple[Asked, int | None]] = deque()
        self.said: list[Said] = []
        self.waits: list[float] = []
        self.is_read = True

    def say(self, word: Said) -> None:
        self.said.append(word)

    def hear(self, wait_s: float) -> list[tuple[Asked, int | None]]:
        self.waits.append(wait_s)
        asked, self.asked = list(self.asked), deque()
        return asked

    def of(self, kind: type[Word]) -> list[Word]:
        return [word for word in self.said if isinstance(word, kind)]
