"""``storebox devices``, ``ask`` and ``drivers``: what is plugged in, what it can be asked, what could be plugged in."""

from __future__ import annotations

from typing import Annotated, Any
from urllib.parse import quote

import typer

from edge.cli.daemon import ask as ask_box
from edge.cli.daemon import ask_json
from edge.cli.exits import BAD_INPUT, FAILED, stop
from edge.cli.options import CONTROL_SOCKET, ControlSocket, Json


def devices(socket: ControlSocket = CONTROL_SOCKET, as_json: Json = False) -> None:
    """List the devices, their last reading, what is wrong."""
    if as_json:
        typer.echo(ask_box(socket, "GET", "/api/devices"))
        return
    from edge.cli.tables import device_table, show

    show(device_table(ask_json(socket, "GET", "/api/devices")))


def ask(
    device: Annotated[str, typer.Argument(help="A device, such as scale-1.")],
    command: Annotated[str, typer.Argument(help="tare, zero, clear-tare or set-property.")],
    settings: Annotated[list[str] | None, typer.Argument(metavar="[NAME=VALUE]...", help="property=light value=on")] = None,
    socket: ControlSocket = CONTROL_SOCKET,
) -> None:
    """Ask a device for something: storebox ask scale-1 tare."""
    wanted: dict[str, Any] = {"command": command}
    for setting in settings or []:
        name, equals, value = setting.partition("=")
        if not equals:
            stop(f'"{setting}" is not NAME=VALUE', BAD_INPUT)
        wanted[name] = value
    answer = ask_json(socket, "POST", f"/api/devices/{quote(device, safe='')}/commands", wanted)
    typer.echo(f"done{': ' if answer['detail'] else ''}{answer['detail']}")


def drivers() -> None:
    """List the installed drivers, and those that do not load."""
    from drivers.catalogue import installed
    from edge.cli.tables import row_table, show

    found, broken = installed().every()
    show(row_table(("driver", "kind"), [{"driver": name, "kind": driver.kind} for name, driver in found.items()]))
    if broken:
        stop("\n".join(each.reason for each in broken), FAILED)
