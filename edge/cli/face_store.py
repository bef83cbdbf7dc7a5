"""``storebox faces key``, ``count``, ``list``, ``audit``, ``export``, ``withdraw``: the key, and what is kept of whom.

No command shows a template: sealed bytes leave the box nowhere, and only the process that reads faces can open them.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated
from urllib.parse import quote

import typer

from edge.cli.daemon import ask, ask_json
from edge.cli.exits import FAILED, stop
from edge.cli.options import CONTROL_SOCKET, ControlSocket, Json

KEY_BYTES = 32
Member = Annotated[str, typer.Argument(metavar="MEMBER", help="The member's reference, as in the events.")]


def key(file: Annotated[Path, typer.Argument(metavar="FILE", help="Where the key is to be: not beside the journal.")]) -> None:
    """Make the key that seals the templates. Keep a copy of the file where the box is not.

    What is there already is never replaced: without its key no template opens any more.
    """
    from sync.durable_file import create_private

    there = f"{file} is there already and stays: without its key no template opens; for a new one name another file"
    if os.path.lexists(file):
        stop(there, FAILED)
    made = os.urandom(KEY_BYTES)
    try:
        create_private(file, made)
        is_ours = file.read_bytes() == made
    except OSError as error:
        stop(f"{file} cannot be made: {error.strerror}; does its folder exist, and may you write there?", FAILED)
    if not is_ours:
        stop(there, FAILED)
    typer.echo(f"{file} holds a new key, which only its owner can read. Copy it to a place where this box is not.")


def count(socket: ControlSocket = CONTROL_SOCKET) -> None:
    """Print how many templates are kept."""
    typer.echo(ask_json(socket, "GET", "/api/faces")["templates"])


def listed(socket: ControlSocket = CONTROL_SOCKET, as_json: Json = False) -> None:
    """List how many members are enrolled since when, until when, to which notice; nobody is named."""
    if as_json:
        typer.echo(ask(socket, "GET", "/api/faces"))
        return
    from edge.cli.tables import row_table, show

    kept = ask_json(socket, "GET", "/api/faces")
    on = f"notice {kept['notice']}" if kept["configured"] else "off: nobody is recognised by face"
    show(f"{kept['templates']} templates; {on}")
    show(row_table(("enrolled", "expires", "notice", "members"), kept["enrolments"]))


def audit(
    limit: Annotated[int, typer.Option("--limit", min=1, max=1000, help="So many, the newest first.")] = 50,
    socket: ControlSocket = CONTROL_SOCKET,
    as_json: Json = False,
) -> None:
    """Show what was done with templates: consented, enrolled, matched, exported, withdrawn, deleted; nobody is named."""
    path = f"/api/faces/audit?limit={limit}"
    if as_json:
        typer.echo(ask(socket, "GET", path))
        return
    from edge.cli.tables import row_table, show

    show(row_table(("at", "what", "template", "place", "by"), ask_json(socket, "GET", path)["acts"]))


def export(member: Member, socket: ControlSocket = CONTROL_SOCKET) -> None:
    """Print as JSON what is kept of a member's face, for the member who asks: consent, dates, notice, never the template.

    It is written down in the audit.
    """
    typer.echo(ask(socket, "POST", f"/api/members/{quote(member, safe='')}/face/export"))


def withdraw(member: Member, socket: ControlSocket = CONTROL_SOCKET) -> None:
    """Take the consent back for a member who asks for it; the template is deleted at once.

    So is what the member agreed to for children.
    """
    ask(socket, "POST", f"/api/members/{quote(member, safe='')}/face/withdraw")
    typer.echo("the consent is taken back and the template is deleted; within a minute the files have no byte of it")
