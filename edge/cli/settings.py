"""``storebox check-settings FILE``: what the box would understand, or all that is wrong; ``settings``: what it works by now."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from edge.cli.daemon import ask, ask_json
from edge.cli.exits import BAD_INPUT, stop
from edge.cli.options import CONTROL_SOCKET, ControlSocket, Json

if TYPE_CHECKING:
    from config.mistakes import Mistake
    from config.schema import Settings


def check_settings(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A settings file such as /etc/storebox/storebox.toml.")],
    as_json: Json = False,
) -> None:
    """Print the effective settings, or all mistakes.

    Every default is filled in and every secret masked; the output is TOML again. With mistakes the exit code is 2.
    """
    from config.effective import as_tables, as_toml
    from config.exposure import exposed_secrets
    from config.mistakes import SettingsError
    from models.unstated import UNSTATED

    try:
        settings = _loaded(file)
    except SettingsError as error:
        if not as_json:
            stop(str(error), BAD_INPUT)
        typer.echo(json.dumps({"mistakes": _listed(error.mistakes)}, ensure_ascii=False, indent=2))
        raise typer.Exit(BAD_INPUT) from error
    cautions = exposed_secrets(file, settings)
    notices = [f"members may be recognised by face. {UNSTATED}"] if settings.faces.configured else []
    if as_json:
        shown = {"settings": as_tables(settings), "cautions": _listed(cautions), "notices": notices}
        typer.echo(json.dumps(shown, ensure_ascii=False, indent=2))
        return
    typer.echo(as_toml(settings), nl=False)
    for caution in cautions:
        typer.echo(f"caution: {caution.told(file)}", err=True)
    for notice in notices:
        typer.echo(f"notice: {notice}", err=True)


def in_use(socket: ControlSocket = CONTROL_SOCKET, as_json: Json = False) -> None:
    """Show the settings by which the running box works, and which of them headquarters said.

    A line of the settings file holds before what headquarters says.
    """
    from config.effective import tables_as_toml

    if as_json:
        typer.echo(ask(socket, "GET", "/api/settings"))
        return
    told = ask_json(socket, "GET", "/api/settings")
    typer.echo(tables_as_toml(told["settings"]), nl=False)
    said = [f"{section}.{name}" for section, values in told["said"].items() if isinstance(values, dict) for name in values]
    if said:
        typer.echo(f"\n# headquarters says (version {told['version']}): {', '.join(said)}")
    if told["overruled"]:
        typer.echo(f"# the settings file overrules it in: {', '.join(told['overruled'])}")


def load_or_stop(file: Path) -> Settings:
    """The settings in ``file``; a file with mistakes ends the command with all of them."""
    from config.mistakes import SettingsError

    try:
        return _loaded(file)
    except SettingsError as error:
        stop(str(error), BAD_INPUT)


def _loaded(file: Path) -> Settings:
    from config.load import load
    from drivers.catalogue import installed

    return load(file, installed().settings_classes())


def _listed(mistakes: tuple[Mistake, ...]) -> list[dict[str, object]]:
    return [dataclasses.asdict(mistake) for mistake in mistakes]
