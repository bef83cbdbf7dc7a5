"""``storebox faces evaluate PAIRS.csv|FOLDER``: how well faces are told apart, on pictures whose people are known.

It measures, and switches nothing on: that is for the settings, after somebody has read what it says.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from edge.cli.exits import BAD_INPUT, FAILED, stop
from edge.cli.models import ModelsDir, folder_to_run_from
from edge.cli.options import SETTINGS_FILE, SettingsFile

if TYPE_CHECKING:
    from models.face_evaluation import Compared, Figures


def evaluate(
    pictures: Annotated[
        Path, typer.Argument(metavar="PAIRS.csv|FOLDER", help="A folder with a folder of pictures for each person, or pairs.")
    ],
    *,
    histogram: Annotated[
        Path | None, typer.Option("--histogram", metavar="FILE", help="Draw the cosines into this PNG; nothing else is written.")
    ] = None,
    threads: Annotated[int, typer.Option("--threads", min=1, max=8, help="The cores that the model may use.")] = 1,
    models_dir: ModelsDir = None,
    settings: SettingsFile = SETTINGS_FILE,
    as_json: Annotated[bool, typer.Option("--json", help="Print one line of JSON.")] = False,
) -> None:
    """Compare pictures of people who are known, and print how often faces are told apart rightly."""
    import msgspec

    from models.face_evaluation import figures
    from models.unstated import UNSTATED

    folder = folder_to_run_from(models_dir, settings)
    compared = _compared(pictures, folder, threads)
    found = figures(compared)
    if histogram is not None:
        _draw(compared, histogram)
    typer.echo(UNSTATED, err=True)
    if as_json:
        typer.echo(msgspec.json.encode(found).decode())
    else:
        _show(pictures, found)


def _compared(pictures: Path, models_dir: Path, threads: int) -> Compared:
    from contextlib import closing

    import cv2

    from models.face_evaluation import compare
    from models.face_pictures import BadPictures, album
    from models.faces import face_reader
    from models.manifest import ModelUnusable

    cv2.setNumThreads(1)
    try:
        known = album(pictures)
    except BadPictures as error:
        stop(str(error), BAD_INPUT)
    try:
        reader = face_reader(models_dir, threads)
    except ModelUnusable as error:
        stop(str(error), FAILED)
    try:
        with closing(reader):
            return compare(known, reader.read)
    except BadPictures as error:
        stop(str(error), BAD_INPUT)


def _draw(compared: Compared, path: Path) -> None:
    from models.face_histogram import histogram
    from models.face_match import THRESHOLD

    content = histogram(compared.of_pairs(same=True), compared.of_pairs(same=False), THRESHOLD)
    try:
        path.write_bytes(content)
    except OSError as error:
        stop(f"{path} cannot be written: {error.strerror}", FAILED)


def _show(pictures: Path, found: Figures) -> None:
    from edge.cli.tables import row_table, show

    of = f"{found.people} people, {found.images} images"
    same, different = f"{found.same_pairs} pairs of one person", f"{found.different_pairs} of two"
    at = f"at threshold {found.threshold:.2f}"
    asking = found.images - found.people
    rows = [
        (f"same person accepted, TAR {at}", found.tar, same),
        (f"another accepted, FAR {at}", found.far, f"{found.different_pairs} pairs of two people"),
        ("TAR at FAR 1e-2", found.tar_at_far_1e_2, f"{same}, {different}{_too_few(found, 100)}"),
        ("TAR at FAR 1e-3", found.tar_at_far_1e_3, f"{same}, {different}{_too_few(found, 1000)}"),
        ("nearest is right, rank 1", found.rank_1, f"{asking} pictures, 1 enrolled of each; mean of {found.splits} draws"),
        (
            f"strangers accepted, FPIR at threshold {found.gallery_threshold:.2f}",
            found.fpir,
            f"{_split(found)}; worst split {found.fpir_worst:.4f}",
        ),
    ]
    gated = ", ".join(f"{count} {reason}" for reason, count in found.gated.items()) or "none"
    show(f"{pictures}: {of}; not read and counted as missed: {gated}", "")
    table = [{"figure": name, "is": f"{value:.4f}", "measured on": f"{of}: {what}"} for name, value, what in rows]
    show(row_table(("figure", "is", "measured on"), table))


def _split(found: Figures) -> str:
    return f"{found.gallery} members, {found.people - found.gallery} strangers, mean of {found.splits} splits"


def _too_few(found: Figures, pairs: int) -> str:
    """What has to be said where fewer pairs were compared than the rate needs."""
    return "" if found.different_pairs >= pairs else f"; too few, {pairs} would be needed"
