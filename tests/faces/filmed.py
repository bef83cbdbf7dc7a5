"""Enrols somebody who was filmed, by the models that are shipped, and says what came of it; without a network.

    python -m tests.faces.filmed MODELS_DIR HEAD PHOTO       ->  {"a head": "enrolled", "somebody else": "changed", …}

HEAD and PHOTO are those of ``tests.models.challenge_clips``.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterable
from contextlib import closing
from pathlib import Path

import cv2
import numpy as np

from edge.faces.camera import Taken
from edge.faces.enrolling import Enrolling
from edge.faces.key import KEY_BYTES
from edge.faces.vault import Vault
from edge.faces.words import Enrol, Enrolled, Said, Unenrolled
from models.face_gallery import Gallery
from models.face_vectors import FaceVector
from models.faces import FaceReader, face_reader
from models.landmarks import face_finder
from models.offline import leave_network
from tests.models.challenge_clips import ASKED, FRAME_NS, FRONT, Picture, acted, pictures, points_of, with_eyes_shut

ASK = Enrol(request="e-1", camera="cam-1", member="m-1", template="t-1", within_ms=60_000)
AWAY = 27
"""So many pictures until the second turn is done."""

LIKE = (8, 19)
"""Other pictures in which the head looks nearly here."""


def enrolled(film: Iterable[Picture], reader: FaceReader, vault: Vault, models_dir: Path) -> Said:
    enrolling = Enrolling(ASK, Gallery(), vault=vault, finder=face_finder(models_dir), moves=ASKED, now_ns=0)
    for number, picture in enumerate(film):
        *_, last = (None, *enrolling.see(Taken(pixels=picture, at_ns=number * FRAME_NS), reader))
        if enrolling.over and last is not None:
            return last
    return enrolling.end("timeout")


def somebody_else(film: list[Picture], photo: Picture, models_dir: Path) -> list[Picture]:
    """On the way back from the second turn another face looks out of the same place, as large."""
    theirs, ours = points_of(photo, models_dir)[:, :2], points_of(film[0], models_dir)[:, :2]
    scale = np.ptp(ours[:, 1]) / np.ptp(theirs[:, 1])
    by = ours.mean(axis=0) - scale * theirs.mean(axis=0)
    size = (film[0].shape[1], film[0].shape[0])
    other = cv2.warpAffine(photo, np.array(((scale, 0, by[0]), (0, scale, by[1]))), size, flags=cv2.INTER_AREA)
    return [*film[:AWAY], *[np.asarray(other, np.uint8)] * 20]


def main(models_dir: Path, film: Path, photo: Path) -> None:
    cv2.setNumThreads(1)
    leave_network()
    head, other = pictures(film), np.asarray(cv2.imread(str(photo)), np.uint8)
    vault = Vault(os.urandom(KEY_BYTES), "shipped")
    whole = list(acted(head, with_eyes_shut(head[FRONT], points_of(head[FRONT], models_dir)), ASKED))
    with closing(face_reader(models_dir, 1)) as reader:
        first = enrolled(whole, reader, vault, models_dir)
        second = enrolled(somebody_else(whole, other, models_dir), reader, vault, models_dir)
        said: dict[str, object] = {"a head": str(first), "somebody else": str(second)}
        if isinstance(first, Enrolled) and isinstance(second, Unenrolled):
            template = vault.opened(first.template)
            seen = [reader.read(each) for each in (*(head[number] for number in LIKE), other)]
            cosines = [template.like(each) for each in seen if isinstance(each, FaceVector)]
            said = {"a head": "enrolled", "like": [round(each, 2) for each in cosines], "somebody else": second.why}
    sys.stdout.write(json.dumps(said))


if __name__ == "__main__":
    main(*map(Path, sys.argv[1:]))
