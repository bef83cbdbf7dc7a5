"""A till that only hears what the box answers to its reports."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any

from drivers.contract import Receipt
from drivers.readings import AnyReading, Reported, Unreadable


@dataclass
class AnsweredTill:
    """``answers`` has each report with its receipt, in their order."""

    answers: asyncio.Queue[tuple[Reported | Unreadable, Receipt]] = field(default_factory=asyncio.Queue)

    async def __aenter__(self) -> AnsweredTill:
        return self

    async def __aexit__(self, *_why: object) -> None:
        """Nothing to close."""

    def readings(self) -> AsyncIterator[AnyReading]:
        raise NotImplementedError

    async def perform(self, command: Any) -> Any:
        raise NotImplementedError

    async def acknowledge(self, reading: Reported | Unreadable, receipt: Receipt) -> None:
        self.answers.put_nowait((reading, receipt))
