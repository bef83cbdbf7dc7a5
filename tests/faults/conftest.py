"""A shop whose processes are killed many times is forked, not started."""

from __future__ import annotations

import pytest

from edge.demo.stage import Stage
from tests.faults.forked_shop import ForkedChild, forked_command


@pytest.fixture
def forked_shop(monkeypatch: pytest.MonkeyPatch) -> None:
    """``stage`` forks what it would start."""
    monkeypatch.setattr("edge.demo.stage.Child", ForkedChild)
    monkeypatch.setattr(Stage, "command", forked_command)
