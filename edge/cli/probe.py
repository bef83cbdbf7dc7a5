"""``storebox probe PORT``: which driver speaks at a serial port, and the lines for the settings file."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Annotated, Any

import typer

from edge.cli.daemon import ask_json, is_running
from edge.cli.exits import BAD_INPUT, FAILED, stop
from edge.cli.options import CONTROL_SOCKET, ControlSocket, Json

PROBE_DEADLINE_S = 180.0
"""Every rate of every driver takes less than a minute."""


def probe(
    port: Annotated[str, typer.Argument(help="A serial port, such as /dev/ttyUSB0.")],
    socket: ControlSocket = CONTROL_SOCKET,
    as_json: Json = False,
) -> None:
    """Find out which scale is at a serial port. Nothing on it is zeroed, tared or changed."""
    path = str(Path(port).absolute())
    if is_running(socket):
        outcome = ask_json(socket, "POST", "/api/probe", {"port": path}, deadline_s=PROBE_DEADLINE_S)
    else:
        outcome = asyncio.run(_probe_here(path))
    if as_json:
        typer.echo(json.dumps(outcome))
    elif outcome["settings"]:
        typer.echo(settings_lines(outcome["settings"]))
    if not outcome["settings"]:
        stop(nothing_known(path, outcome), FAILED)


async def _probe_here(path: str) -> Any:
    import msgspec

    from drivers.catalogue import installed
    from drivers.contract import DeviceError
    from drivers.probing import find
    from edge.web.probes import probe_record

    drivers, _ = installed().every()
    try:
        outcome = await find(path, drivers, lambda step: typer.echo(step, err=True))
    except DeviceError as error:
        stop(str(error), BAD_INPUT)
    return msgspec.to_builtins(probe_record(outcome))


def settings_lines(settings: dict[str, Any]) -> str:
    """A table for the settings file; a text, a number and a truth are written alike in JSON and TOML."""
    kind = settings["driver"].partition("/")[0]
    lines = [f"{name} = {json.dumps(value)}" for name, value in settings.items()]
    return "\n".join([f"[device.{kind}-1]", *lines])


def nothing_known(path: str, outcome: dict[str, Any]) -> str:
    """What was seen, and what to look at."""
    lines = [f"no driver knows what is at {path}"]
    lines += [f"heard at {baud} baud: {heard}" for baud, heard in outcome["heard"].items()]
    if not outcome["heard"]:
        lines.append("nothing was heard: is the device switched on, and its cable the right one (straight or null-modem)?")
    lines.append("an Adam AZExtra cannot be found this way, because it answers only a new weight")
    lines += [f"not asked: {why}" for why in outcome["refused"]]
    return "\n".join(lines)
