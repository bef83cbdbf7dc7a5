"""What announces itself is a claim of a stranger: bounded, cut to size, and used by nobody until a person copies it."""

from __future__ import annotations

import tomllib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from config.schema import Mqtt
from drivers.catalogue import installed
from edge.discovery.announced import TOPIC, TYPES, discovery
from edge.discovery.announcement import announcement
from edge.discovery.discovery import LONGEST_NAME, settings_text

RAW = "_pdl-datastream._tcp.local."


def test_a_raw_printer_brings_the_lines_of_a_receipt_printer() -> None:
    found = discovery(RAW, f"EPSON TM-m30III.{RAW}", "192.0.2.40", 9100)
    assert found is not None
    assert (found.what, found.name, found.address) == ("printer", "EPSON TM-m30III", "192.0.2.40:9100")
    assert settings_text(found, {"printer-1"}) == ('[device.printer-2]\ndriver = "printer/escpos"\naddress = "192.0.2.40:9100"')


@pytest.mark.parametrize("type_", [RAW, "_mpd._tcp.local."])
def test_the_lines_are_taken_by_their_driver(type_: str) -> None:
    found = discovery(type_, f"x.{type_}", "192.0.2.40", 6600)
    assert found is not None
    (table,) = tomllib.loads(settings_text(found, ()))["device"].values()
    installed().driver(table.pop("driver")).settings_class.model_validate(table)


def test_a_broker_brings_the_lines_of_the_section_mqtt() -> None:
    found = discovery("_mqtt._tcp.local.", "broker._mqtt._tcp.local.", "192.0.2.40", 1884)
    assert found is not None
    assert Mqtt(**tomllib.loads(settings_text(found, ()))["mqtt"]).port == 1884


def test_a_shelly_brings_the_lines_of_its_driver_by_its_prefix() -> None:
    found = discovery("_shelly._tcp.local.", "shellyplus1-a8032ab12345._shelly._tcp.local.", "192.0.2.40", 80)
    assert found is not None
    table = tomllib.loads(settings_text(found, {"ambience-1"}))["device"]["ambience-2"]
    settings = installed().driver(table.pop("driver")).settings_class.model_validate(table)
    assert dict(settings)["topic_prefix"] == "shellyplus1-a8032ab12345"


@pytest.mark.parametrize("name", ["a/b", "#", "+", "$SYS", "storebox/1", 'x" y', "UPPER"])
def test_a_shelly_by_another_name_gets_no_topic(name: str) -> None:
    found = discovery("_shelly._tcp.local.", f"{name}._shelly._tcp.local.", "192.0.2.40", 80)
    assert found is not None
    assert found.lines is None


@pytest.mark.parametrize("type_", ["_ipp._tcp.local.", "_http._tcp.local.", "_printer._tcp.local.", "_storebox._tcp.local."])
def test_what_storebox_cannot_use_by_that_way_is_listed_without_lines(type_: str) -> None:
    found = discovery(type_, f"x.{type_}", "192.0.2.40", 80)
    assert found is not None
    assert settings_text(found, ()) == ""


@pytest.mark.parametrize(
    "address",
    [
        "",
        "x",
        "127.0.0.1",
        "0.0.0.0",  # noqa: S104 - refused
        "169.254.1.1",
        "224.0.0.251",
        "::1",
        "fe80::1",
        "fe80::1%eth0",
    ],
)
def test_an_address_that_no_setting_can_hold_is_nobody(address: str) -> None:
    assert discovery(RAW, f"x.{RAW}", address, 9100) is None


@pytest.mark.parametrize(("type_", "port"), [("_ssh._tcp.local.", 22), (RAW, 0), (RAW, 65536)])
def test_an_unknown_type_or_port_is_nobody(type_: str, port: int) -> None:
    assert discovery(type_, f"x.{type_}", "192.0.2.40", port) is None


@given(st.sampled_from(sorted(TYPES)), st.text(max_size=300), st.integers(1, 65535))
def test_whatever_a_stranger_calls_itself_makes_settings_that_say_nothing_else(type_: str, name: str, port: int) -> None:
    found = discovery(type_, name, "192.0.2.40", port)
    assert found is not None
    assert found.name.isprintable()
    assert 0 < len(found.name) <= LONGEST_NAME
    text = settings_text(found, ())
    if text:
        assert name not in text or len(name) < 20 or TOPIC.fullmatch(found.name), "a name never gets into the settings"
        tomllib.loads(text)


def test_the_box_announces_its_page_when_others_can_open_it() -> None:
    own = announcement("http://192.0.2.10:8080", box="box-1", version="1.2.3")
    assert own is not None
    assert (own.name, own.port, own.parsed_addresses()) == ("storebox box-1._storebox._tcp.local.", 8080, ["192.0.2.10"])
    assert own.decoded_properties == {"txtvers": "1", "box": "box-1", "version": "1.2.3", "path": "/"}


def test_a_page_for_the_whole_network_is_announced_at_every_address_but_loopback() -> None:
    own = announcement("http://0.0.0.0:8080", box="box-1", version="1.2.3")
    assert own is not None
    assert not any(address.startswith("127.") for address in own.parsed_addresses())


@pytest.mark.parametrize("url", ["http://127.0.0.1:8080", "http://[::1]:8080"])
def test_a_page_for_this_machine_only_is_not_announced(url: str) -> None:
    assert announcement(url, box="box-1", version="1.2.3") is None
