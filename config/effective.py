"""The settings as the box understands them, every default filled in and every secret masked: what ``check-settings`` shows."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from pydantic import BaseModel, SecretStr, TypeAdapter

from config.exposure import URL_PASSWORD, parts
from config.lines import Key
from config.mistakes import dotted
from config.schema import Plugged, Settings

MASK = "**********"


def as_tables(settings: Settings) -> dict[str, Any]:
    """The settings as the file's tables, in values that JSON has; what is not set and has no default is None."""
    tables = _shown(settings)
    assert isinstance(tables, dict)  # noqa: S101 - Settings is a table
    return tables


def as_toml(settings: Settings) -> str:
    """The settings as TOML that loads again; what is not set is named at the end."""
    return tables_as_toml(as_tables(settings))


def tables_as_toml(tables: dict[str, Any]) -> str:
    """``as_tables`` as TOML."""
    import tomli_w

    unset = ", ".join(dotted(key) for key in _unset(tables, ()))
    return tomli_w.dumps(_without_unset(tables)) + (f"\n# not set: {unset}\n" if unset else "")


def _shown(value: Any) -> Any:
    match value:
        case SecretStr():
            return MASK
        case str():
            return URL_PASSWORD.sub(rf"\g<user>:{MASK}@", value)
        case Plugged():
            return {"driver": value.driver, **_shown(value.settings)}
        case BaseModel() | dict():
            return {str(name): _shown(item) for (name,), item in parts(value)}
        case list() | tuple():
            return [_shown(item) for item in value]
        case _:
            return TypeAdapter(type(value)).dump_python(value, mode="json")


def _without_unset(tables: dict[str, Any]) -> dict[str, Any]:
    return {
        name: _without_unset(value) if isinstance(value, dict) else value for name, value in tables.items() if value is not None
    }


def _unset(tables: dict[str, Any], key: Key) -> Iterator[Key]:
    for name, value in tables.items():
        if value is None:
            yield (*key, name)
        elif isinstance(value, dict):
            yield from _unset(value, (*key, name))
