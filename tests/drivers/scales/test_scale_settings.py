"""Settings of the serial scales: what a shop may choose, and what a mistake says."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import BaseModel, ValidationError

from drivers.commands import ClearTare, SetPrice, SetTare, Tare, Zero
from drivers.contract import DeviceGone
from drivers.scales import cas, cas_01, dialog02, dialog06, mt_sics, nci, toledo_8217

PORT = "/dev/serial/by-id/usb-FTDI_FT232R_A1B2C3-if00-port0"
DRIVERS = {
    toledo_8217.DRIVER: (Tare, Zero, ClearTare),
    mt_sics.DRIVER: (Tare, Zero, ClearTare),
    nci.DRIVER: (Tare, Zero),
    cas.DRIVER: (),
    cas_01.DRIVER: (),
    dialog06.DRIVER: (SetPrice, SetTare),
    dialog02.DRIVER: (SetPrice, SetTare),
}
CLASSES = [driver.settings_class for driver in DRIVERS]


def mistakes(settings_class: type[BaseModel], **given: Any) -> list[str]:
    with pytest.raises(ValidationError) as caught:
        settings_class.model_validate(given)
    return [f"{'.'.join(map(str, mistake['loc']))}: {mistake['msg']}" for mistake in caught.value.errors()]


@pytest.mark.parametrize("settings_class", CLASSES)
def test_only_the_port_must_be_said(settings_class: type[BaseModel]) -> None:
    settings = settings_class.model_validate({"port": PORT})
    assert settings.model_dump()["silent_after_ms"] == 3000
    assert mistakes(settings_class) == ["port: Field required"]


@pytest.mark.parametrize("settings_class", CLASSES)
@pytest.mark.parametrize("port", ["ttyUSB0", "COM3", "", "/dev/"])
def test_a_port_is_a_whole_path(settings_class: type[BaseModel], port: str) -> None:
    assert mistakes(settings_class, port=port) == [
        "port: Value error, write the whole path of the port, like /dev/serial/by-id/usb-FTDI_FT232R_A1B2C3-if00-port0"
    ]


def test_an_8217_is_not_asked_faster_than_its_manual_allows() -> None:
    assert mistakes(toledo_8217.Toledo8217Settings, port=PORT, poll_ms=199) == [
        "poll_ms: Input should be greater than or equal to 200"
    ]
    assert mistakes(toledo_8217.Toledo8217Settings, port=PORT, baud=4800, unit="oz", silent_after_ms=10) == [
        "baud: Input should be 1200, 2400, 9600 or 19200",
        "unit: Input should be 'kg' or 'lb'",
        "silent_after_ms: Input should be greater than or equal to 500",
    ]


def test_the_bounds_of_an_mt_sics_scale() -> None:
    assert mistakes(mt_sics.MtSicsSettings, port=PORT, poll_ms=49, line="9N1", silent_after_ms=600_001)[0].startswith("line: ")
    assert mistakes(mt_sics.MtSicsSettings, port=PORT, poll_ms=5001) == ["poll_ms: Input should be less than or equal to 5000"]
    assert mistakes(mt_sics.MtSicsSettings, port=PORT, bauds=9600) == ["bauds: Extra inputs are not permitted"]


def test_the_bounds_of_nci_and_cas_scales() -> None:
    assert mistakes(nci.NciSettings, port=PORT, poll_ms=49) == ["poll_ms: Input should be greater than or equal to 50"]
    assert mistakes(cas.CasSettings, port=PORT, check_character="crc") == ["check_character: Input should be 'xor' or 'ignored'"]
    assert mistakes(cas_01.Cas01Settings, port=PORT, unit="oz", dialogue="icl", id_bits="none") == [
        "unit: Input should be 'kg' or 'lb'",
        "dialogue: Input should be 'cas' or 'epos'",
        "id_bits: Input should be 'range' or 'ignored'",
    ]


def test_the_bounds_of_checkout_scales() -> None:
    assert mistakes(dialog06.Dialog06Settings, port=PORT, checksums="4711", price_minor=-1, price_digits=7) == [
        "price_digits: Input should be 5 or 6",
        "price_minor: Input should be greater than or equal to 0",
        "checksums: String should match pattern '^[0-9A-Fa-f]{8}$'",
    ]
    assert mistakes(dialog02.Dialog02Settings, port=PORT, price_minor=0, says_why=False) == [
        ": Value error, price_minor = 0 needs says_why = true: between two prices nothing else shows the scale"
    ]


@pytest.mark.parametrize("driver", DRIVERS)
async def test_a_driver_says_what_it_is(driver: Any) -> None:
    device = driver.open("lane-1", driver.settings_class(port="/dev/nothing-here"), None)
    with pytest.raises(DeviceGone, match="no port /dev/nothing-here"):
        await device.__aenter__()
    assert driver.kind == "scale"
    assert driver.commands == DRIVERS[driver]
