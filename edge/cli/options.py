"""The options that several commands share, worded once."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

SettingsFile = Annotated[
    Path, typer.Option("--settings", metavar="FILE", envvar="STOREBOX_SETTINGS", help="The settings file of the box.")
]
SETTINGS_FILE = Path("/etc/storebox/storebox.toml")

ControlSocket = Annotated[
    Path,
    typer.Option("--socket", metavar="PATH", envvar="STOREBOX_SOCKET", help="Where the running box answers (box.run_dir)."),
]
CONTROL_SOCKET = Path("/run/storebox/control.sock")

Json = Annotated[bool, typer.Option("--json", help="Print JSON for programs.")]
