"""What is typed behind ``storebox ask DEVICE COMMAND``, as the JSON that the box takes: each value becomes what its field is.

pay amount_minor=1250 · open-drawer reason=change · set-property property=light value=on · draw-label label=0A1B jpeg=@price.jpg
print line="Milk  6.50" line.center.large=Total qr=https://… feed=2 cut=false
"""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from pathlib import Path
from typing import Any, get_args, get_type_hints

TRUTHS = {"true": True, "yes": True, "false": False, "no": False}
LINE_STYLES = {"left": "align", "center": "align", "right": "align", "large": "large", "bold": "bold"}


class Mistyped(ValueError):
    """A word that cannot be meant; the text says what to type."""


def typed_command(name: str, words: Sequence[str]) -> dict[str, Any]:
    """The JSON of command ``name``. Raises Mistyped; what only the box can know is left to it."""
    types = _field_types(name)
    asked: dict[str, Any] = {"command": name}
    for word in words:
        field, equals, value = word.partition("=")
        if not equals:
            raise Mistyped(f'"{word}" is not NAME=VALUE')
        if "blocks" in types and field.partition(".")[0] in {"line", "qr", "feed"}:
            asked.setdefault("blocks", []).append(_block(field, value))
        elif field in asked:
            raise Mistyped(f"{field} is given twice")
        else:
            asked[field] = _value(field, value, types.get(field, str))
    return asked


def _field_types(name: str) -> dict[str, Any]:
    from edge.command_json import known_commands

    shape = known_commands().get(name)
    if shape is None:
        return {}
    hints = get_type_hints(shape)
    return {field.name: hints[field.name] for field in dataclasses.fields(shape)}


def _value(field: str, value: str, type_: Any) -> Any:
    meant = {type_, *get_args(type_)}
    if int in meant:
        return _whole(field, value)
    if bool in meant:
        if value not in TRUTHS:
            raise Mistyped(f"{field}={value}: type {field}=true or {field}=false")
        return TRUTHS[value]
    if bytes in meant:
        return _file(field, value)
    return value


def _whole(field: str, value: str) -> int:
    digits = value.removeprefix("-")
    if not (digits.isascii() and digits.isdigit() and len(digits) < 16):
        raise Mistyped(f"{field}={value}: type a whole number")
    return int(value)


def _file(field: str, value: str) -> str:
    from base64 import b64encode

    if not value.startswith("@"):
        raise Mistyped(f"{field} is read from a file: type {field}=@FILE")
    try:
        return b64encode(Path(value[1:]).read_bytes()).decode()
    except OSError as error:
        raise Mistyped(f"{value[1:]} cannot be read: {error.strerror}") from error


def _block(field: str, value: str) -> dict[str, Any]:
    kind, *styles = field.split(".")
    if kind == "feed" and not styles:
        return {"type": "feed", "lines": _whole(field, value)}
    if kind == "qr" and not styles:
        return {"type": "qr", "text": value}
    wrong = [style for style in styles if kind != "line" or style not in LINE_STYLES]
    if wrong:
        raise Mistyped(
            f"{field}: a line may be {', '.join(f'line.{style}' for style in LINE_STYLES)}; a qr or a feed has no style"
        )
    block: dict[str, Any] = {"type": "line", "text": value}
    for style in styles:
        block[LINE_STYLES[style]] = style if LINE_STYLES[style] == "align" else True
    return block
