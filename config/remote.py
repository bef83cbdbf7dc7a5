"""Which settings headquarters may say too, by a document: how the shop works, never what is plugged in or who gets in.

    {"pickup": {"sla_minutes": 20}, "insight": {"slow_days": 90}}

What the file says holds before what headquarters says, which holds before the default: whoever stands in front of the box is
never locked out. The same schema judges both, and says all mistakes at once.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ValidationError, create_model

from config.lines import Key
from config.mistakes import Mistake, SettingsError, dotted
from config.schema import Insight, Kitchen, Members, Pickup, Section, Settings
from config.source import Source
from config.wording import mistakes_in

SAYABLE: dict[str, tuple[type[Section], tuple[str, ...]]] = {
    "kitchen": (Kitchen, ("reroute_after_s",)),
    "pickup": (Pickup, ("accept", "sla_minutes", "keep_hours")),
    "insight": (Insight, ("slow_days", "slow_days_of")),
    "members": (Members, ("phone_country", "keep_seen_days")),
}
"""By section; the devices of a section are the technician's, and so are patterns: a wrong one can take an hour to match."""


def _part(section: type[Section], names: tuple[str, ...]) -> type[BaseModel]:
    fields: dict[str, Any] = {name: (section.model_fields[name].annotation, section.model_fields[name]) for name in names}
    return create_model(section.__name__, __base__=Section, __doc__=section.__doc__, **fields)


_PARTS = {name: _part(section, names) for name, (section, names) in SAYABLE.items()}
_FIELDS: dict[str, Any] = {"note": (str, ""), **{name: (part, part()) for name, part in _PARTS.items()}}

Remote: type[BaseModel] = create_model("Remote", __base__=Section, __doc__="What headquarters says.", **_FIELDS)
"""The whole document; ``note`` is for people."""

_NAME = Path("settings")


def read_remote(content: bytes | str) -> BaseModel:
    """``content`` (JSON) as ``Remote``. Raises SettingsError with every mistake."""
    try:
        return Remote.model_validate_json(content, strict=True)
    except ValidationError as error:
        found = mistakes_in(error, Source(path=_NAME, tables={}, lines={}), (), Remote)
        raise SettingsError(_NAME, [_of_the_box(mistake) for mistake in found]) from error


def over(written: Settings, said: BaseModel) -> Settings:
    """The settings to run with: ``written`` in the file, and below that what headquarters ``said``."""
    changes = {}
    for name, part in _said_in(said):
        own: Section = getattr(written, name)
        holds = part.model_fields_set - own.model_fields_set
        changes[name] = own.model_copy(update={field: getattr(part, field) for field in holds})
    return written.model_copy(update=changes)


def overruled(written: Settings, said: BaseModel) -> tuple[str, ...]:
    """The settings, dotted, for which the file has another value than headquarters."""
    return tuple(
        dotted((name, field))
        for name, part in _said_in(said)
        for field in sorted(part.model_fields_set & getattr(written, name).model_fields_set)
        if getattr(part, field) != getattr(getattr(written, name), field)
    )


def _said_in(said: BaseModel) -> Iterator[tuple[str, BaseModel]]:
    return ((name, getattr(said, name)) for name in SAYABLE)


def _of_the_box(mistake: Mistake) -> Mistake:
    """A setting that exists but is the technician's is no typing mistake."""
    section, _, field = mistake.key.partition(".")
    if mistake.problem != "unknown setting" or not _exists((section, field) if field else (section,)):
        return mistake
    able = SAYABLE[section][1] if section in SAYABLE else tuple(SAYABLE)
    return Mistake(key=mistake.key, line=None, problem="is set on the box only", hint=f"headquarters may say {', '.join(able)}")


def _exists(key: Key) -> bool:
    found: Any = Settings.model_fields.get(str(key[0]))
    if found is None or len(key) == 1:
        return found is not None
    return key[1] in getattr(found.annotation, "model_fields", {})
