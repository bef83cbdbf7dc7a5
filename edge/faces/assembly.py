"""From the settings of a box to the part that recognises members by face, or to none."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

import structlog

from config.schema import Settings
from drivers.wires.pictures import Pictures
from edge.faces import recognition
from edge.faces.recognition import Recognition
from edge.faces.recording import Recording
from edge.faces.standing import Standing
from edge.faces.stored import StoredTemplates
from edge.host.credentials import credential
from edge.shop_desk import ShopDesk
from edge.status import Board
from models.unstated import UNSTATED

log = structlog.get_logger()

KEY = "face-key"


def recognition_of(
    settings: Callable[[], Settings],
    data_dir: Path,
    environ: Mapping[str, str],
    *,
    pictures: Pictures,
    desk: ShopDesk,
    board: Board,
) -> Recognition | None:
    """What ``settings()`` want at the start; without a purpose and an assessment in them there is none, nor a trace of one."""
    wanted = settings()
    if not wanted.faces.configured:
        return None
    log.warning(f"members may be recognised by face. {UNSTATED}", assessment=wanted.faces.assessment)
    return Recognition(
        settings=settings,
        key_file=wanted.faces.key_file or credential(KEY, environ),
        models_dir=wanted.vision.models_dir or data_dir / "models",
        pictures=pictures,
        stored=StoredTemplates(desk=desk),
        recording=Recording(desk=desk),
        standing=Standing(board=board),
        program=recognition.PROGRAM,
        threads=wanted.vision.threads,
    )
