"""The effective settings load again, hold every default, and show no secret."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

from pydantic import BaseModel, SecretStr

from config.effective import as_tables, as_toml
from config.load import load
from config.schema import Settings

Write = Callable[[str], Path]
Drivers = dict[str, type[BaseModel]]

WHOLE = """\
[store]
name = "店 7 \\"x\\" \\u0007"
day_starts_at = 05:30:00
[web]
allowed_hosts = ["box.lan", "box"]
[mqtt]
password_file = "/etc/storebox/mqtt"
[lane.1]
till = "till-1"
[device.till-1]
driver = "till/mqtt"
pin = "4711"
backup_url = "https://ann:hush-hush@example.com/x"
[device.scale-1]
driver = "scale/serial"
port = "/dev/ttyS0"
line.baud = 1200
"""


def test_settings_printed_and_loaded_again_are_the_same(settings_file: Write, drivers: Drivers) -> None:
    text = WHOLE.replace('pin = "4711"\n', "").replace("ann:hush-hush@", "ann@")
    settings = load(settings_file(text), drivers)
    assert load(settings_file(as_toml(settings)), drivers) == settings


def test_only_secrets_differ_when_loaded_again(settings_file: Write, drivers: Drivers) -> None:
    settings = load(settings_file(WHOLE), drivers)
    again = load(settings_file(as_toml(settings)), drivers)
    till = again.device["till-1"].settings
    assert till.pin == SecretStr("**********")
    assert till.backup_url == "https://ann:**********@example.com/x"
    assert again.model_copy(update={"device": settings.device}) == settings
    assert again.device["scale-1"] == settings.device["scale-1"]


def test_no_secret_is_shown(settings_file: Write, drivers: Drivers) -> None:
    settings = load(settings_file(WHOLE), drivers)
    for shown in (as_toml(settings), json.dumps(as_tables(settings))):
        assert "4711" not in shown
        assert "hush" not in shown


def test_every_default_is_filled_in_and_what_is_not_set_is_named() -> None:
    shown = as_toml(Settings())
    assert "quota_mib = 4096" in shown
    assert 'day_starts_at = "04:00:00"' in shown
    assert shown.endswith(
        "\n# not set: store.tenant, mqtt.password_file, cloud.url, cloud.token_file, cloud.signing_key_file, cloud.ca_file, "
        "kitchen.printer, kitchen.spare, pickup.printer, pickup.sounder, vision.models_dir, faces.key_file\n"
    )


def test_programs_get_what_is_not_set_as_null() -> None:
    assert as_tables(Settings())["cloud"]["url"] is None
