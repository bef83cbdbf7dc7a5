"""A camera counts as watching while its pictures come, and not for a moment longer."""

from __future__ import annotations

from edge.vision.counts import Watched
from edge.vision.watching import Watching
from edge.vision.words import CameraFigures

SECOND = 1_000_000_000


def figures(pictures: int, newest_s: float, processed: int = 0, skipped: int = 0, starved: int = 0) -> CameraFigures:
    return CameraFigures(
        pictures=pictures, processed=processed, skipped=skipped, starved=starved, newest_ns=int(newest_s * SECOND)
    )


def look(watching: Watching, told: CameraFigures) -> Watched | None:
    return watching.since_last({"cam-1": told}).get("cam-1")


def test_the_time_between_pictures_is_watched() -> None:
    watching = Watching()
    look(watching, figures(5, 100.0, processed=5))
    assert look(watching, figures(10, 101.0, processed=9, skipped=1)) == Watched(watched_ms=1_000, processed=4, skipped=1)


def test_a_camera_that_brings_nothing_is_not_watching() -> None:
    watching = Watching()
    look(watching, figures(5, 100.0))
    assert look(watching, figures(5, 100.0)) is None
    assert look(watching, figures(6, 160.0, processed=1)) == Watched(processed=1), "a minute without pictures is a gap"
    assert look(watching, figures(7, 161.0, processed=1)) == Watched(watched_ms=1_000)


def test_the_first_picture_says_nothing_of_the_time_before_it() -> None:
    assert look(Watching(), figures(3, 2.5, processed=3, starved=1)) == Watched(processed=3, starved=1)


def test_a_process_that_began_anew_counts_from_nothing() -> None:
    watching = Watching()
    look(watching, figures(500, 100.0, processed=400))
    assert look(watching, figures(5, 102.0, processed=4)) == Watched(watched_ms=2_000, processed=4)


def test_a_camera_that_was_away_begins_anew() -> None:
    watching = Watching()
    look(watching, figures(500, 100.0, processed=400))
    assert watching.since_last({}) == {}
    assert look(watching, figures(500, 101.0, processed=4)) == Watched(processed=4)
