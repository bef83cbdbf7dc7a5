"""How a command ends: without this every command would choose its own exit codes."""

from __future__ import annotations

from typing import NoReturn

import typer

FAILED = 1
"""It was understood and did not work."""

BAD_INPUT = 2
"""What was typed, or the file that was named, is wrong."""

UNREACHABLE = 3
"""The box does not answer on its control socket."""


def stop(problem: str, code: int) -> NoReturn:
    """End the command with ``problem`` on standard error."""
    typer.echo(problem, err=True)
    raise typer.Exit(code)
