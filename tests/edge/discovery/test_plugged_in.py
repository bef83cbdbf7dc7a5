"""What is plugged in is listed once, under the name that stays, with the lines that would use it."""

from __future__ import annotations

import tomllib
from typing import TYPE_CHECKING

from drivers.catalogue import installed
from edge.discovery.discovery import Discovery, free_name, settings_text, stranger
from edge.discovery.plugged_in import plugged_in

if TYPE_CHECKING:
    from pathlib import Path

    from tests.edge.discovery.conftest import Dev

ADAPTER = "serial/by-id/usb-FTDI_FT232R_A1B2C3-if00-port0"


def test_a_serial_adapter_is_named_by_id(dev: Dev) -> None:
    path = dev.plug(ADAPTER, "ttyUSB0")
    dev.plug("serial/by-path/pci-0000:00:14.0-usb-0:2:1.0-port0", "ttyUSB0").unlink()
    (dev.root / "serial/by-path/pci-0000:00:14.0-usb-0:2:1.0-port0").symlink_to(dev.root / "ttyUSB0")
    (found,) = plugged_in(dev.root)
    assert (found.what, found.name, found.address) == ("serial", "FTDI FT232R A1B2C3", str(path))
    assert settings_text(found, {"scale-1"}) == f'[device.scale-2]\ndriver = "…"\nport = "{path}"'


def test_an_adapter_without_a_number_of_its_own_is_named_by_its_place(dev: Dev) -> None:
    """Two clones with the same number share one name by-id; the second is found by-path."""
    dev.plug("serial/by-path/pci-0000:00:14.0-usb-0:2:1.0-port0", "ttyUSB1")
    (found,) = plugged_in(dev.root)
    assert found.address.endswith("serial/by-path/pci-0000:00:14.0-usb-0:2:1.0-port0")


def test_without_udev_the_bare_port_is_listed(dev: Dev) -> None:
    dev.plug("ttyACM3", "ttyACM3")
    dev.plug("tty7", "tty7")
    assert [found.address for found in plugged_in(dev.root)] == [str(dev.root / "ttyACM3")]


def test_each_sort_of_device_brings_settings_that_its_driver_takes(dev: Dev) -> None:
    dev.plug("input/by-id/usb-Honeywell_Scanner-event-kbd", "input/event5")
    dev.plug("input/by-id/usb-Logitech_Mouse-event-mouse", "input/event6")
    dev.plug("v4l/by-id/usb-Logitech_C920-video-index0", "video0")
    dev.plug("v4l/by-id/usb-Logitech_C920-video-index1", "video1")
    dev.plug("usb/lp0", "usb/lp0")
    found = plugged_in(dev.root)
    assert [(each.what, each.name) for each in found] == [
        ("keyboard", "Honeywell Scanner"),
        ("camera", "Logitech C920"),
        ("printer", "lp0"),
    ]
    for each in found:
        takes_its_own(each, dev.root)


def takes_its_own(found: Discovery, root: Path) -> None:
    """The lines are TOML, and the driver that they name accepts them."""
    text = settings_text(found, ()).replace(str(root), "/dev")
    ((name, table),) = tomllib.loads(text)["device"].items()
    assert name == f"{found.kind}-1"
    installed().driver(table.pop("driver")).settings_class.model_validate(table)


def test_a_name_that_leads_nowhere_is_not_listed(dev: Dev) -> None:
    dev.plug(ADAPTER, "ttyUSB0")
    (dev.root / "ttyUSB0").unlink()
    assert plugged_in(dev.root) == ()


def test_nothing_plugged_in_is_nothing_found(dev: Dev) -> None:
    assert plugged_in(dev.root) == ()


def test_a_strangers_name_is_cut_to_what_can_be_shown() -> None:
    assert stranger("EPSON\x00\x1b[31m TM\u202e" + "x" * 100) == "EPSON[31m TM" + "x" * 52


def test_a_new_device_takes_the_first_free_name() -> None:
    assert free_name("scale", {"scale-1", "scale-3"}) == "scale-2"
    assert settings_text(Discovery(what="web", name="x", address="192.0.2.1:80"), ()) == ""
