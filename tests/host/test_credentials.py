"""A secret is found where systemd put it, and only there."""

from __future__ import annotations

from pathlib import Path

from edge.host.credentials import credential


def test_a_secret_is_the_file_that_systemd_handed_over(tmp_path: Path):
    (tmp_path / "box_mqtt-password").write_text("canary")
    assert credential("mqtt-password", {"CREDENTIALS_DIRECTORY": str(tmp_path)}) == tmp_path / "box_mqtt-password"


def test_a_secret_that_was_not_handed_over_is_none(tmp_path: Path):
    assert credential("mqtt-password", {"CREDENTIALS_DIRECTORY": str(tmp_path)}) is None
    assert credential("mqtt-password", {}) is None
