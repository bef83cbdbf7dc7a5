"""Runs models once before they take the place of those that work: a right digest says that a file is the one that was meant, not
that this version of storebox can run it.

    python -m models.trial DIR LIST NAME...     LIST (JSON) counts before what the folder says
        stdout: the name of each as it is tried; stderr: why one cannot be used, and exit code 2

Each is loaded as the process that will use it loads it, and is shown a picture. It takes seconds and hundreds of MB, so it is a
process of its own.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from contextlib import closing, suppress
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from models.manifest import OF_THE_STORE, ModelUnusable, models_of

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Picture = NDArray[np.uint8]

UNUSABLE = 2
WIDTH_PX, HEIGHT_PX = 640, 360
UNIT_WITHIN = 1e-3


def main(words: Sequence[str]) -> int:
    """Try the models that are named, until one cannot be used."""
    from models.offline import NetworkStays, leave_network

    models_dir, listing, *names = words
    # Where it stays, what needs it gone refuses by itself.
    with suppress(NetworkStays):
        leave_network()
    with TemporaryDirectory() as folder:
        _lay_out(Path(folder), Path(models_dir).absolute(), Path(listing))
        try:
            for name in names:
                sys.stdout.write(f"{name}\n")
                sys.stdout.flush()
                _run(name, Path(folder))
        except ModelUnusable as error:
            sys.stderr.write(f"{error}\n")
            return UNUSABLE
    return 0


def _lay_out(folder: Path, models_dir: Path, listing: Path) -> None:
    """The folder as it will be: the list in its place, and beside it the files where they are."""
    (folder / OF_THE_STORE).write_bytes(listing.read_bytes())
    for model in models_of(folder).values():
        for file in model.files:
            with suppress(FileExistsError):  # two models may share a file
                (folder / file.name).symlink_to(models_dir / file.name)


def _run(name: str, folder: Path) -> None:
    import numpy as np

    picture = np.full((HEIGHT_PX, WIDTH_PX, 3), 114, np.uint8)
    match name:
        case "yolox-nano" | "ssd-mobilenet-v2":
            from models.people import people_detector

            with closing(people_detector(name, folder, 1)) as detector:
                detector.find(picture)
        case "pose-landmarker-full":
            from models.poses import wrist_finder

            with closing(wrist_finder(folder)) as wrists:
                wrists.find(picture)
        case "face-landmarker":
            from models.landmarks import face_finder

            with closing(face_finder(folder)) as finder:
                finder.find(picture, 0)
        case "yunet":
            from models.yunet import Yunet

            with closing(Yunet(name, models_of(folder)[name], folder, 1)) as faces:
                faces.find(picture)
        case "mobilefacenet-onnx":
            _run_vectors(name, folder, picture)


def _run_vectors(name: str, folder: Path, picture: Picture) -> None:
    from models.face_vectors import CROP_PX, MobileFaceNet

    with closing(MobileFaceNet(name, models_of(folder)[name], folder, 1)) as network:
        vector = network.vector(picture[:CROP_PX, :CROP_PX])
    # So written, what is no number is refused too.
    if not abs(vector.like(vector) - 1) < UNIT_WITHIN:
        raise ModelUnusable(f"model {name}: what it says of a picture is no vector; is it made for this version of storebox?")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
