"""``storebox vision status``: how the cameras that count are looked at now.

``storebox vision evaluate CLIP TRUTH.json``: how well this box counts, on a clip in which a person has counted.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from edge.cli.daemon import ask_json
from edge.cli.exits import BAD_INPUT, FAILED, stop
from edge.cli.models import ModelsDir, folder_to_run_from
from edge.cli.options import CONTROL_SOCKET, SETTINGS_FILE, ControlSocket, Json, SettingsFile

if TYPE_CHECKING:
    from edge.vision.evaluate import Evaluation


def status(socket: ControlSocket = CONTROL_SOCKET, as_json: Json = False) -> None:
    """Show the cameras that count, the models and the inference process."""
    import msgspec

    from edge.cli.tables import show, vision_lines

    vision = ask_json(socket, "GET", "/api/status")["vision"]
    if as_json:
        typer.echo(msgspec.json.encode(vision).decode())
    else:
        show(*(vision_lines(vision) or ["no camera counts: name some in [vision] cameras"]))


def evaluate(
    clip: Annotated[Path, typer.Argument(metavar="CLIP", help="A video file.")],
    truth_file: Annotated[
        Path, typer.Argument(metavar="TRUTH.json", help="What a person saw in it; docs/vision.md has the form.")
    ],
    *,
    fps: Annotated[
        float | None,
        typer.Option("--fps", min=0.5, max=15, help="Pictures a second to look at; without it the clip's own, up to 15."),
    ] = None,
    detector: Annotated[
        str, typer.Option("--detector", metavar="NAME", help="The model that finds people; auto takes the best that is there.")
    ] = "auto",
    threads: Annotated[int, typer.Option("--threads", min=1, max=8, help="The cores that the model may use.")] = 1,
    models_dir: ModelsDir = None,
    settings: SettingsFile = SETTINGS_FILE,
    as_json: Annotated[bool, typer.Option("--json", help="Print one line of JSON.")] = False,
) -> None:
    """Count in a clip whose truth is known, as the box does, and print how far both agree."""
    import msgspec

    figures = _evaluated(clip, truth_file, folder_to_run_from(models_dir, settings), detector=detector, threads=threads, fps=fps)
    if figures.labelled_clip is False:
        typer.echo(
            f"{clip}: has another digest than the clip that was labelled; the figures hold only if it shows the same", err=True
        )
    if as_json:
        typer.echo(msgspec.json.encode(figures).decode())
    else:
        _show(figures)


def _evaluated(clip: Path, truth_file: Path, models_dir: Path, *, detector: str, threads: int, fps: float | None) -> Evaluation:
    """The figures; ends the command when they cannot be had."""
    from contextlib import closing

    import cv2

    from edge.vision.clip import NoClip
    from edge.vision.evaluate import evaluate as run
    from edge.vision.truth import BadTruth, read_truth
    from models.manifest import ModelUnusable
    from models.people import people_detector

    cv2.setNumThreads(1)
    try:
        truth = read_truth(truth_file)
    except BadTruth as error:
        stop(str(error), BAD_INPUT)
    try:
        people = people_detector(detector, models_dir, threads)
    except ModelUnusable as error:
        stop(str(error), FAILED)
    try:
        with closing(people):
            return run(clip, truth, people, fps)
    except (NoClip, BadTruth) as error:
        stop(str(error), BAD_INPUT)


def _show(figures: Evaluation) -> None:
    from edge.cli.tables import row_table, show

    crossings, dwell, people = figures.crossings, figures.dwell, figures.people
    rows = [
        {"": way, "truth": truth, "counted": counted}
        for way, truth, counted in (
            ("in", crossings.truth_in, crossings.counted_in),
            ("out", crossings.truth_out, crossings.counted_out),
            ("all", crossings.truth, crossings.counted),
        )
    ]
    show(f"{figures.clip}, {figures.frames} pictures at {figures.fed_fps:g} a second, {figures.model}", "")
    show(row_table(("", "truth", "counted"), rows), "")
    show(
        f"crossings: {crossings.matched} of {crossings.truth} right, precision {crossings.precision:.3f},"
        f" recall {crossings.recall:.3f}, F1 {crossings.f1:.3f}, net error {100 * crossings.net_error:.1f} %,"
        f" {crossings.doubled} counted twice"
    )
    for what, some in (("missed", crossings.missed), ("not in the truth", crossings.extra)):
        if some:
            show(f"  {what}: " + ", ".join(f"{each.direction} at frame {each.frame}" for each in some))
    if dwell.truth:
        off = "" if dwell.mae_s is None else f", {dwell.mae_s:.2f} s off in the mean"
        show(f"visits: {dwell.matched} of {dwell.truth} found{off}")
    if people.mae is not None:
        show(f"people in a picture: {people.mae:.2f} off in the mean of {people.frames}")
    show(f"{figures.cpu_ms_per_frame:.1f} ms of CPU a picture; this machine could do {figures.fps:.0f} pictures a second")
