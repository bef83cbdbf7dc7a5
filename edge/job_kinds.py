"""What may be a job: work that still makes sense a while later. Nothing that takes money ever is one.

A job that was sent when the box died, or whose wire was lost on the way, is done again by itself only where twice is as good
as once; paper, a drawer and a pan are left to a person.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

import msgspec

from drivers.commands import (
    AnyCommand,
    ClearTare,
    Command,
    DrawLabel,
    OpenDrawer,
    Print,
    SetPrice,
    SetProperty,
    SetTare,
    Show,
    ShowAmount,
    Tare,
    Zero,
    command_name,
)
from edge.command_json import NotACommand, command_json, read_command
from edge.shop.catalogue.faces import DRAW_PRICE, PriceLabel


@dataclass(frozen=True, slots=True, kw_only=True)
class RestartDevice:
    """Close a device and open it anew; the box does it, the device is not asked."""


Task = AnyCommand | RestartDevice | PriceLabel
RESTART = "restart-device"

LASTING = (Print, SetProperty, Show, ShowAmount, DrawLabel, SetPrice)
"""What anybody may leave as a job: it is as welcome when the device is back as it was before."""

OF_NOW = (Tare, Zero, ClearTare, SetTare, OpenDrawer)
"""What headquarters may ask for besides; it is about this moment, so it does not wait for a device."""

SAME_TWICE = (SetProperty, Show, ShowAmount, DrawLabel, SetPrice, ClearTare, SetTare, RestartDevice, PriceLabel)
"""Twice is as good as once."""

MOMENT = timedelta(seconds=30)


def task_name(task: Task) -> str:
    """What people call it."""
    match task:
        case RestartDevice():
            return RESTART
        case PriceLabel():
            return DRAW_PRICE
        case _:
            return command_name(type(task))


def task_json(task: Task) -> str:
    """``task`` as a job keeps it."""
    match task:
        case RestartDevice():
            return f'{{"command":"{RESTART}"}}'
        case PriceLabel():
            return msgspec.json.encode(task).decode()
        case _:
            return command_json(task)


def read_task(content: str) -> Task:
    """What a job keeps. Raises NotACommand for one of another version of storebox."""
    try:
        said = msgspec.json.decode(content, type=dict[str, object])
    except msgspec.MsgspecError as error:
        raise NotACommand(f"it is no longer known what was to be done: {error}") from error
    if said.get("command") == RESTART:
        return RestartDevice()
    if said.get("command") != DRAW_PRICE:
        return read_command(said)
    try:
        return msgspec.convert(said, PriceLabel)
    except msgspec.ValidationError as error:
        raise NotACommand(f"it is no longer known what the label was to show: {error}") from error


def may_be_left(command: Command) -> bool:
    """Whether anybody may leave ``command`` as a job."""
    return isinstance(command, LASTING)
