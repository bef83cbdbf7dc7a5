"""``storebox models fetch``: how the files that find people come onto a box, from the web or from a stick."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from edge.cli.exits import BAD_INPUT, FAILED, stop
from edge.cli.models import ModelsDir, Names, known_models, models_folder, print_json
from edge.cli.options import SETTINGS_FILE, Json, SettingsFile

if TYPE_CHECKING:
    from models.fetch import Mirror, Outcome


def fetch(
    names: Names = None,
    *,
    origin: Annotated[
        str, typer.Option("--from", metavar="FOLDER|URL", help="Take the files from here and from nowhere else.")
    ] = "",
    mirror: Annotated[
        str, typer.Option("--mirror", metavar="FOLDER|URL", envvar="STOREBOX_MODEL_MIRROR", help="Ask here first.")
    ] = "",
    listing: Annotated[
        Path | None, typer.Option("--list", metavar="FILE", help="A list of models (JSON) that counts before the folder's own.")
    ] = None,
    models_dir: ModelsDir = None,
    settings: SettingsFile = SETTINGS_FILE,
    as_json: Json = False,
) -> None:
    """Fetch models, without names all that a box needs.

    Each file is checked by its digest before it gets its name; what is there and intact stays.
    """
    from models.fetch import fetch_models, unserved
    from models.part import FolderUnusable

    folder = models_folder(models_dir, settings)
    known = known_models(folder, names, listing)
    first = _mirror(origin or mirror)
    tell = typer.echo if sys.stdout.isatty() and not as_json else _nobody_listens
    try:
        outcomes = asyncio.run(fetch_models(known, names or (), folder, first, mirror_only=bool(origin), tell=tell))
    except FolderUnusable as error:
        stop(str(error), FAILED)
    failed = unserved(known, outcomes, named=bool(names))
    if as_json:
        print_json(folder, (_row(each, failed) for each in outcomes))
        raise typer.Exit(FAILED if failed else 0)
    _tell(outcomes, folder)
    if failed:
        told = ", ".join(each.model for each in failed)
        stop(f"not fetched: {told}; bring the files on a stick: storebox models fetch --from FOLDER (docs/models.md)", FAILED)


def _nobody_listens(_line: str) -> None:
    """A file or a pipe is told what came of it."""


def _tell(outcomes: Sequence[Outcome], folder: Path) -> None:
    for outcome in outcomes:
        for file, source in outcome.brought:
            typer.echo(f"{file} from {source}")
        if outcome.problem:
            typer.echo(f"{outcome.model}: {outcome.problem}", err=True)
        else:
            typer.echo(f"{outcome.model} is whole in {folder}")


def _row(outcome: Outcome, failed: Sequence[Outcome]) -> dict[str, object]:
    """``needed``: nothing stands in for it."""
    brought = dict(outcome.brought)
    return {"model": outcome.model, "brought": brought, "problem": outcome.problem, "needed": outcome in failed}


def _mirror(place: str) -> Mirror | None:
    from models.fetch import Mirror, MirrorUnusable

    if not place:
        return None
    try:
        return Mirror.at(place)
    except MirrorUnusable as error:
        stop(str(error), BAD_INPUT)
