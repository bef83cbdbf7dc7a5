"""Every mistake in a settings file is named at once, with its line and what to do."""

from __future__ import annotations

from collections.abc import Callable
from datetime import time
from pathlib import Path

import pytest
from pydantic import BaseModel

from config.load import load
from config.mistakes import Mistake, SettingsError

Write = Callable[[str], Path]
Drivers = dict[str, type[BaseModel]]

SCALE = '[device.scale-1]\ndriver = "scale/serial"\nport = "/dev/ttyS0"\n'
TILL = '[device.till-1]\ndriver = "till/mqtt"\n'


def told(path: Path, drivers: Drivers) -> list[str]:
    """The report on a bad file, a line for each mistake, without the directory."""
    with pytest.raises(SettingsError) as caught:
        load(path, drivers)
    return str(caught.value).replace(str(path), "storebox.toml").splitlines()


def test_an_empty_file_is_a_box_with_no_devices(settings_file: Write, drivers: Drivers) -> None:
    settings = load(settings_file(""), drivers)
    assert settings.store.timezone == "Asia/Shanghai"
    assert settings.device == {}


def test_a_device_has_the_settings_class_of_its_driver(settings_file: Write, drivers: Drivers) -> None:
    settings = load(settings_file(SCALE + 'poll_ms = 50\nnames = ["a"]\nline = { baud = 1200 }\n'), drivers)
    scale = settings.device["scale-1"]
    assert scale.driver == "scale/serial"
    assert (scale.settings.port, scale.settings.poll_ms, scale.settings.names) == ("/dev/ttyS0", 50, ("a",))
    assert scale.settings.line.baud == 1200


def test_all_mistakes_come_in_one_report_in_the_order_of_the_file(settings_file: Write, drivers: Drivers) -> None:
    path = settings_file(
        """\
[store]
nmae = "Shop 7"
currency = "yuan"
[journal]
quota_mib = "4096"
keep_sent_days = -1
[lane.1]
till = "till-2"
[device.till-1]
driver = "till/mqt"
[device.scale-1]
driver = "scale/serial"
prot = "/dev/ttyS0"
line.parity = "evne"
"""
    )
    assert told(path, drivers) == [
        'storebox.toml:2: store.nmae: unknown setting; did you mean "name"?',
        "storebox.toml:3: store.currency: 'yuan' is not a currency: write its three capital letters, for example CNY",
        "storebox.toml:5: journal.quota_mib: must be a whole number without quotes",
        "storebox.toml:6: journal.keep_sent_days: -1 is too small: at least 0",
        'storebox.toml:8: lane.1.till: no device is called "till-2"; did you mean "till-1"?',
        'storebox.toml:10: device.till-1.driver: no driver is called "till/mqt"; did you mean "till/mqtt"?',
        "storebox.toml:11: device.scale-1.port: is required; add it to this table",
        'storebox.toml:13: device.scale-1.prot: unknown setting; did you mean "port"?',
        'storebox.toml:14: device.scale-1.line.parity: "evne" is not "none", "even" or "odd"; did you mean "even"?',
    ]


def test_a_mistake_keeps_its_parts_for_programs(settings_file: Write, drivers: Drivers) -> None:
    with pytest.raises(SettingsError) as caught:
        load(settings_file("\n[web]\nlisten = 80\n"), drivers)
    assert caught.value.mistakes == (Mistake(key="web.listen", line=3, problem="must be text in quotes"),)


