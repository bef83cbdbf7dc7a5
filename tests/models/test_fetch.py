"""Files come from the first source that has the right bytes; whatever goes wrong, none that is wrong or half gets its name."""

from __future__ import annotations

import os
import stat
from collections.abc import Sequence
from pathlib import Path

import pytest

from models.fetch import Mirror, MirrorUnusable, Outcome, fetch_models, unserved
from models.manifest import Model, Upstream
from models.part import FolderUnusable, Part
from tests.models.conftest import NAME, TINY, Shelf, file_of, model_of, parts

NOWHERE = Upstream(url="http://127.0.0.1:9/models")
OTHER = bytes(reversed(TINY))


async def fetch(folder: Path, model: Model, mirror: str = "", *, mirror_only: bool = False) -> Outcome:
    [outcome] = await fetch_models(
        {"tiny": model}, ["tiny"], folder, Mirror.at(mirror) if mirror else None, mirror_only=mirror_only
    )
    return outcome


@pytest.fixture
def stick(tmp_path: Path) -> Path:
    """A folder with the file under its name."""
    folder = tmp_path / "stick"
    folder.mkdir()
    (folder / NAME).write_bytes(TINY)
    return folder


async def test_a_folder_is_asked_before_all_others(tmp_path: Path, stick: Path, shelf: Shelf) -> None:
    outcome = await fetch(tmp_path / "models", model_of(file_of(TINY, Upstream(url=shelf.url))), str(stick))
    assert outcome == Outcome(model="tiny", brought=((NAME, f"mirror {stick}"),))
    assert (tmp_path / "models" / NAME).read_bytes() == TINY
    assert shelf.ranges == []


async def test_whoever_fetches_the_box_can_read_it(tmp_path: Path, stick: Path) -> None:
    before = os.umask(0o077)
    try:
        await fetch(tmp_path / "models", model_of(file_of(TINY)), str(stick))
    finally:
        os.umask(before)
    assert stat.S_IMODE((tmp_path / "models" / NAME).stat().st_mode) == 0o644


async def test_what_is_there_and_intact_stays(tmp_path: Path, stick: Path) -> None:
    assert await fetch(stick, model_of(file_of(TINY, NOWHERE))) == Outcome(model="tiny")
    assert parts(stick) == [NAME]


async def test_what_is_there_and_damaged_is_replaced(tmp_path: Path, shelf: Shelf) -> None:
    (tmp_path / NAME).write_bytes(OTHER)
    assert (await fetch(tmp_path, model_of(file_of(TINY, Upstream(url=shelf.url))))).problem == ""
    assert (tmp_path / NAME).read_bytes() == TINY


async def test_a_source_with_another_file_is_passed_over(tmp_path: Path, stick: Path, shelf: Shelf) -> None:
    (stick / NAME).write_bytes(OTHER)
    outcome = await fetch(tmp_path / "models", model_of(file_of(TINY, Upstream(url=shelf.url))), str(stick))
    assert outcome.brought == ((NAME, shelf.url),)
    assert (tmp_path / "models" / NAME).read_bytes() == TINY


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (OTHER, "its SHA-256 is 346a578a87cffc25… instead of e96760a87768717b…"),
        (TINY[:-1], "it has 10239 bytes instead of 10240"),
        (TINY + b"\0", "it has more than 10240 bytes"),
    ],
)
async def test_a_mirror_with_another_file_is_told_of_and_nothing_is_left(
    tmp_path: Path, stick: Path, content: bytes, says: str
) -> None:
    (stick / NAME).write_bytes(content)
    outcome = await fetch(tmp_path / "models", model_of(file_of(TINY)), str(stick))
    assert f"{NAME} is nowhere to be had: mirror {stick}: {says}" in outcome.problem
    assert parts(tmp_path / "models") == []


async def test_every_source_that_failed_is_named(tmp_path: Path, stick: Path, shelf: Shelf) -> None:
    (stick / NAME).unlink()
    shelf.status = 404
    outcome = await fetch(tmp_path / "models", model_of(file_of(TINY, Upstream(url=shelf.url), NOWHERE)), str(stick))
    first, second, third = outcome.problem.removeprefix(f"{NAME} is nowhere to be had: ").split("; ")
    assert first == f"mirror {stick}: {NAME} cannot be read: No such file or directory"
    assert second == f"{shelf.url}: it answers 404 Not Found"
    assert third.startswith("http://127.0.0.1:9/models: no answer: Cannot connect to host 127.0.0.1:9")
    assert parts(tmp_path / "models") == []


