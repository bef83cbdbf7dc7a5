"""``storebox models list|verify|bench``: which models a box has, whether they are what they should be, what they cost there."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from edge.cli.exits import BAD_INPUT, FAILED, stop
from edge.cli.options import SETTINGS_FILE, Json, SettingsFile

if TYPE_CHECKING:
    from models.manifest import Models

Names = Annotated[list[str] | None, typer.Argument(metavar="[NAME]...", help="Names of models; `storebox models list` has them.")]
ModelsDir = Annotated[
    Path | None,
    typer.Option(
        "--models-dir",
        metavar="DIR",
        envvar="STOREBOX_MODELS_DIR",
        help="Where the models are, instead of where the settings say.",
    ),
]


def listed(models_dir: ModelsDir = None, settings: SettingsFile = SETTINGS_FILE, as_json: Json = False) -> None:
    """List the models that storebox knows, and which are here and intact."""
    from models.proof import condition

    folder = models_folder(models_dir, settings)
    rows = [
        {
            "model": name,
            "task": model.task,
            "state": condition(name, model, folder).state,
            "mb": round(sum(file.bytes for file in model.files) / 1e6, 1),
            "fetch": model.fetch,
            "licence": model.licence,
        }
        for name, model in known_models(folder).items()
    ]
    if as_json:
        print_json(folder, rows)
        return
    from edge.cli.tables import row_table, show

    show(f"models in {folder}:", row_table(("model", "task", "state", "mb", "fetch", "licence"), rows))


def verify(
    names: Names = None, models_dir: ModelsDir = None, settings: SettingsFile = SETTINGS_FILE, as_json: Json = False
) -> None:
    """Check the digests of models.

    Without names of those that are here; one that is named must be here.
    """
    from models.proof import condition

    folder = models_folder(models_dir, settings)
    known = known_models(folder, names)
    conditions = {name: condition(name, known[name], folder) for name in names or known}
    if not names:
        conditions = {name: found for name, found in conditions.items() if found.state != "missing"}
    bad = [found.problem for found in conditions.values() if found.problem]
    if as_json:
        print_json(folder, ({"model": name, "state": each.state, "problem": each.problem} for name, each in conditions.items()))
        raise typer.Exit(FAILED if bad else 0)
    for name in (name for name, found in conditions.items() if not found.problem):
        typer.echo(f"{name} is intact")
    if bad or not conditions:
        stop("\n".join(bad) or _none_in(folder), FAILED)


def bench(
    names: Names = None,
    *,
    picture: Annotated[
        Path | None, typer.Option("--picture", metavar="FILE", help="A photo to look at; a pose costs more with a person in it.")
    ] = None,
    threads: Annotated[int, typer.Option("--threads", min=1, max=8, help="The cores that a model may use.")] = 1,
    rounds: Annotated[int, typer.Option("--rounds", min=3, max=1000, help="How many pictures each looks at.")] = 30,
    models_dir: ModelsDir = None,
    settings: SettingsFile = SETTINGS_FILE,
    as_json: Json = False,
) -> None:
    """Measure what the models that are here cost on this machine.

    Milliseconds a picture (640×360, or the photo) and the memory that each takes in a process of its own.
    """
    from models.bench import RUN_BY_US, NotMeasured, measure
    from models.proof import condition

    folder = folder_to_run_from(models_dir, settings)
    known = known_models(folder, names)
    chosen = names or [name for name in RUN_BY_US if condition(name, known[name], folder).state == "intact"]
    if not chosen:
        stop(_none_in(folder), FAILED)
    rows, problems = [], []
    for name in chosen:
        try:
            rows.append(measure(name, folder, threads=threads, rounds=rounds, picture=picture).as_row())
        except NotMeasured as error:
            problems.append(str(error))
    if as_json:
        print_json(folder, rows)
    elif rows:
        from edge.cli.tables import row_table, show

        show(row_table(("model", "found", "min_ms", "median_ms", "max_ms", "load_ms", "memory_mb"), rows))
    if problems:
        stop("\n".join(problems), FAILED)


def models_folder(models_dir: Path | None, settings: Path) -> Path:
    """The folder that was named, or that of the settings; of the defaults where there are none and none were asked for."""
    if models_dir is not None:
        return models_dir
    from config.schema import Settings
    from edge.cli.settings import load_or_stop

    loaded = Settings() if settings == SETTINGS_FILE and not settings.exists() else load_or_stop(settings)
    return loaded.vision.models_dir or loaded.box.data_dir / "models"


def folder_to_run_from(models_dir: Path | None, settings: Path) -> Path:
    """The same; the mirror's folder where nothing was fetched yet, for what lies there is proven by its digest as well."""
    folder, mirror = models_folder(models_dir, settings), Path(os.environ.get("STOREBOX_MODEL_MIRROR") or "/nowhere")
    fetched = folder.is_dir() and any(folder.iterdir())
    return mirror if models_dir is None and not fetched and mirror.is_dir() else folder


def known_models(folder: Path, names: Sequence[str] | None = None, listing: Path | None = None) -> Models:
    """The models of the box with this folder, or of a list; ends the command when one of ``names`` is not among them."""
    from models.manifest import ModelUnusable, models_by, models_of

    try:
        known = models_of(folder) if listing is None else models_by(listing)
    except ModelUnusable as error:
        stop(str(error), FAILED)
    unknown = [name for name in names or () if name not in known]
    if unknown:
        stop(f"no model is called {', '.join(unknown)}; there are: {', '.join(known)}", BAD_INPUT)
    return known


def print_json(folder: Path, rows: Iterable[object]) -> None:
    """What these commands say to programs."""
    typer.echo(json.dumps({"folder": str(folder), "models": list(rows)}, ensure_ascii=False, indent=2))


def _none_in(folder: Path) -> str:
    return f"no model is in {folder}; fetch them: storebox models fetch"
