"""``storebox claim CODE``: how a technician makes a box one of a store's."""

from __future__ import annotations

from typing import Annotated

import typer

from edge.cli.daemon import ask_json
from edge.cli.options import CONTROL_SOCKET, ControlSocket


def claim(
    code: Annotated[str, typer.Argument(metavar="CODE", help="The one-time code from headquarters.")],
    socket: ControlSocket = CONTROL_SOCKET,
) -> None:
    """Join the store that a code was issued for."""
    joined = ask_json(socket, "POST", "/api/claims", {"code": code})
    typer.echo(f"this box belongs to {joined['store']} now")
