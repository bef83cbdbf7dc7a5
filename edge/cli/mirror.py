"""``storebox mirror bench CLIP|PHOTO``: what makeup on a live face costs on this machine, and how good it is there.

``storebox mirror sheet FOLDER OUT.png``: how it looks, on every face in a folder.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from edge.cli.exits import BAD_INPUT, FAILED, stop
from edge.cli.models import ModelsDir, folder_to_run_from
from edge.cli.options import SETTINGS_FILE, SettingsFile

if TYPE_CHECKING:
    from edge.mirror.bench import Figures
    from edge.mirror.bench_clip import ClipFigures


def bench(
    picture: Annotated[Path, typer.Argument(metavar="CLIP|PHOTO", help="One person's face, near enough to be painted.")],
    *,
    frames: Annotated[int, typer.Option("--frames", min=20, max=3000, help="How many pictures are rendered.")] = 120,
    models_dir: ModelsDir = None,
    settings: SettingsFile = SETTINGS_FILE,
    as_json: Annotated[bool, typer.Option("--json", help="Print one line of JSON.")] = False,
) -> None:
    """Measure the mirror beside a plain loop of OpenCV and mediapipe: time, steadiness, colour."""
    import cv2
    import msgspec

    from edge.mirror.bench import NoFace, run
    from edge.mirror.bench_pictures import NoPicture, clip_of
    from models.manifest import ModelUnusable

    cv2.setNumThreads(1)
    folder = folder_to_run_from(models_dir, settings)
    try:
        clip = clip_of(picture)
    except NoPicture as error:
        stop(str(error), BAD_INPUT)
    _go_offline()
    try:
        figures = run(clip, folder, frames)
    except ModelUnusable as error:
        stop(str(error), FAILED)
    except NoFace as error:
        stop(f"{picture}: {error}", BAD_INPUT)
    if as_json:
        typer.echo(msgspec.json.encode(figures).decode())
    else:
        _show(figures)


def sheet(
    folder: Annotated[Path, typer.Argument(metavar="FOLDER", help="Photos and clips of faces.")],
    out: Annotated[Path, typer.Argument(metavar="OUT.png", help="The picture to write.")],
    *,
    models_dir: ModelsDir = None,
    settings: SettingsFile = SETTINGS_FILE,
) -> None:
    """Paint every face of a folder with four products in three finishes, side by side in one picture to be looked at."""
    import cv2

    from edge.mirror.bench_sheet import NothingToShow, sheet_of
    from models.manifest import ModelUnusable

    cv2.setNumThreads(1)
    models = folder_to_run_from(models_dir, settings)
    if out.suffix.lower() not in (".png", ".jpg") or not out.parent.is_dir():
        stop(f"{out}: is no place for a picture; name a .png or .jpg in a folder that is there", BAD_INPUT)
    _go_offline()
    try:
        picture = sheet_of(folder, models, lambda why: typer.echo(why, err=True))
    except ModelUnusable as error:
        stop(str(error), FAILED)
    except NothingToShow as error:
        stop(str(error), BAD_INPUT)
    if not cv2.imwrite(str(out), picture):
        stop(f"{out}: could not be written", FAILED)
    typer.echo(f"{out}: {picture.shape[1]} × {picture.shape[0]}")


def _go_offline() -> None:
    from models.offline import NetworkStays, leave_network

    try:
        leave_network()
    except NetworkStays as error:
        stop(str(error), FAILED)


def _show(figures: Figures) -> None:
    from edge.cli.tables import row_table, show
    from edge.mirror.bench_colour import EVEN_L

    plain = figures.plain
    rows = [
        {"": what, "mirror": f"{ours:g}", "plain loop": theirs if theirs is None else f"{theirs:g}", "promised": promised}
        for what, ours, theirs, promised in (
            ("pictures a second, one core", figures.fps, plain.fps, "≥ 25"),
            ("frame to wire, p95 ms", figures.p95_ms, plain.p95_ms, "≤ 60"),
            ("processor ms a picture", figures.cpu_ms_per_frame, plain.cpu_ms_per_frame, "≤ 40"),
            ("four layers, ms", figures.layers_ms, plain.layers_ms, "≤ 6"),
            ("jitter of a still face, px", figures.jitter_px, plain.jitter_px, "≤ 0.6"),
            ("lag on a turning head, ms", figures.lag_ms, None, "≤ 50"),
            ("lip against swatch, ΔE00", figures.delta_e00, plain.delta_e00, "≤ 6"),
            ("that of the worst swatch", figures.worst_e00, None, ""),
            ("spread of the bare lip, L*", figures.bare_l, None, ""),
            ("how much of it stays", figures.deviation, plain.deviation, "≥ 0.7" if figures.bare_l <= EVEN_L else "hard light"),
            ("how much of its folds stays", figures.texture, plain.texture, "≥ 0.7"),
            ("teeth changed by ΔE00", figures.teeth_e00, None, "≤ 1"),
            ("eyes changed by ΔE00", figures.eyes_e00, None, "≤ 1"),
            ("background changed by ΔE00", figures.background_e00, None, "≤ 1"),
        )
        if ours is not None
    ]
    show(row_table(("", "mirror", "plain loop", "promised"), [*rows, *_moving(figures.clip)]))


def _moving(clip: ClipFigures | None) -> list[dict[str, str | None]]:
    if clip is None:
        return []
    told = (
        ("its head turned by at most, °", clip.turned_deg, ""),
        ("lag on its head, ms", clip.lag_ms, "≤ 50"),
        ("points beside its face, px", clip.stray_px, ""),
        ("part of its pictures with lipstick", clip.worn, ""),
        ("flicker of its lips, ΔE00", clip.flicker_e00, ""),
        ("that of its bare lips", clip.bare_flicker_e00, ""),
    )
    return [{"": what, "mirror": f"{value:g}", "plain loop": None, "promised": promised} for what, value, promised in told]
