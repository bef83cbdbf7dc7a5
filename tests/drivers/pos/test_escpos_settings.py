"""Where a printer is, said in exactly one way, and a drawer whose coil does not burn."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from drivers.pos.escpos_settings import EscposSettings
from drivers.wires.port_wire import PortWire
from drivers.wires.tcp import TcpWire

PORT = "/dev/serial/by-id/printer"


@pytest.mark.parametrize(
    ("settings", "told"),
    [
        ({}, "say where the printer is: port (serial), device_file (USB) or address (network)"),
        ({"port": PORT, "address": "10.0.0.5"}, "port and address name two ways to one printer: keep one"),
        (
            {"port": PORT, "device_file": "/dev/usb/lp0", "address": "10.0.0.5"},
            "port and device_file and address name two ways to one printer: keep one",
        ),
        ({"port": "ttyUSB0"}, "write the whole path of the port, like /dev/serial/by-id/usb-FTDI_FT232R_A1B2C3-if00-port0"),
        ({"device_file": "lp0"}, "write the whole path of the printer's device file, like /dev/usb/lp0"),
        ({"address": "http://printer"}, "write it as ADDRESS:PORT, for example 192.168.1.50:9100"),
        ({"address": "printer:0"}, "write it as ADDRESS:PORT, for example 192.168.1.50:9100"),
        ({"address": "printer:65536"}, "write it as ADDRESS:PORT, for example 192.168.1.50:9100"),
        ({"address": ":9100"}, "write it as ADDRESS:PORT, for example 192.168.1.50:9100"),
        (
            {"port": PORT, "drawer_on_ms": 130},
            "drawer_off_ms must be at least 4 times drawer_on_ms, or the coil burns: 520 for 130",
        ),
        (
            {"port": PORT, "drawer_open_is": "high"},
            "drawer_open_is is of a drawer: set drawer_pin = 2 or 5 as well, or take it out",
        ),
    ],
)
def test_a_mistake_says_what_to_write(settings: dict[str, Any], told: str) -> None:
    with pytest.raises(ValidationError) as caught:
        EscposSettings(**settings)
    assert caught.value.errors()[0]["msg"] == f"Value error, {told}"


@pytest.mark.parametrize(
    ("settings", "kind", "address"),
    [
        ({"port": PORT}, PortWire, PORT),
        ({"device_file": "/dev/usb/lp0"}, PortWire, "/dev/usb/lp0"),
        ({"address": "192.168.1.50"}, TcpWire, "192.168.1.50:9100"),
        ({"address": "printer.lan:9101"}, TcpWire, "printer.lan:9101"),
        ({"address": "[fe80::1]:9100"}, TcpWire, "fe80::1:9100"),
    ],
)
def test_each_way_to_a_printer_has_its_wire(settings: dict[str, Any], kind: type, address: str) -> None:
    wire = EscposSettings(**settings).wire()
    assert (type(wire), wire.address) == (kind, address)
