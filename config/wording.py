"""Says what pydantic found in the words of a technician: without this a report would speak of types and schemas."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from types import UnionType
from typing import Annotated, Any, Union, get_args, get_origin

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from config.lines import Key
from config.mistakes import Mistake, choices, did_you_mean
from config.source import Source

_EXPECTED = {
    "string_type": "must be text in quotes",
    "int_type": "must be a whole number without quotes",
    "int_from_float": "must be a whole number without quotes",
    "float_type": "must be a number without quotes",
    "finite_number": "must be a finite number",
    "bool_type": "must be true or false, without quotes",
    "time_type": 'must be a time of day in quotes, such as "04:00"',
    "time_parsing": 'must be a time of day in quotes, such as "04:00"',
    "path_type": "must be a path in quotes",
    "tuple_type": "must be a list in brackets, such as [ ]",
    "list_type": "must be a list in brackets, such as [ ]",
    "dict_type": "must be a table",
    "model_type": "must be a table",
    "model_attributes_type": "must be a table",
    "dataclass_type": "must be a table",
}

_LIMITS = {
    "ge": "{given} is too small: at least {limit}",
    "gt": "{given} is too small: more than {limit}",
    "le": "{given} is too large: at most {limit}",
    "lt": "{given} is too large: less than {limit}",
    "min_length": "is too short: at least {limit}",
    "max_length": "is too long: at most {limit}",
    "pattern": "is not written as the pattern {limit} asks",
}


def mistakes_in(error: ValidationError, source: Source, table: Key, schema: type[BaseModel]) -> Iterator[Mistake]:
    """Every error of ``schema`` as a mistake below ``table`` of the file. Never shows the value of a mistyped setting."""
    for detail in error.errors(include_url=False):
        key = tuple(part for part in detail["loc"] if part != "[key]")
        problem, hint = _said(detail, _fields_at(schema, key[:-1]), _homes(schema, key))
        yield source.mistake((*table, *key), problem, hint)


def _said(detail: ErrorDetails, siblings: list[str], homes: list[str]) -> tuple[str, str]:
    given, context = detail["input"], detail.get("ctx", {})
    match detail["type"]:
        case "missing":
            return "is required", "add it to this table"
        case "extra_forbidden":
            near = did_you_mean(str(detail["loc"][-1]), siblings)
            return "unknown setting", f"it belongs under [{'] or ['.join(homes)}]" if homes else near or _listed(siblings)
        case "literal_error" | "enum":
            known = [word.strip("' ") for word in str(context["expected"]).replace(" or ", ", ").split(", ")]
            return f'"{given}" is not {choices(known)}', did_you_mean(str(given), known)
        case "value_error":
            return str(context["error"]), ""
        case told:
            return _EXPECTED.get(told) or _beyond(context, given) or detail["msg"], ""


def _beyond(context: Mapping[str, Any], given: object) -> str:
    """What a number, text or list outside its limits is told."""
    return next((words.format(given=given, limit=context[limit]) for limit, words in _LIMITS.items() if limit in context), "")


def _listed(siblings: list[str]) -> str:
    return f"this table knows {', '.join(sorted(siblings))}" if siblings else ""


def _fields_at(schema: type[BaseModel], key: Key) -> list[str]:
    """The settings known beside ``key``; empty where the schema does not say."""
    annotation: Any = schema
    for part in key:
        annotation = _inside(annotation, part)
    models = [kind for kind in _alternatives(annotation) if isinstance(kind, type) and issubclass(kind, BaseModel)]
    return [field.alias or name for model in models for name, field in model.model_fields.items()]


def _homes(schema: type[BaseModel], key: Key) -> list[str]:
    """The tables that know a setting which stands above every heading."""
    return [home for home in schema.model_fields if len(key) == 1 and key[0] in _fields_at(schema, (home,))]


def _inside(annotation: Any, part: str | int) -> Any:
    for kind in _alternatives(annotation):
        if isinstance(kind, type) and issubclass(kind, BaseModel) and part in kind.model_fields:
            return kind.model_fields[str(part)].annotation
        if get_origin(kind) in {dict, list, tuple}:
            return [argument for argument in get_args(kind) if argument is not Ellipsis][-1]
    return None


def _alternatives(annotation: Any) -> list[Any]:
    """The kinds that ``A | B | None`` or ``Annotated[A, …]`` allows."""
    if get_origin(annotation) is Annotated:
        return _alternatives(get_args(annotation)[0])
    if get_origin(annotation) in {Union, UnionType}:
        return [kind for argument in get_args(annotation) for kind in _alternatives(argument)]
    return [annotation]
