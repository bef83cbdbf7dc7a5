"""config/storebox.toml documents every setting of the box and of every shipped driver, truly."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from importlib.metadata import entry_points
from importlib.resources import files
from pathlib import Path
from types import UnionType
from typing import Any, Literal, Union, get_args, get_origin

import pytest
import tomli_w
from pydantic import BaseModel
from pydantic.fields import FieldInfo
from pydantic_core import to_jsonable_python

from config.lines import Key, key_lines
from config.load import load
from config.schema import Plugged, Settings
from drivers.catalogue import installed

SHIPPED = files("config").joinpath("storebox.toml").read_text(encoding="utf-8")
UNCOMMENTED = re.sub(r"^#(?=\[|[a-z_]+ = )", "", SHIPPED, flags=re.MULTILINE)
INSTALLED = installed()

OTHER_WAYS = {"printer-1": ("device_file", "address")}
"""Settings of a device of which the file shows all, and one device takes only one."""


def with_one_way(text: str) -> str:
    """The file without the settings of ``OTHER_WAYS``."""
    for device, keys in OTHER_WAYS.items():
        before, heading, rest = text.partition(f"[device.{device}]\n")
        section, gap, after = rest.partition("\n\n\n")
        text = before + heading + re.sub(rf"^({'|'.join(keys)}) = .*\n", "", section, flags=re.MULTILINE) + gap + after
    return text


@dataclass(frozen=True)
class Documented:
    """One setting of the schema and where it stands in the file."""

    key: Key
    field: FieldInfo

    def __str__(self) -> str:
        return ".".join(map(str, self.key))


@pytest.fixture
def uncommented(tmp_path: Path) -> Settings:
    path = tmp_path / "storebox.toml"
    path.write_text(with_one_way(UNCOMMENTED), encoding="utf-8")
    return load(path, installed().settings_classes())


def every_setting(schema: type[BaseModel], at: Key) -> Iterator[Documented]:
    """Each field of ``schema`` and of the tables in it; a table by name is documented by one example."""
    for name, field in schema.model_fields.items():
        inside = table_class(field.annotation)
        if inside is None:
            yield Documented((*at, name), field)
        elif get_origin(field.annotation) is dict:
            yield from every_setting(inside, (*at, name, EXAMPLES[name]))
        else:
            yield from every_setting(inside, (*at, name))


def table_class(annotation: Any) -> type[BaseModel] | None:
    """The class of the tables that a field holds."""
    inside = get_args(annotation)[1] if get_origin(annotation) is dict else annotation
    return inside if isinstance(inside, type) and issubclass(inside, BaseModel) and inside is not Plugged else None


EXAMPLES = {"lane": "1", "kiosk": "kiosk-1", "slots": "a1"}
DEVICES = {
    "scale/toledo-8217": "scale-1",
    "scale/mt-sics": "scale-2",
    "scale/nci": "scale-3",
    "scale/cas": "scale-4",
    "scale/cas-01": "scale-5",
    "scale/dialog-06": "scale-6",
    "scale/dialog-02": "scale-7",
    "scale/toledo-continuous": "scale-11",
    "scale/a-and-d": "scale-12",
    "scale/adam-cpwplus": "scale-13",
    "scale/adam-azextra": "scale-14",
    "scale/cas-stream": "scale-15",
    "scale/dahua": "scale-16",
    "shelf/load-cell": "shelf-1",
    "shelf/load-cell-raw": "shelf-2",
    "rfid/llrp": "rfid-1",
    "labels/openepaperlink": "labels-1",
    "till/mqtt": "till-1",
    "till/http": "till-2",
    "terminal/zvt": "terminal-1",
    "payment/wechat-micropay": "wechat-1",
    "payment/alipay-f2f": "alipay-1",
    "tap/receipt": "tap-1",
    "music/mpd": "music-1",
    "ambience/homie": "lamp-1",
    "ambience/zigbee2mqtt": "lamp-2",
    "ambience/tasmota": "plug-1",
    "ambience/shelly-1": "plug-2",
    "ambience/shelly-2": "plug-3",
    "scanner/serial": "scanner-1",
    "scanner/hid": "scanner-2",
    "printer/escpos": "printer-1",
    "display/cd5220": "display-1",
    "display/led8": "display-2",
    "camera/video-file": "cam-1",
    "camera/usb": "cam-2",
    "camera/rtsp": "cam-3",
    "camera/http-mjpeg": "cam-4",
    "mirror/kiosk": "mirror-1",
    "mirror/page": "mirror-2",
}
SETTINGS = [
    *(setting for setting in every_setting(Settings, ()) if setting.key != ("device",)),
    *(
        setting
        for driver, name in DEVICES.items()
        for setting in every_setting(INSTALLED.driver(driver).settings_class, ("device", name))
    ),
]


@cache
def tables() -> dict[str, Any]:
    """What stands in the file."""
    return tomllib.loads(UNCOMMENTED)


@cache
def lines() -> dict[Key, int]:
    """Where it stands there."""
    return key_lines(UNCOMMENTED)


def value_at(key: Key) -> Any:
    found: Any = tables()
    for part in key:
        found = found[part]
    return found


def comment_above(key: Key) -> str:
    """The comment lines right above a setting."""
    shipped = SHIPPED.splitlines()
    at = lines()[key] - 1
    first = at
    while first > 0 and shipped[first - 1].startswith("# "):
        first -= 1
    return " ".join(line[2:] for line in shipped[first:at])


def alternatives(annotation: Any) -> list[Any]:
    return list(get_args(annotation)) if get_origin(annotation) in {Union, UnionType} else [annotation]


def test_a_setting_says_what_it_is_and_what_happens_without_it() -> None:
    for setting in SETTINGS:
        comment, value = comment_above(setting.key), value_at(setting.key)
        if setting.field.is_required():
            assert "Required." in comment, setting
        elif setting.field.default is None:
            assert "Not set by default" in comment, setting
        else:
            default = to_jsonable_python(setting.field.default)
            assert value == default, setting
            assert f"Default: {tomli_w.dumps({'x': default})[4:].strip()}" in comment, setting


def test_a_setting_names_its_range() -> None:
    for setting in SETTINGS:
        comment = comment_above(setting.key)
        bounds = [*setting.field.metadata]
        for kind in alternatives(setting.field.annotation):
            bounds += getattr(kind, "__metadata__", ())
            if get_origin(kind) is Literal:
                choices = {tomli_w.dumps({"x": choice})[4:].strip() for choice in get_args(kind)}
                assert {choice for choice in choices if choice not in comment} == set(), setting
        for limit in limits(bounds):
            assert re.search(rf"(?<!\d){limit}(?!\d)", comment), setting


def limits(bounds: Iterable[object]) -> Iterator[object]:
    """The least and the most of ``bounds``, which may hold others."""
    for bound in bounds:
        for each in (bound, *getattr(bound, "metadata", ())):
            yield from (limit for name in ("ge", "le") if (limit := getattr(each, name, None)) is not None)


def test_every_shipped_driver_is_documented(uncommented: Settings) -> None:
    ours = {point.name for point in entry_points(group="storebox.drivers") if point.dist and point.dist.name == "storebox"}
    assert ours == set(DEVICES)
    assert {device.driver: name for name, device in uncommented.device.items()} == DEVICES


def test_nothing_is_documented_that_the_schema_does_not_know(uncommented: Settings) -> None:
    assert uncommented.lane["1"].scale == "scale-1"


def test_the_file_as_shipped_is_a_box_without_devices(tmp_path: Path) -> None:
    path = tmp_path / "storebox.toml"
    path.write_text(SHIPPED, encoding="utf-8")
    assert load(path, installed().settings_classes()) == Settings()


def test_the_settings_of_the_demo_load() -> None:
    settings = load(Path(str(files("config"))) / "demo.toml", installed().settings_classes())
    assert set(settings.lane) == {"1", "2"}


def test_no_line_of_the_file_is_too_long_for_a_small_screen() -> None:
    assert [line for line in SHIPPED.splitlines() if len(line) > 130] == []
