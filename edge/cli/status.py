"""``storebox status``, ``events`` and ``dead-letters``: what the running box shows, in a terminal."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from edge.cli.daemon import ask, ask_json
from edge.cli.options import CONTROL_SOCKET, ControlSocket, Json

Limit = Annotated[int, typer.Option("--limit", min=1, max=500, help="How many, the newest first.")]


def status(socket: ControlSocket = CONTROL_SOCKET, as_json: Json = False) -> None:
    """Show devices, journal, upload and alarms."""
    if as_json:
        typer.echo(ask(socket, "GET", "/api/status"))
        return
    from edge.cli.tables import alarm_lines, device_table, faces_lines, journal_lines, show, sync_line, vision_lines

    box = ask_json(socket, "GET", "/api/status")
    show(f"{box['store']}, box {box['box']}: {'ready' if box['ready'] else 'NOT READY'}, storebox {box['version']}")
    lines = (*vision_lines(box["vision"]), *faces_lines(box["faces"]), *journal_lines(box["journal"]), sync_line(box["sync"]))
    show(*alarm_lines(box["alarms"]), device_table(box["devices"]), *lines)


def events(limit: Limit = 20, socket: ControlSocket = CONTROL_SOCKET, as_json: Json = False) -> None:
    """List the last events and whether the cloud has them."""
    _rows(f"/api/events?limit={limit}", ("sequence", "time", "type", "subject", "state", "problem"), socket, as_json=as_json)


def dead_letters(limit: Limit = 20, socket: ControlSocket = CONTROL_SOCKET, as_json: Json = False) -> None:
    """List the inputs that could not become events."""
    _rows(f"/api/dead-letters?limit={limit}", ("id", "last_at", "times", "kind", "device", "reason"), socket, as_json=as_json)


def _rows(path: str, columns: tuple[str, ...], socket: Any, *, as_json: bool) -> None:
    if as_json:
        typer.echo(ask(socket, "GET", path))
        return
    from edge.cli.tables import row_table, show

    show(row_table(columns, ask_json(socket, "GET", path)))
