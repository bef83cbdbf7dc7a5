"""Settings that are right alone and wrong together are mistakes too."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from pydantic import BaseModel

from config.load import load
from config.mistakes import SettingsError
from config.schema import Section

Write = Callable[[str], Path]
Drivers = dict[str, type[BaseModel]]

SCALE = '[device.scale-1]\ndriver = "scale/serial"\nport = "/dev/ttyS0"\n'
TILL = '[device.till-1]\ndriver = "till/mqtt"\n'


@pytest.mark.parametrize(
    ("text", "report"),
    [
        (
            TILL + '[lane.1]\ntill = "till-1"\nscale = "till-1"\n',
            '5: lane.1.scale: "till-1" is not a scale; its driver is "till/mqtt"',
        ),
        (
            SCALE + TILL + '[lane.1]\ntill = "till-1"\nscale = "waage"\n',
            '8: lane.1.scale: no device is called "waage"; known are "scale-1"',
        ),
        (
            TILL + '[lane.1]\ntill = "till-1"\nscale = "waage"\n',
            '5: lane.1.scale: no device is called "waage"; add a [device.waage] table',
        ),
        (
            TILL + '[lane.1]\ntill = "till-1"\n[lane.2]\ntill = "till-1"\n',
            '6: lane.2.till: "till-1" serves lane 1 already; each lane needs its own',
        ),
        (
            SCALE + '[device.scale-2]\ndriver = "scale/serial"\nport = "/dev/../dev/ttyS0"\n',
            '6: device.scale-2.port: "/dev/../dev/ttyS0" is the port of scale-1 already; each has its own in /dev/serial/by-id',
        ),
        (
            '[mqtt]\nhost = ""\n' + TILL,
            '3: device.till-1: speaks MQTT, but the box has no broker; set mqtt.host, for example "127.0.0.1"',
        ),
        (
            '[device.storebox]\ndriver = "till/mqtt"\n',
            "1: device.storebox: has the name under which the box logs in at the broker; rename the device",
        ),
    ],
)
def test_what_contradicts_is_told(text: str, report: str, settings_file: Write, drivers: Drivers) -> None:
    path = settings_file(text)
    with pytest.raises(SettingsError) as caught:
        load(path, drivers)
    assert str(caught.value) == f"{path}:{report}"


class Mirror(Section):
    """A device that looks through another."""

    camera: str


@pytest.mark.parametrize(
    ("camera", "report"),
    [
        ("view", '6: device.mirror-1.camera: no device is called "view"; add a [device.view] table'),
        ("scale-1", '6: device.mirror-1.camera: "scale-1" is not a camera; its driver is "scale/serial"'),
    ],
)
def test_a_mirror_looks_through_a_camera(camera: str, report: str, settings_file: Write, drivers: Drivers) -> None:
    path = settings_file(SCALE + f'[device.mirror-1]\ndriver = "mirror/page"\ncamera = "{camera}"\n')
    with pytest.raises(SettingsError) as caught:
        load(path, {**drivers, "mirror/page": Mirror})
    assert str(caught.value) == f"{path}:{report}"


def test_two_names_of_one_port_are_one_port(tmp_path: Path, settings_file: Write, drivers: Drivers) -> None:
    (tmp_path / "by-id").symlink_to("/dev/ttyS0")
    path = settings_file(SCALE + f'[device.scale-2]\ndriver = "scale/serial"\nport = "{tmp_path}/by-id"\n')
    with pytest.raises(SettingsError, match="is the port of scale-1 already"):
        load(path, drivers)


def test_a_lane_with_its_own_devices_is_right(settings_file: Write, drivers: Drivers) -> None:
    settings = load(settings_file(SCALE + TILL + '[lane.1]\ntill = "till-1"\nscale = "scale-1"\n'), drivers)
    assert settings.lane["1"].scale == "scale-1"


def test_mistyped_tables_do_not_stop_the_checks(settings_file: Write, drivers: Drivers) -> None:
    path = settings_file('mqtt = 3\nlane.1 = 4\n[device.a]\ndriver = 5\nport = "\\u0000"\n')
    with pytest.raises(SettingsError) as caught:
        load(path, drivers)
    assert [mistake.key for mistake in caught.value.mistakes] == ["mqtt", "lane.1", "device.a.driver"]
