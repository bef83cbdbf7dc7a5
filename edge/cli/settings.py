"""``storebox check-settings FILE``: what the box would understand, or everything that is wrong with it."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from edge.cli.exits import BAD_INPUT, stop
from edge.cli.options import Json

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

    try:
        settings = _loaded(file)
    except SettingsError as error:
        if not as_json:
            stop(str(error), BAD_INPUT)
        typer.echo(json.dumps({"mistakes": _listed(error.mistakes)}, ensure_ascii=False, indent=2))
        raise typer.Exit(BAD_INPUT) from error
    cautions = exposed_secrets(file, settings)
    if as_json:
        typer.echo(json.dumps({"settings": as_tables(settings), "cautions": _listed(cautions)}, ensure_ascii=False, indent=2))
        return
    typer.echo(as_toml(settings), nl=False)
    for caution in cautions:
        typer.echo(f"caution: {caution.told(file)}", err=True)


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