async def test_whoever_waits_hears_what_is_asked(tmp_path: Path, stick: Path, shelf: Shelf) -> None:
    (stick / NAME).unlink()
    heard: list[str] = []
    models = {"tiny": model_of(file_of(TINY, Upstream(url=shelf.url)))}
    await fetch_models(models, (), tmp_path / "models", Mirror.at(str(stick)), tell=heard.append)
    assert heard == [f"{NAME}, 0.0 MB, from mirror {stick} …", f"{NAME}, 0.0 MB, from {shelf.url} …"]


async def test_a_file_without_a_source_says_so(tmp_path: Path) -> None:
    outcome = await fetch(tmp_path, model_of(file_of(TINY)))
    assert outcome.problem == f"{NAME} is nowhere to be had: no source is known"


async def test_from_a_named_folder_means_from_nowhere_else(tmp_path: Path, stick: Path, shelf: Shelf) -> None:
    (stick / NAME).unlink()
    model = model_of(file_of(TINY, Upstream(url=shelf.url)))
    assert (await fetch(tmp_path / "models", model, str(stick), mirror_only=True)).problem
    assert shelf.ranges == []


async def test_a_mirror_on_the_web_has_the_files_by_their_names(tmp_path: Path, shelf: Shelf) -> None:
    outcome = await fetch(tmp_path, model_of(file_of(TINY)), f"{shelf.url}/")
    assert outcome.brought == ((NAME, f"mirror {shelf.url}/"),)


async def test_the_password_of_a_mirror_is_told_nobody(tmp_path: Path, shelf: Shelf) -> None:
    shelf.status = 403
    outcome = await fetch(tmp_path, model_of(file_of(TINY)), shelf.url.replace("//", "//me:secret@") + "?key=secret")
    assert "it answers 403 Forbidden" in outcome.problem
    assert "secret" not in outcome.problem


async def test_a_broken_line_is_gone_on_with(tmp_path: Path, shelf: Shelf) -> None:
    shelf.breaks_after = 4000
    model = model_of(file_of(TINY, Upstream(url=shelf.url)))
    outcome = await fetch(tmp_path, model)
    assert f"{shelf.url}: no answer: " in outcome.problem
    assert NAME not in parts(tmp_path)
    shelf.breaks_after = None
    assert (await fetch(tmp_path, model)).problem == ""
    assert (tmp_path / NAME).read_bytes() == TINY
    assert shelf.ranges == ["", "bytes=4000-"]
    assert parts(tmp_path) == [NAME]


async def test_a_server_that_begins_again_is_followed(tmp_path: Path, shelf: Shelf) -> None:
    file = file_of(TINY, Upstream(url=shelf.url))
    (tmp_path / f".{file.sha256[:16]}.part").write_bytes(TINY[:4000])
    shelf.knows_ranges = False
    assert (await fetch(tmp_path, model_of(file))).problem == ""
    assert shelf.ranges == ["bytes=4000-"]


async def test_remains_of_another_file_are_given_up(tmp_path: Path, shelf: Shelf) -> None:
    file = file_of(TINY, Upstream(url=shelf.url))
    (tmp_path / f".{file.sha256[:16]}.part").write_bytes(OTHER[:4000])
    assert (await fetch(tmp_path, model_of(file))).problem == ""
    assert shelf.ranges == ["bytes=4000-", ""]


async def test_a_server_with_less_than_is_there_already_is_asked_anew(tmp_path: Path, shelf: Shelf) -> None:
    file = file_of(TINY, Upstream(url=shelf.url))
    (tmp_path / f".{file.sha256[:16]}.part").write_bytes(TINY[:9000])
    shelf.content = TINY[:9000]
    outcome = await fetch(tmp_path, model_of(file))
    assert outcome.problem.endswith("it has 9000 bytes instead of 10240")
    assert shelf.ranges == ["bytes=9000-", ""]
    assert parts(tmp_path) == []


