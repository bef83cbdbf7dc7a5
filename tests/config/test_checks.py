"""Settings that are right alone and wrong together are mistakes too."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from pydantic import BaseModel

from config.load import load
from config.mistakes import SettingsError
from config.schema import Section
from drivers.catalogue import installed

Write = Callable[[str], Path]
Drivers = dict[str, type[BaseModel]]

SCALE = '[device.scale-1]\ndriver = "scale/serial"\nport = "/dev/ttyS0"\n'
CAMERA = '[device.cam-door]\ndriver = "camera/video-file"\npath = "/srv/shop.mp4"\n'
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
            TILL + '[lane.1]\nbag_scale = "till-1"\n',
            '4: lane.1.bag_scale: "till-1" is not a scale; its driver is "till/mqtt"',
        ),
        (
            TILL + '[lane.1]\nwechat = "till-1"\n',
            '4: lane.1.wechat: "till-1" is not a payment; its driver is "till/mqtt"',
        ),
        (
            TILL + '[lane.1]\nalipay = "ali-1"\n',
            '4: lane.1.alipay: no device is called "ali-1"; add a [device.ali-1] table',
        ),
        (
            SCALE + '[lane.scale-1]\nscale = "scale-1"\n',
            "4: lane.scale-1: without a till it must not be called as [device.scale-1]; rename the lane",
        ),
        (
            SCALE + '[kitchen]\nspare = "scale-1"\n',
            '5: kitchen.spare: "scale-1" is not a printer; its driver is "scale/serial"',
        ),
        (
            SCALE + '[pickup]\nprinter = "scale-1"\n',
            '5: pickup.printer: "scale-1" is not a printer; its driver is "scale/serial"',
        ),
        (
            SCALE + '[pickup]\nsounder = "scale-2"\n',
            '5: pickup.sounder: no device is called "scale-2"; did you mean "scale-1"?',
        ),
        (
            '[kitchen.routes]\n"drinks" = "bar"\n',
            '2: kitchen.routes.drinks: no device is called "bar"; add a [device.bar] table',
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
        (
            '[mqtt]\nhome_assistant = true\n[device.home-assistant]\ndriver = "till/mqtt"\n',
            (
                "3: device.home-assistant: has the name under which Home Assistant logs in at the broker; "
                "rename the device, or set another mqtt.home_assistant_user"
            ),
        ),
    ],
)
def test_what_contradicts_is_told(text: str, report: str, settings_file: Write, drivers: Drivers) -> None:
    path = settings_file(text)
    with pytest.raises(SettingsError) as caught:
        load(path, drivers)
    assert str(caught.value) == f"{path}:{report}"


@pytest.mark.parametrize(
    ("text", "report"),
    [
        (
            (
                '[device.a]\ndriver = "scanner/hid"\nevent_device = "/dev/input/event5"\n'
                '[device.b]\ndriver = "scanner/hid"\nevent_device = "/dev/input/../input/event5"\n'
            ),
            (
                '6: device.b.event_device: "/dev/input/../input/event5" is the event device of a already; '
                "each has its own in /dev/input/by-id"
            ),
        ),
        (
            (
                '[device.a]\ndriver = "printer/escpos"\ndevice_file = "/dev/usb/lp0"\n'
                '[device.b]\ndriver = "printer/escpos"\ndevice_file = "/dev/usb/lp0"\n'
            ),
            '6: device.b.device_file: "/dev/usb/lp0" is the device file of a already; each has its own in /dev/usb',
        ),
        (
            (
                '[device.a]\ndriver = "printer/escpos"\naddress = "192.0.2.7:9100"\n'
                '[device.b]\ndriver = "printer/escpos"\naddress = "192.0.2.7:9100"\n'
            ),
            "6: device.b.address: 192.0.2.7:9100 is the address of a already; one device, one table: take one of the two out",
        ),
        (
            (
                '[device.a]\ndriver = "music/mpd"\nhost = "192.0.2.7"\n'
                '[device.b]\ndriver = "music/mpd"\nhost = "192.0.2.7"\nport = 6600\n'
            ),
            "6: device.b.host: 192.0.2.7:6600 is the address of a already; one device, one table: take one of the two out",
        ),
        (
            (
                '[device.a]\ndriver = "tap/receipt"\ntill_side = "/dev/ttyS0"\nprinter_side = "/dev/ttyS1"\n'
                '[device.b]\ndriver = "scale/mt-sics"\nport = "/dev/ttyS1"\n'
            ),
            '7: device.b.port: "/dev/ttyS1" is the port of a already; each has its own in /dev/serial/by-id',
        ),
    ],
)
def test_two_devices_in_one_place_are_told(text: str, report: str, settings_file: Write) -> None:
    path = settings_file(text)
    with pytest.raises(SettingsError) as caught:
        load(path, installed().settings_classes())
    assert report in str(caught.value).removeprefix(f"{path}:").splitlines()


def test_what_may_be_shared_is_right(settings_file: Write) -> None:
    text = '[device.a]\ndriver = "music/mpd"\n[device.b]\ndriver = "music/mpd"\nport = 6601\n'
    assert load(settings_file(text), installed().settings_classes()).device.keys() == {"a", "b"}


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


@pytest.mark.parametrize(
    ("cameras", "report"),
    [
        ('"cam-dor"', '5: vision.cameras: no device is called "cam-dor"; did you mean "cam-door"?'),
        ('"attic"', '5: vision.cameras: no device is called "attic"; known are "cam-door"'),
        ('"cam-door", "cam-door"', '5: vision.cameras: "cam-door" is named twice; name each camera once'),
        ('"till-1"', '5: vision.cameras: "till-1" is not a camera; its driver is "till/http"'),
        ("7", "5: vision.cameras"),
    ],
)
def test_who_counts_people_is_a_camera(cameras: str, report: str, settings_file: Write) -> None:
    path = settings_file(CAMERA + f'[vision]\ncameras = [{cameras}]\n[device.till-1]\ndriver = "till/http"\n')
    with pytest.raises(SettingsError) as caught:
        load(path, installed().settings_classes())
    (told,) = str(caught.value).splitlines()
    assert told.startswith(f"{path}:{report}")


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


def test_lanes_share_who_takes_payment_codes(settings_file: Write) -> None:
    keys = 'appid = "wx1"\nmch_id = "1"\nkey_file = "/etc/key"\n'
    lanes = "".join(f'[lane.{n}]\nwechat = "wechat-1"\n' for n in (1, 2))
    path = settings_file(f'[device.wechat-1]\ndriver = "payment/wechat-micropay"\n{keys}{lanes}')
    settings = load(path, installed().settings_classes())
    assert [lane.wallets for lane in settings.lane.values()] == [{"wechat": "wechat-1"}] * 2
