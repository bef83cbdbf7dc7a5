"""``storebox devices``, ``ask`` and ``drivers``: what is plugged in, what it can be asked, what could be plugged in."""

from __future__ import annotations

from typing import Annotated, Any
from urllib.parse import quote

import typer

from edge.cli.daemon import ask as ask_box
from edge.cli.daemon import ask_json
from edge.cli.exits import BAD_INPUT, FAILED, stop
from edge.cli.options import CONTROL_SOCKET, ControlSocket, Json

ASK_DEADLINE_S = 220.0
"""A payment takes three minutes and half a one to be stopped; only a long receipt takes longer, and is best left as a job."""


def devices(socket: ControlSocket = CONTROL_SOCKET, as_json: Json = False) -> None:
    """List the devices with their readings, and what is seen but not configured."""
    if as_json:
        typer.echo(ask_box(socket, "GET", "/api/devices"))
        return
    from edge.cli.tables import device_table, discovery_lines, show

    show(device_table(ask_json(socket, "GET", "/api/devices")))
    show(*discovery_lines(ask_json(socket, "GET", "/api/discoveries")))


def ask(
    device: Annotated[str, typer.Argument(help="A device, such as scale-1.")],
    command: Annotated[str, typer.Argument(help="tare, zero, print, open-drawer, show … `devices --json` lists each device's.")],
    values: Annotated[
        list[str] | None,
        typer.Argument(metavar="[NAME=VALUE]...", help="reason=change, amount_minor=1250, jpeg=@FILE, line=TEXT"),
    ] = None,
    socket: ControlSocket = CONTROL_SOCKET,
    as_job: Annotated[bool, typer.Option("--job", help="Leave it to be done when the device can; see `storebox jobs`.")] = False,
) -> None:
    """Ask a device for something: storebox ask scale-1 tare."""
    from edge.cli.typed_commands import Mistyped, typed_command

    try:
        wanted = typed_command(command, values or [])
    except Mistyped as error:
        stop(str(error), BAD_INPUT)
    at = f"/api/devices/{quote(device, safe='')}"
    if as_job:
        typer.echo(f"left as job {ask_json(socket, 'POST', f'{at}/jobs', wanted)['job']}")
        return
    typer.echo(_said(ask_json(socket, "POST", f"{at}/commands", wanted, deadline_s=ASK_DEADLINE_S)))


def restart_device(
    device: Annotated[str, typer.Argument(help="A device, such as scale-1.")], socket: ControlSocket = CONTROL_SOCKET
) -> None:
    """Close a device and open it anew, also one that was given up."""
    typer.echo(_said(ask_json(socket, "POST", f"/api/devices/{quote(device, safe='')}/restart")))


def _said(answer: dict[str, Any]) -> str:
    if "amount_minor" in answer:
        card = f"{answer['scheme']} {answer['card']}".strip()
        return f"taken: {answer['amount_minor']} in minor units, {answer['detail']}{f', {card}' if card else ''}"
    word = "done" if answer["done"] else "accepted"
    return f"{word}: {answer['detail']}" if answer["detail"] else word


def drivers() -> None:
    """List the installed drivers, and those that do not load."""
    from drivers.catalogue import installed
    from edge.cli.tables import row_table, show

    found, broken = installed().every()
    show(row_table(("driver", "kind"), [{"driver": name, "kind": driver.kind} for name, driver in found.items()]))
    if broken:
        stop("\n".join(each.reason for each in broken), FAILED)