async def test_a_line_that_brings_nothing_is_given_up(tmp_path: Path, shelf: Shelf, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("models.download.PROGRESS_S", 0.2)
    shelf.hangs = True
    outcome = await fetch(tmp_path, model_of(file_of(TINY, Upstream(url=shelf.url))))
    assert outcome.problem.startswith(f"{NAME} is nowhere to be had: {shelf.url}: no answer: Timeout on reading data from socket")


async def test_a_server_with_another_file_is_not_listened_to_for_long(tmp_path: Path, shelf: Shelf) -> None:
    shelf.content = TINY * 2
    outcome = await fetch(tmp_path, model_of(file_of(TINY, Upstream(url=shelf.url))))
    assert outcome.problem.endswith("it has 20480 bytes instead of 10240")


async def test_a_server_that_does_not_end_cannot_fill_the_disk(tmp_path: Path, shelf: Shelf) -> None:
    shelf.content, shelf.chunked = TINY * 2, True
    outcome = await fetch(tmp_path, model_of(file_of(TINY, Upstream(url=shelf.url))))
    assert outcome.problem.endswith("it has more than 10240 bytes")
    assert parts(tmp_path) == []


async def test_a_full_disk_is_told_of_and_nothing_half_is_left(tmp_path: Path, stick: Path) -> None:
    file, folder = file_of(TINY), tmp_path / "models"
    folder.mkdir()
    # The kernel's own disk that is always full.
    (folder / f".{file.sha256[:16]}.part").symlink_to("/dev/full")
    with pytest.raises(FolderUnusable, match=rf"^no space in {folder}: {NAME} needs 0\.0 MB; make room$"):
        await fetch(folder, model_of(file), str(stick))
    assert NAME not in parts(folder)


async def test_a_folder_that_cannot_be_written_is_told_of(tmp_path: Path, stick: Path) -> None:
    folder = stick / NAME / "models"
    with pytest.raises(FolderUnusable) as told:
        await fetch(folder, model_of(file_of(TINY)), str(stick))
    assert str(told.value) == f"{folder} cannot be written: Not a directory; use another account or --models-dir"


async def test_two_that_fetch_at_once_do_not_write_into_each_other(tmp_path: Path, stick: Path) -> None:
    file = file_of(TINY)
    with Part(tmp_path, file), pytest.raises(FolderUnusable) as told:
        await fetch(tmp_path, model_of(file), str(stick))
    assert str(told.value) == f"{NAME} is being fetched already, by another storebox; let that end"


def test_a_part_is_used_while_it_is_held(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="a part is used inside its `with`"):
        Part(tmp_path, file_of(TINY)).append(b"x")


@pytest.mark.parametrize(
    ("place", "says"),
    [
        ("/no/such/folder", "/no/such/folder is no folder: name the one that has the files of the models, or an http address"),
        ("ftp://mirror/models", "ftp://mirror/models: models come from a folder, or by http or https"),
        ("http://[", "http://[ is no address: Invalid IPv6 URL"),
    ],
)
def test_what_can_be_no_mirror_is_refused(place: str, says: str) -> None:
    with pytest.raises(MirrorUnusable) as told:
        Mirror.at(place)
    assert str(told.value) == says


def known(*, best_has_a_source: bool, stick: Path) -> dict[str, Model]:
    """The best model, its fallback, one for later."""
    (stick / "b.onnx").write_bytes(OTHER)
    (stick / "c.onnx").write_bytes(OTHER)
    best = file_of(TINY, name=NAME if best_has_a_source else "a.onnx")
    return {
        "best": model_of(best),
        "second": model_of(file_of(OTHER, name="b.onnx"), fetch="fallback"),
        "later": model_of(file_of(OTHER, name="c.onnx"), fetch="asked", task="poses"),
    }


@pytest.mark.parametrize(("best_has_a_source", "brought"), [(True, ["best"]), (False, ["second"])])
async def test_without_names_a_fallback_comes_only_in_place_of_the_best(
    tmp_path: Path, stick: Path, best_has_a_source: bool, brought: Sequence[str]
) -> None:
    models = known(best_has_a_source=best_has_a_source, stick=stick)
    outcomes = await fetch_models(models, (), tmp_path / "models", Mirror.at(str(stick)))
    assert [outcome.model for outcome in outcomes if outcome.brought] == brought
    assert unserved(models, outcomes, named=False) == []


async def test_where_nothing_stands_in_the_best_is_missed(tmp_path: Path, stick: Path) -> None:
    models = known(best_has_a_source=False, stick=stick)
    (stick / "b.onnx").unlink()
    outcomes = await fetch_models(models, (), tmp_path / "models", Mirror.at(str(stick)))
    assert [outcome.model for outcome in unserved(models, outcomes, named=False)] == ["best", "second"]


async def test_a_model_that_was_named_is_missed_whatever_stands_in(tmp_path: Path, stick: Path) -> None:
    models = known(best_has_a_source=False, stick=stick)
    outcomes = await fetch_models(models, ["best", "second"], tmp_path / "models", Mirror.at(str(stick)))
    assert [outcome.model for outcome in unserved(models, outcomes, named=True)] == ["best"]
