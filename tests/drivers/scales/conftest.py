"""Shared by the scale tests."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from drivers.contract import Frame


@pytest.fixture(scope="session")
def stamp() -> Frame:
    """A frame whose device and times other frames borrow."""
    return Frame(data=b"", device="lane-1", at=datetime(2026, 3, 1, 8, 30, tzinfo=UTC), monotonic_ms=77)
