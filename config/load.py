"""Turns the settings file into ``Settings``, or says everything that is wrong with it at once.

``edge`` hands in the drivers' settings classes by name, so one report covers the box and its devices
and nothing here knows a driver. Values are taken as written: ``"1883"`` is not a number, ``1`` is not true.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pydantic import BaseModel, TypeAdapter, ValidationError

from config.checks import cross_checks
from config.mistakes import Mistake, SettingsError, choices, did_you_mean
from config.schema import Id, Plugged, Settings
from config.source import Source, read
from config.wording import mistakes_in


def load(path: Path, drivers: Mapping[str, type[BaseModel]]) -> Settings:
    """Read ``path``; ``drivers`` gives each driver's settings class and raises LookupError for one that does not load.

    Raises SettingsError with every mistake in the file.
    """
    source = read(path)
    mistakes: list[Mistake] = []
    settings = _box_settings(source, mistakes)
    tables = _device_tables(source, mistakes)
    schemas = _schemas(source, tables, drivers, mistakes)
    devices = _devices(source, tables, schemas, mistakes)
    mistakes.extend(cross_checks(source, schemas))
    if mistakes or settings is None:
        raise SettingsError(path, mistakes)
    return settings.model_copy(update={"device": devices})


def _box_settings(source: Source, mistakes: list[Mistake]) -> Settings | None:
    """All but the devices."""
    tables = {name: table for name, table in source.tables.items() if name != "device"}
    try:
        return Settings.model_validate_json(_as_json(tables), strict=True)
    except ValidationError as error:
        mistakes.extend(mistakes_in(error, source, (), Settings))
        return None


def _device_tables(source: Source, mistakes: list[Mistake]) -> dict[str, dict[str, Any]]:
    devices = source.tables.get("device", {})
    if not isinstance(devices, dict):
        mistakes.append(source.mistake(("device",), "must be a table for each device", "write [device.scale-1]"))
        return {}
    tables = {}
    for name, table in devices.items():
        if isinstance(table, dict):
            mistakes.extend(_name_mistakes(source, name))
            tables[name] = table
        else:
            hint = f"write [device.scale-1] and {name} below it"
            mistakes.append(source.mistake(("device", name), "belongs to a device, but no device is named", hint))
    return tables


def _name_mistakes(source: Source, name: str) -> list[Mistake]:
    try:
        TypeAdapter(Id).validate_python(name)
    except ValidationError as error:
        return [source.mistake(("device", name), str(detail["ctx"]["error"])) for detail in error.errors()]
    return []


def _schemas(
    source: Source, tables: dict[str, dict[str, Any]], drivers: Mapping[str, type[BaseModel]], mistakes: list[Mistake]
) -> dict[str, type[BaseModel]]:
    """The settings class of each device whose driver is there."""
    schemas = {}
    for name, table in tables.items():
        key, driver = ("device", name, "driver"), table.get("driver")
        if driver is None:
            mistakes.append(source.mistake(key, "is required", _installed(drivers)))
        elif not isinstance(driver, str):
            mistakes.append(source.mistake(key, "must be text in quotes", _installed(drivers)))
        elif driver not in drivers:
            hint = did_you_mean(driver, drivers) or _installed(drivers)
            mistakes.append(source.mistake(key, f'no driver is called "{driver}"', hint))
        else:
            try:
                schemas[name] = drivers[driver]
            except LookupError as error:
                mistakes.append(source.mistake(key, str(error.args[0])))
    return schemas


def _installed(drivers: Mapping[str, type[BaseModel]]) -> str:
    return f"installed: {choices(sorted(drivers))}" if drivers else "no driver is installed; install storebox anew"


def _devices(
    source: Source, tables: dict[str, dict[str, Any]], schemas: dict[str, type[BaseModel]], mistakes: list[Mistake]
) -> dict[str, Plugged]:
    """Each device whose settings its driver accepts."""
    devices = {}
    for name, schema in schemas.items():
        own = {setting: value for setting, value in tables[name].items() if setting != "driver"}
        try:
            settings = schema.model_validate_json(_as_json(own), strict=True)
        except ValidationError as error:
            mistakes.extend(mistakes_in(error, source, ("device", name), schema))
        else:
            devices[name] = Plugged(driver=tables[name]["driver"], settings=settings)
    return devices


def _as_json(table: dict[str, Any]) -> str:
    """Strict validation takes text for paths and times from JSON only; TOML's own dates and times become text too."""
    return json.dumps(table, default=str)
