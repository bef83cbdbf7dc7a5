"""Commands as JSON: what a program posts, headquarters signs and a job keeps is read by one function, with one set of errors.

{"command": "set-property", "property": "light", "value": "on"}
{"command": "print", "blocks": [{"type": "line", "text": "Hello"}, {"type": "qr", "text": "https://…"}, {"type": "feed"}]}
{"command": "draw-label", "label": "0000021AB2C3", "jpeg": "/9j/4AAQ…"}      bytes are base64
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import Any, get_args

import msgspec

from drivers.commands import AnyCommand, Command, Line, PayByCode, Print, Qr, SettlePayment, command_name
from drivers.pos.cards import may_hold_card

SHORT_MS = 30_000
LONG_MS = 180_000
"""Nobody waits longer for a device. A command whose own deadline is not below ``SHORT_MS`` (a payment, a label) may take this."""


OF_THE_BOX = (PayByCode, SettlePayment)
"""What only the box itself asks for: a payment code is in no request, and what became of a payment is told to its order."""


class NotACommand(ValueError):
    """What was asked is no command; the text names the place and says what would be one."""


def known_commands() -> dict[str, type[AnyCommand]]:
    """Every command that may be asked for, by its name."""
    return {command_name(command): command for command in get_args(AnyCommand) if command not in OF_THE_BOX}


def longest_ms(command: type[Command]) -> int:
    """The longest deadline that ``command`` may be given."""
    own = next(field.default for field in dataclasses.fields(command) if field.name == "deadline_ms")
    return LONG_MS if isinstance(own, int) and own >= SHORT_MS else SHORT_MS


def read_command(asked: Mapping[str, Any]) -> AnyCommand:
    """The command that ``asked`` (decoded JSON) describes. Raises NotACommand."""
    commands = known_commands()
    name = asked.get("command")
    if not isinstance(name, str) or name not in commands:
        raise NotACommand(f"command is one of: {', '.join(sorted(commands))}")
    shape = commands[name]
    said = {field: value for field, value in asked.items() if field != "command"}
    try:
        command = msgspec.convert(said, shape)
    except msgspec.ValidationError as error:
        raise NotACommand(f"{name}: {error}") from error
    takes = {field.name for field in dataclasses.fields(shape)}
    if said.keys() - takes:
        raise NotACommand(f"{name} takes no {', '.join(sorted(said.keys() - takes))}; it takes: {', '.join(sorted(takes))}")
    if not 1 <= command.deadline_ms <= longest_ms(shape):
        raise NotACommand(f"{name}: deadline_ms is from 1 to {longest_ms(shape)}")
    if isinstance(command, Print):
        _check_blocks(command)
    return command


def _check_blocks(command: Print) -> None:
    """What is printed waits in a table: no card number may stand there. Raises NotACommand."""
    for place, block in enumerate(command.blocks):
        if isinstance(block, Line | Qr) and may_hold_card(block.text):
            raise NotACommand(f"print: blocks[{place}] may hold a card number; print its first six and last four digits at most")


def command_json(command: Command) -> str:
    """``command`` as ``read_command`` reads it."""
    said: dict[str, Any] = msgspec.to_builtins(command)
    return msgspec.json.encode({"command": command_name(type(command))} | said).decode()
