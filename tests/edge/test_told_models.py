"""Models that headquarters wants are fetched by a process of their own and count when all are here; till then the last do."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

import pytest

from edge.bringing_models import FETCH
from edge.told_models import ALARM
from models.manifest import shipped_models
from tests.edge.model_headquarters import NEEDED, Headquarters, a_program, running, until


async def test_models_count_when_their_files_are_there(headquarters: Headquarters) -> None:
    headquarters.publish(1, "first")
    async with running(headquarters.told()):
        await headquarters.say(1, "first")
        await until(lambda: headquarters.renewed)
    assert headquarters.used() == {f"{name}-1.bin" for name in NEEDED}
    assert sorted(path.name for path in headquarters.folder.iterdir()) == [
        "manifest.json",
        "pose-landmarker-full-1.bin",
        "yolox-nano-1.bin",
    ]
    # After a restart nothing is new, but what got lost meanwhile is fetched again.
    (headquarters.folder / "yolox-nano-1.bin").unlink()
    async with running(headquarters.told()):
        await until((headquarters.folder / "yolox-nano-1.bin").exists)
        await until(lambda: not (headquarters.folder / "manifest.next.json").exists())
    assert headquarters.renewed == 1


async def test_until_they_can_be_had_the_last_ones_are_used(headquarters: Headquarters) -> None:
    headquarters.publish(1, "first")
    async with running(headquarters.told(again_s=0.1)):
        await headquarters.say(1, "first")
        await until(lambda: headquarters.renewed)
        await headquarters.say(2, "second")
        await headquarters.counter.shown(lambda board: ALARM in board.alarms)
        problem = headquarters.counter.board.alarms[ALARM]
        assert problem.startswith("headquarters' models (version 2) are not all here: yolox-nano-2.bin is nowhere to be had: ")
        assert headquarters.used() == {f"{name}-1.bin" for name in NEEDED}
        headquarters.publish(2, "second")
        await headquarters.counter.shown(lambda board: ALARM not in board.alarms)
    assert headquarters.used() == {f"{name}-2.bin" for name in NEEDED}
    assert headquarters.renewed == 2
    # The disk gets back what nobody knows any more.
    assert not list(headquarters.folder.glob("*-1.bin"))


async def test_a_damaged_list_is_replaced(headquarters: Headquarters) -> None:
    headquarters.publish(1, "first")
    headquarters.folder.mkdir()
    (headquarters.folder / "manifest.json").write_bytes(b"{")
    async with running(headquarters.told()):
        await headquarters.say(1, "first")
        await until(lambda: headquarters.renewed)
    assert headquarters.used() == {f"{name}-1.bin" for name in NEEDED}


@pytest.mark.parametrize(
    ("program", "says"),
    [
        (a_program(complains="first\nno space in /models"), "no space in /models"),
        (a_program(), "storebox models fetch ended without a word"),
        (a_program(waits=True), "not done within 0 s"),
    ],
)
async def test_what_the_fetching_says_last_is_an_alarm(
    headquarters: Headquarters, monkeypatch: pytest.MonkeyPatch, program: Sequence[str], says: str
) -> None:
    if says.startswith("not done"):
        monkeypatch.setattr("edge.bringing_models.FETCHED_WITHIN_S", 0.3)
    async with running(headquarters.told(fetch=program)):
        await headquarters.say(7, "any")
        await headquarters.counter.shown(lambda board: ALARM in board.alarms)
    expected = f"headquarters' models (version 7) are not all here: {says}"
    assert headquarters.counter.board.alarms[ALARM] == expected
    assert headquarters.renewed == 0


async def test_a_folder_that_cannot_be_written_is_an_alarm(headquarters: Headquarters) -> None:
    headquarters.folder.write_text("a file")
    async with running(headquarters.told(fetch=FETCH)):
        await headquarters.say(1, "first")
        await headquarters.counter.shown(lambda board: ALARM in board.alarms)
    told = f"{headquarters.folder} cannot be written: File exists; mend its rights or the disk"
    assert headquarters.counter.board.alarms[ALARM] == told


async def test_a_model_that_somebody_asked_for_is_fetched_anew_and_only_its_process_is_started_anew(
    headquarters: Headquarters,
) -> None:
    (shipped,) = shipped_models()["face-landmarker"].files
    headquarters.folder.mkdir()
    (headquarters.folder / shipped.name).write_bytes(b"old")
    headquarters.files["points.task"] = b"new"
    file = {"name": "points.task", "bytes": 3, "sha256": hashlib.sha256(b"new").hexdigest()}
    models = {"face-landmarker": {"task": "face-landmarks", "licence": "none", "files": [file]}}
    async with running(headquarters.told()):
        await headquarters.tell(1, models)
        await until(lambda: headquarters.faces.renewed)
    assert (headquarters.folder / "points.task").read_bytes() == b"new"
    assert headquarters.renewed == 0


async def test_where_nothing_looks_at_pictures_no_model_is_fetched(headquarters: Headquarters) -> None:
    for version in (1, 2, 3):
        headquarters.publish(version, "content")
    uses, headquarters.counting.uses, headquarters.faces.uses = headquarters.counting.uses, frozenset(), frozenset()
    async with running(headquarters.told()):
        await headquarters.say(1, "content")
        await until(lambda: headquarters.counting.asked)
        looked = headquarters.counting.asked
        await headquarters.say(2, "content")
        await until(lambda: headquarters.counting.asked > looked)  # whatever came of the look before is done
        assert not headquarters.asked
        headquarters.counting.uses = uses
        await headquarters.say(3, "content")
        await until(lambda: {f"{name}-3.bin" for name in NEEDED} <= set(headquarters.asked))
