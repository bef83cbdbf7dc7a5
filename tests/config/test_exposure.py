"""A secret that others can read is noticed."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest
from pydantic import BaseModel

from config.exposure import exposed_secrets
from config.load import load

Write = Callable[[str], Path]
Drivers = dict[str, type[BaseModel]]


@pytest.fixture
def noticed(drivers: Drivers) -> Callable[[Path], list[str]]:
    return lambda path: [mistake.told(Path("storebox.toml")) for mistake in exposed_secrets(path, load(path, drivers))]


Noticed = Callable[[Path], list[str]]


def test_a_pin_in_an_open_settings_file_is_noticed(settings_file: Write, noticed: Noticed) -> None:
    path = settings_file('[device.till-1]\ndriver = "till/mqtt"\npin = "4711"\n')
    assert noticed(path) == []
    path.chmod(0o604)
    assert noticed(path) == [
        f"storebox.toml:3: device.till-1.pin: is a secret in a file that others can read; do: chmod 600 {path}"
    ]


def test_a_password_in_an_address_is_a_secret(settings_file: Write, noticed: Noticed) -> None:
    path = settings_file('[device.till-1]\ndriver = "till/mqtt"\nbackup_url = "https://ann:x@example.com"\n')
    path.chmod(0o644)
    assert "device.till-1.backup_url: is a secret in a file that others can read" in noticed(path)[0]


def test_settings_without_a_secret_may_be_read_by_all(settings_file: Write, noticed: Noticed) -> None:
    path = settings_file('[device.till-1]\ndriver = "till/mqtt"\n')
    path.chmod(0o644)
    assert noticed(path) == []


def test_a_password_file_that_others_can_read_is_noticed(tmp_path: Path, settings_file: Write, noticed: Noticed) -> None:
    password = tmp_path / "password"
    password.touch(mode=0o600)
    path = settings_file(f'[mqtt]\npassword_file = "{password}"\n')
    assert noticed(path) == []
    password.chmod(0o604)
    assert noticed(path) == [
        f"storebox.toml:2: mqtt.password_file: {password} holds a secret and others can read it; do: chmod 600 {password}"
    ]


@pytest.mark.skipif(os.geteuid() != 0, reason="only root may give a file away")
@pytest.mark.parametrize(("group", "is_open"), [(0, False), (65534, True), (54321, True)])
def test_another_group_is_others_but_root_is_not(
    group: int, is_open: bool, tmp_path: Path, settings_file: Write, noticed: Noticed
) -> None:
    password = tmp_path / "password"
    password.touch()
    password.chmod(0o640)
    os.chown(password, -1, group)
    assert bool(noticed(settings_file(f'[mqtt]\npassword_file = "{password}"\n'))) is is_open


def test_a_password_file_that_is_not_there_is_noticed(settings_file: Write, noticed: Noticed) -> None:
    path = settings_file('[cloud]\ntoken_file = "/nowhere/token"\n')
    assert noticed(path) == [
        "storebox.toml:2: cloud.token_file: /nowhere/token does not exist; create it, or take this setting out"
    ]


def test_a_password_file_that_cannot_be_looked_at_is_told(tmp_path: Path, settings_file: Write, noticed: Noticed) -> None:
    (tmp_path / "loop").symlink_to(tmp_path / "loop")
    path = settings_file(f'[mqtt]\npassword_file = "{tmp_path}/loop/password"\n')
    assert len(told := noticed(path)) == 1
    assert f"mqtt.password_file: {tmp_path}/loop/password cannot be looked at (" in told[0]
    assert told[0].endswith("); check the path; run as root")
