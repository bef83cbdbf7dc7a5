"""``storebox jobs``: what was left to be done, and what a person says of a job that nobody can tell about."""

from __future__ import annotations

from typing import Annotated
from urllib.parse import quote

import typer

from edge.cli.daemon import ask, ask_json
from edge.cli.options import CONTROL_SOCKET, ControlSocket, Json

JobId = Annotated[str, typer.Argument(metavar="ID", help="As `storebox jobs` lists it.")]


def jobs(context: typer.Context, socket: ControlSocket = CONTROL_SOCKET, as_json: Json = False) -> None:
    """List the jobs, the newest first.

    With a COMMAND, decide about one that is unknown or failed.
    """
    if context.invoked_subcommand is not None:
        # A socket that is named before the command is the command's too.
        context.default_map = {context.invoked_subcommand: {"socket": socket}}
        return
    if as_json:
        typer.echo(ask(socket, "GET", "/api/jobs"))
        return
    from edge.cli.tables import ago, row_table, show

    found = ask_json(socket, "GET", "/api/jobs")
    columns = ("id", "device", "command", "state", "by", "asked", "detail")
    show(row_table(columns, [job | {"asked": ago(job["asked_at"])} for job in found]))


def again(job: JobId, socket: ControlSocket = CONTROL_SOCKET) -> None:
    """Have a job done once more: look at the paper first."""
    left = ask_json(socket, "POST", f"/api/jobs/{quote(job, safe='')}/again")
    typer.echo(f"{left['job']} is done in place of {job}")


def dismiss(job: JobId, socket: ControlSocket = CONTROL_SOCKET) -> None:
    """Let a job rest."""
    ask(socket, "POST", f"/api/jobs/{quote(job, safe='')}/dismiss")
    typer.echo(f"{job} rests")
