"""``storebox run``, ``demo`` and ``version``."""

from __future__ import annotations

from typing import Annotated

import typer

from edge.cli.exits import BAD_INPUT, FAILED, stop
from edge.cli.options import SETTINGS_FILE, SettingsFile


def run(
    settings_file: SettingsFile = SETTINGS_FILE,
    simulated_clock: Annotated[
        str, typer.Option(help="For a simulated day: START,SPEED,MONOTONIC_MS.", hidden=True, metavar="CLOCK")
    ] = "",
) -> None:
    """Run the box until SIGTERM; systemd does this."""
    from edge.assembly import run as run_box
    from edge.host.wall_clock import NoClock, WallClock
    from edge.premises import CannotStart

    try:
        clock = WallClock.read(simulated_clock) if simulated_clock else WallClock()
    except NoClock as error:
        stop(str(error), BAD_INPUT)
    try:
        run_box(settings_file, clock)
    except CannotStart as error:
        stop(str(error), FAILED)


def demo() -> None:
    """Run a whole small shop, with a cloud of its own.

    Its devices are simulated, its wires are real. With DEMO_SECONDS=30 it runs unattended and checks itself.
    """
    from edge.demo.play import main

    raise typer.Exit(main())


def version() -> None:
    """Print the version."""
    from importlib.metadata import version as installed_version

    typer.echo(installed_version("storebox"))