@pytest.mark.parametrize(
    ("text", "report"),
    [
        ("stroe = {}", '1: stroe: unknown setting; did you mean "store"?'),
        ("[log]\nqqqq = 1", "2: log.qqqq: unknown setting; this table knows format, level"),
        ("listen = '127.0.0.1:80'", "1: listen: unknown setting; it belongs under [web]"),
        ("name = 'Shop 7'", "1: name: unknown setting; it belongs under [store] or [box]"),
        ("store = 1", "1: store: must be a table"),
        ("lane = 1", "1: lane: must be a table"),
        ("[web]\nallowed_hosts = 1", "2: web.allowed_hosts: must be a list in brackets, such as [ ]"),
        ("[web]\nallowed_hosts = [\n'a',\n3]", "4: web.allowed_hosts[1]: must be text in quotes"),
        ("[mqtt]\nport = 70000", "2: mqtt.port: 70000 is too large: at most 65535"),
        ("[mqtt]\nport = true", "2: mqtt.port: must be a whole number without quotes"),
        ("[mqtt]\nport = 1.0", "2: mqtt.port: must be a whole number without quotes"),
        ("[mqtt]\npassword_file = 1", "2: mqtt.password_file: must be text in quotes"),
        ("[log]\nlevel = 'inof'", '2: log.level: "inof" is not "debug", "info", "warning" or "error"; did you mean "info"?'),
        ("[store]\nday_starts_at = 4", '2: store.day_starts_at: must be a time of day in quotes, such as "04:00"'),
        ("[store]\nday_starts_at = 'four'", '2: store.day_starts_at: must be a time of day in quotes, such as "04:00"'),
        ("[store]\ntimezone = 'Shanghai'", "2: store.timezone: no time zone is called 'Shanghai'; write it like Asia/Shanghai"),
        ("[web]\nlisten = '8080'", "2: web.listen: write it as ADDRESS:PORT, for example 127.0.0.1:8080"),
        (
            "[web]\nlisten = 'box:8080'",
            "2: web.listen: 'box' is not an IP address; 127.0.0.1 is this machine only, 0.0.0.0 the whole network",
        ),
        (
            "[box]\ndata_dir = 'data'",
            "2: box.data_dir: 'data' would be another place wherever storebox is started; write the whole path, from / on",
        ),
        (
            "[box]\nrun_dir = '~/run'",
            "2: box.run_dir: '~/run' would be another place wherever storebox is started; write the whole path, from / on",
        ),
        (
            "[mqtt]\npassword_file = 'word'",
            "2: mqtt.password_file: 'word' would be another place wherever storebox is started; write the whole path, from / on",
        ),
        (
            "[cloud]\nurl = 'cloud'",
            "2: cloud.url: write a web address without user, password, ? or #, for example https://cloud.example.com",
        ),
        (
            "[cloud]\nurl = 'http://cloud.example.com'",
            "2: cloud.url: plain http would show events and token to everyone on the way; write https://",
        ),
        (
            "[box]\nname = 'Box 1'",
            "2: box.name: 'Box 1' is not a name: 1 to 32 small letters, digits and hyphens, for example scale-1",
        ),
        (
            "[lane.'#']\ntill = 'till-1'\n" + TILL,
            "1: lane.\"#\": '#' is not a name: 1 to 32 small letters, digits and hyphens, for example scale-1",
        ),
        ("[lane.1]\nscale = 3", "2: lane.1.scale: must be text in quotes"),
        ("device = 1", "1: device: must be a table for each device; write [device.scale-1]"),
        (
            "[device]\ndriver = 'scale/serial'",
            "2: device.driver: belongs to a device, but no device is named; write [device.scale-1] and driver below it",
        ),
        (
            "[device.'a+b']\ndriver = 'till/mqtt'",
            "1: device.\"a+b\": 'a+b' is not a name: 1 to 32 small letters, digits and hyphens, for example scale-1",
        ),
        ("\n[device.x]\nport = 'p'", '2: device.x.driver: is required; installed: "scale/serial" or "till/mqtt"'),
        ("[device.x]\ndriver = ['a']", '2: device.x.driver: must be text in quotes; installed: "scale/serial" or "till/mqtt"'),
        (
            "[device.x]\ndriver = 'modem'",
            '2: device.x.driver: no driver is called "modem"; installed: "scale/serial" or "till/mqtt"',
        ),
        (SCALE + "poll_ms = 10", "4: device.scale-1.poll_ms: 10 is too small: at least 50"),
        (SCALE + "tare_kg = '1'", "4: device.scale-1.tare_kg: must be a number without quotes"),
        (SCALE + "tare_kg = 0", "4: device.scale-1.tare_kg: 0 is too small: more than 0.0"),
        (SCALE + "tare_kg = 5", "4: device.scale-1.tare_kg: 5 is too large: less than 5.0"),
        (SCALE + "names = ['a', 'b', 'c']", "4: device.scale-1.names: is too long: at most 2"),
        (SCALE + "label = 'a'", "4: device.scale-1.label: is too short: at least 2"),
        (SCALE + "label = 'AB'", "4: device.scale-1.label: is not written as the pattern ^[a-z]*$ asks"),
        (SCALE + "line.baud = 1", '4: device.scale-1.line.baud: "1" is not "1200" or "9600"'),
        (SCALE + "line.x = 1", "4: device.scale-1.line.x: unknown setting; this table knows baud, parity"),
    ],
)
def test_a_wrong_setting_is_told_in_plain_words(text: str, report: str, settings_file: Write, drivers: Drivers) -> None:
    assert f"storebox.toml:{report}" in told(settings_file(text), drivers)


def test_a_driver_that_does_not_load_is_a_mistake_at_its_device(settings_file: Write) -> None:
    class Shelf(dict[str, type[BaseModel]]):
        def __getitem__(self, name: str) -> type[BaseModel]:
            raise LookupError("the driver does not load; install it anew")

    path = settings_file("[device.a]\ndriver = 'x/y'")
    assert told(path, Shelf({"x/y": BaseModel})) == [
        "storebox.toml:2: device.a.driver: the driver does not load; install it anew"
    ]


def test_a_box_without_drivers_says_so(settings_file: Write) -> None:
    path = settings_file("[device.a]\ndriver = 'x/y'")
    assert told(path, {}) == [
        'storebox.toml:2: device.a.driver: no driver is called "x/y"; no driver is installed; install storebox anew'
    ]


def test_the_value_of_a_mistyped_setting_is_not_shown(settings_file: Write, drivers: Drivers) -> None:
    assert "4711" not in "".join(told(settings_file(TILL + "pin = 4711"), drivers))


def test_dates_and_infinities_are_what_json_cannot_say_and_still_load(settings_file: Write, drivers: Drivers) -> None:
    assert load(settings_file("[store]\nday_starts_at = 05:30:00"), drivers).store.day_starts_at == time(5, 30)
    assert "is too large" in told(settings_file(SCALE + "tare_kg = inf"), drivers)[0]


@pytest.mark.parametrize("url", ["https://a.example:8443/x", "http://127.0.0.1:80", "http://[::1]", "http://localhost:1/x"])
def test_https_anywhere_and_http_on_this_machine_are_right(url: str, settings_file: Write, drivers: Drivers) -> None:
    assert load(settings_file(f"[cloud]\nurl = '{url}'"), drivers).cloud.url == url


@pytest.mark.parametrize(
    "url",
    ["http://127.0.0.1.example.com", "http://localhost:80@example.com", "https://ann:x@example.com", "https://", "https://a?b"],
)
def test_an_address_that_only_looks_right_is_a_mistake(url: str, settings_file: Write, drivers: Drivers) -> None:
    assert "cloud.url" in told(settings_file(f"[cloud]\nurl = '{url}'"), drivers)[0]
