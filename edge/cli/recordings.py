"""``storebox record`` and ``replay``: take home what passes on the wire of a device, and play it to a box on a desk."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated
from urllib.parse import quote

import typer

from edge.cli.daemon import stream
from edge.cli.exits import BAD_INPUT, FAILED, stop
from edge.cli.options import CONTROL_SOCKET, ControlSocket

SLACK_S = 30.0


def record(
    device: Annotated[str, typer.Argument(help="A device, such as scale-1.")],
    seconds: Annotated[int, typer.Option("--seconds", min=1, max=3600, help="How long.")] = 60,
    to: Annotated[
        Path | None, typer.Option("--output", "-o", metavar="FILE", help="A new file; without it, standard output.")
    ] = None,
    socket: ControlSocket = CONTROL_SOCKET,
) -> None:
    """Record every byte that passes on a device's wire, both ways, while the box works with it. Ctrl-C ends it early.

    Devices whose wire says something of a person (scanners, terminals, tills, printers, cameras) are not recorded.
    """
    path = f"/api/devices/{quote(device, safe='')}/recording?seconds={seconds}"
    if to is None:
        stream(socket, path, _print, deadline_s=seconds + SLACK_S)
        return
    file = _NewFile(to)
    stream(socket, path, file.write, deadline_s=seconds + SLACK_S)
    typer.echo(f"{file.lines} lines in {to}; storebox replay {to} --link /tmp/{device} plays them", err=True)


def replay(
    file: Annotated[Path, typer.Argument(help="A recording.")],
    link: Annotated[Path | None, typer.Option("--link", metavar="PATH", help="Where the serial port appears.")] = None,
    listen: Annotated[str, typer.Option("--listen", metavar="HOST:PORT", help="Instead of a port: a device on TCP.")] = "",
    fast: Annotated[bool, typer.Option("--fast", help="Without the pauses of the recording.")] = False,
) -> None:
    """Be the device of a recording: say what it said, when it is told what it was told."""
    from drivers.sim.replay import CannotReplay, play
    from edge.cli.until_ended import until_ended

    if (link is None) == (not listen):
        stop("name one place: --link PATH for a serial port, or --listen HOST:PORT for TCP", BAD_INPUT)
    told: list[str] = []
    try:
        until_ended(play(file, link=link, listen=listen, fast=fast, tell=told.append))
    except CannotReplay as error:
        stop(str(error), BAD_INPUT)
    if told:
        stop("\n".join(told), FAILED)
    typer.echo("played to its end")


class _NewFile:
    """Made with the first bytes, so that a refusal leaves no empty file; one that is there is kept."""

    def __init__(self, path: Path) -> None:
        self.lines = 0
        self._path = path
        if path.exists():
            stop(f"{path} is there already; name a new file", BAD_INPUT)

    def write(self, piece: bytes) -> None:
        """Add to it; ends the command when the disk does not take it."""
        try:
            with self._path.open("ab") as file:
                file.write(piece)
        except OSError as error:
            stop(f"cannot write {self._path}: {error.strerror}", FAILED)
        self.lines += piece.count(b"\n")


def _print(piece: bytes) -> None:
    sys.stdout.write(piece.decode())
    sys.stdout.flush()
