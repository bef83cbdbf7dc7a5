"""``storebox document``: what headquarters tells the store, brought by hand when there is no line."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from edge.cli.daemon import ask, ask_json
from edge.cli.exits import BAD_INPUT, stop
from edge.cli.options import CONTROL_SOCKET, ControlSocket, Json


def adopt(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A signed document (JWS) from headquarters.")],
    socket: ControlSocket = CONTROL_SOCKET,
) -> None:
    """Adopt a signed document from a file.

    A bad one is refused, and the last good one keeps working.
    """
    try:
        signed = file.read_bytes().strip()
    except OSError as error:
        stop(f"{file} cannot be read: {error.strerror}", BAD_INPUT)
    answer = json.loads(ask(socket, "POST", "/api/documents", signed, kind="application/jose"))
    typer.echo(answer["detail"])


def listed(socket: ControlSocket = CONTROL_SOCKET, as_json: Json = False) -> None:
    """List the documents that the store works with."""
    if as_json:
        typer.echo(ask(socket, "GET", "/api/documents"))
        return
    from edge.cli.tables import row_table, show

    show(row_table(("kind", "version", "adopted_at", "digest"), ask_json(socket, "GET", "/api/documents")))
