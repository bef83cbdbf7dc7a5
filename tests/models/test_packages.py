"""A file is taken out of a package by this machine's own pip and npm, from the index that it has set up; nothing is installed."""

from __future__ import annotations

import asyncio
import hashlib
import io
import json
import os
import shutil
import tarfile
import time
import zipfile
from base64 import b64encode
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from models.download import NotBrought
from models.fetch import Outcome, fetch_models
from models.manifest import Model, NodePackage, PythonPackage, Source
from models.packages import Packages
from models.part import Part
from tests.models.conftest import NAME, TINY, file_of, model_of, parts

MEMBER = "tiny_models/models/tiny.onnx"
WHEEL = "Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n"


async def fetch(folder: Path, model: Model) -> Outcome:
    [outcome] = await fetch_models({"tiny": model}, ["tiny"], folder, None)
    return outcome


def make_wheel(folder: Path, name: str = "tiny-models", *, damaged: bool = False) -> None:
    stem = name.replace("-", "_")
    with zipfile.ZipFile(folder / f"{stem}-1.0-py3-none-any.whl", "w") as wheel:
        wheel.writestr(f"{stem}/models/tiny.onnx", TINY)
        wheel.writestr(f"{stem}/models/words.txt", TINY[:100])
        wheel.writestr(f"{stem}-1.0.dist-info/METADATA", f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n")
        wheel.writestr(f"{stem}-1.0.dist-info/WHEEL", WHEEL)
        wheel.writestr(f"{stem}-1.0.dist-info/RECORD", "")
    if damaged:
        content = (folder / f"{stem}-1.0-py3-none-any.whl").read_bytes()
        # The table of contents at its end stays; what it points to does not.
        (folder / f"{stem}-1.0-py3-none-any.whl").write_bytes(content[:30] + b"\xff" * 4000 + content[4030:])


@pytest.fixture
def index(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder that is all that pip knows."""
    folder = tmp_path / "index"
    folder.mkdir()
    for name in [name for name in os.environ if name.startswith("PIP_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("PIP_CONFIG_FILE", os.devnull)
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(folder))
    return folder


async def test_two_files_of_a_wheel_are_taken_out_of_one_download(
    tmp_path: Path, index: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also into a folder that is named from where one is. What is not in it is not."""
    make_wheel(index)
    monkeypatch.chdir(tmp_path)
    wheel = PythonPackage(package="tiny-models==1.0", member=MEMBER)
    words = PythonPackage(package="tiny-models==1.0", member="tiny_models/models/words.txt")
    other = PythonPackage(package="tiny-models==1.0", member="tiny_models/else.onnx")
    files = file_of(TINY, wheel), file_of(TINY[:100], words, name="words.txt"), file_of(TINY[:50], other, name="else.onnx")
    outcome = await fetch(Path("models"), model_of(*files))
    assert outcome.brought == ((NAME, "pip tiny-models==1.0"), ("words.txt", "pip tiny-models==1.0"))
    assert outcome.problem == "else.onnx is nowhere to be had: pip tiny-models==1.0: it has no tiny_models/else.onnx"
    assert (tmp_path / "models" / NAME).read_bytes() == TINY
    assert parts(tmp_path / "models") == [NAME, "words.txt"]


async def test_a_package_that_is_not_there_or_torn_is_passed_over(tmp_path: Path, index: Path) -> None:
    make_wheel(index, "torn-models", damaged=True)
    wrong: tuple[Source, ...] = (
        PythonPackage(package="no-models==1.0", member=MEMBER),
        PythonPackage(package="torn-models==1.0", member="torn_models/models/tiny.onnx"),
    )
    outcome = await fetch(tmp_path / "models", model_of(file_of(TINY, *wrong)))
    first, second = outcome.problem.removeprefix(f"{NAME} is nowhere to be had: ").split("; ")
    assert first.startswith("pip no-models==1.0: ")
    assert "No matching distribution found for no-models==1.0" in first
    assert second.startswith("pip torn-models==1.0: ")
    assert parts(tmp_path / "models") == []


@pytest.fixture
async def registry(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[dict[str, bytes]]:
    """What npm asks: by path, what is there. Another npm than this one is asked for nothing."""
    held: dict[str, bytes] = {}

    async def answer(request: web.Request) -> web.Response:
        if request.path not in held:
            return web.json_response({"error": "Not found"}, status=404)
        return web.Response(body=held[request.path], content_type="application/json" if request.path == "/tiny" else "")

    app = web.Application()
    app.router.add_get("/{path:.*}", answer)
    async with TestServer(app, host="127.0.0.1") as server:
        url = str(server.make_url("")).rstrip("/")
        for name in [name for name in os.environ if name.lower().startswith("npm_config")]:
            monkeypatch.delenv(name)
        monkeypatch.setenv("npm_config_registry", url)
        monkeypatch.setenv("npm_config_userconfig", str(tmp_path / "npmrc"))
        monkeypatch.setenv("npm_config_fetch_retries", "0")
        tarball = make_tarball()
        integrity = f"sha512-{b64encode(hashlib.sha512(tarball).digest()).decode()}"
        version = {"name": "tiny", "version": "1.0.0", "dist": {"tarball": f"{url}/tiny.tgz", "integrity": integrity}}
        whole = {"name": "tiny", "dist-tags": {"latest": "1.0.0"}, "versions": {"1.0.0": version}}
        held |= {"/tiny": json.dumps(whole).encode(), "/tiny.tgz": tarball}
        yield held


def make_tarball() -> bytes:
    raw = io.BytesIO()
    with tarfile.open(fileobj=raw, mode="w:gz") as tarball:
        for name, content in (("package.json", b'{"name": "tiny", "version": "1.0.0"}'), ("assets/tiny.onnx", TINY)):
            entry = tarfile.TarInfo(f"package/{name}")
            entry.size = len(content)
            tarball.addfile(entry, io.BytesIO(content))
        folder = tarfile.TarInfo("package/empty")
        folder.type = tarfile.DIRTYPE
        tarball.addfile(folder)
    return raw.getvalue()


@pytest.mark.skipif(shutil.which("npm") is None, reason="npm is not installed here")
async def test_a_file_is_taken_out_of_a_tarball_of_npm(tmp_path: Path, registry: dict[str, bytes]) -> None:
    """What is not in it, or is a folder there, is not."""
    right, wrong, folder = (
        NodePackage(package="tiny@1.0.0", member=f"package/{member}") for member in ("assets/tiny.onnx", "else.onnx", "empty")
    )
    model = model_of(file_of(TINY, right), file_of(TINY[:10], wrong, folder, name="words.txt"))
    outcome = await fetch(tmp_path / "models", model)
    assert outcome.brought == ((NAME, "npm tiny@1.0.0"),)
    assert outcome.problem == (
        "words.txt is nowhere to be had: npm tiny@1.0.0: it has no package/else.onnx; npm tiny@1.0.0: it has no package/empty"
    )
    assert (tmp_path / "models" / NAME).read_bytes() == TINY
    assert parts(tmp_path / "models") == [NAME]


async def test_a_machine_without_npm_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    source = NodePackage(package="tiny@1.0.0", member="package/assets/tiny.onnx")
    outcome = await fetch(tmp_path / "models", model_of(file_of(TINY, source)))
    assert outcome.problem.endswith("npm tiny@1.0.0: npm is not to be had here: No such file or directory")


async def test_without_room_for_the_package_it_is_not_brought(tmp_path: Path) -> None:
    source = NodePackage(package="tiny@1.0.0", member="package/assets/tiny.onnx")
    with Part(tmp_path, file_of(TINY)) as part, Packages(tmp_path / "gone") as packages, pytest.raises(NotBrought) as told:
        await packages.copy(source, part)
    assert str(told.value) == "no room for it beside the models: No such file or directory"


@pytest.fixture
def a_npm(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], NodePackage]:
    """``a_npm("exit 3")`` puts a line of shell there as npm; what is asked of it is the test's source."""
    program = tmp_path / "bin" / "npm"
    program.parent.mkdir()
    monkeypatch.setenv("PATH", f"{program.parent}:{os.environ['PATH']}")

    def put(does: str) -> NodePackage:
        program.write_text(f"#!/bin/sh\n{does}\n")
        program.chmod(0o755)
        return NodePackage(package="tiny@1.0.0", member="package/assets/tiny.onnx")

    return put


JUNK = "for word in $*; do case $word in --pack*) echo junk > ${word#*=}/x.tgz;; esac; done"


@pytest.mark.parametrize(
    ("does", "says"),
    [
        ("exit 0", "0 packages came of it instead of one"),
        ("exit 3", "npm ended with 3"),
        ("echo one line; echo '  and another' >&2; exit 1", "one line and another"),
        (JUNK, "it cannot be opened: not a gzip file"),
    ],
)
async def test_what_a_tool_says_last_is_told(tmp_path: Path, a_npm: Callable[[str], NodePackage], does: str, says: str) -> None:
    outcome = await fetch(tmp_path / "models", model_of(file_of(TINY, a_npm(does))))
    assert outcome.problem == f"{NAME} is nowhere to be had: npm tiny@1.0.0: {says}"


async def test_what_a_killed_fetching_left_is_removed(tmp_path: Path, a_npm: Callable[[str], NodePackage]) -> None:
    """What another that runs now holds is not."""
    source = a_npm("exit 3")
    for name, age_s in ((".packages-old", 90_000), (".packages-new", 60)):
        (tmp_path / name / "inner").mkdir(parents=True)
        os.utime(tmp_path / name, (time.time() - age_s,) * 2)
    await fetch(tmp_path, model_of(file_of(TINY, source)))
    assert [name for name in parts(tmp_path) if name.startswith(".packages")] == [".packages-new"]


async def test_a_tool_that_hangs_is_ended_with_its_children(
    tmp_path: Path, a_npm: Callable[[str], NodePackage], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("models.packages.DEADLINE_S", 0.5)
    os.mkfifo(tmp_path / "held")
    held = os.open(tmp_path / "held", os.O_RDONLY | os.O_NONBLOCK)
    source = a_npm(f"exec 3> {tmp_path}/held; sleep 600")
    outcome = await fetch(tmp_path / "models", model_of(file_of(TINY, source)))
    assert outcome.problem.endswith("npm tiny@1.0.0: it took longer than 0 s")
    assert await asyncio.to_thread(nobody_holds, held, 30)
    os.close(held)


def nobody_holds(pipe: int, seconds: float) -> bool:
    """Whether the other end of a pipe is given up in time: until then reading it has to wait."""
    ends = time.monotonic() + seconds
    while time.monotonic() < ends:
        try:
            return os.read(pipe, 1) == b""
        except BlockingIOError:
            time.sleep(0.01)
    return False
