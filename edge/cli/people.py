"""``storebox set-password``, ``pair``, ``pairings`` and ``unpair``: who may use the page and the API."""

from __future__ import annotations

import sys
from enum import StrEnum
from typing import Annotated
from urllib.parse import quote

import typer

from edge.cli.daemon import ask, ask_json
from edge.cli.options import CONTROL_SOCKET, ControlSocket, Json


class PairedRole(StrEnum):
    """What is paired: a screen shows, a device reports, the telephone of staff is named after its person."""

    SCREEN = "screen"
    DEVICE = "device"
    STAFF = "staff"


def set_password(socket: ControlSocket = CONTROL_SOCKET) -> None:
    """Set the password of the page.

    It is asked for twice at a terminal, else read from standard input. Everyone is logged out.
    """
    if sys.stdin.isatty():
        new = typer.prompt("New password", hide_input=True, confirmation_prompt=True, err=True)
    else:
        new = sys.stdin.readline().rstrip("\n")
    ask_json(socket, "POST", "/api/password", {"new": new})
    typer.echo("the password is set; everyone must log in again")


def pair(
    name: Annotated[str, typer.Argument(help="What the screen or till is called, such as lane-1.")],
    role: Annotated[PairedRole, typer.Option(help="What it may do.")] = PairedRole.SCREEN,
    socket: ControlSocket = CONTROL_SOCKET,
) -> None:
    """Make a code that pairs a screen or till once."""
    offer = ask_json(socket, "POST", "/api/pairings", {"name": name, "role": role.value})
    typer.echo(f"{offer['code']}  (type it at {name}; it works once, for {offer['expires_in_s'] // 60} minutes)")


def pairings(socket: ControlSocket = CONTROL_SOCKET, as_json: Json = False) -> None:
    """List the paired screens and tills."""
    if as_json:
        typer.echo(ask(socket, "GET", "/api/pairings"))
        return
    from edge.cli.tables import row_table, show

    show(row_table(("id", "name", "role", "paired_at"), ask_json(socket, "GET", "/api/pairings")))


def unpair(
    pairing: Annotated[str, typer.Argument(metavar="ID", help="As `storebox pairings` lists it.")],
    socket: ControlSocket = CONTROL_SOCKET,
) -> None:
    """Take the token of a screen or till back."""
    ask(socket, "DELETE", f"/api/pairings/{quote(pairing, safe='')}")
    typer.echo(f"{pairing} is no longer paired")
