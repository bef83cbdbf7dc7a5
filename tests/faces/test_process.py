"""The process that reads faces, as a process: how it ends, what it says without a key or a model, and whom it names."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import struct
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec
import psutil
import pytest

from edge.faces.key import KEY_BYTES
from edge.faces.vault import Vault
from edge.faces.words import (
    Beat,
    Enrol,
    Forget,
    Forgotten,
    Learn,
    Learnt,
    Matched,
    Open,
    Said,
    Stepped,
    Unenrolled,
    Unmatched,
)
from models.face_binding import VECTORS
from models.landmarks import FACE_MODEL
from models.manifest import shipped_models
from tests.faces.heard import SHIPPED, WHO, WITHIN_S, Heard, running
from tests.faces.made_up import ANN, face

if TYPE_CHECKING:
    from tests.ring_cameras import RingCamera

    Opens = Callable[..., RingCamera]

MADE_UP = ("-P", str(Path(__file__).with_name("made_up.py")))


def assert_stands_back(process: psutil.Process) -> None:
    """Orders come first, and mirrors; it comes before the counting, and nobody looks into its memory."""
    own = psutil.Process().nice()
    assert min(19, own + 3) <= process.nice() < max(20, own + 5)
    assert int(Path(f"/proc/{process.pid}/oom_score_adj").read_text()) >= 500


async def test_a_member_is_named_and_who_is_forgotten_meanwhile_is_not(
    ring_camera: Opens, key_file: Path, vault: Vault, tmp_path: Path
) -> None:
    camera = ring_camera()
    async with running(MADE_UP, tmp_path, key_file) as heard:
        await heard.line.say(Open(camera="cam-1", kind="kiosk"), camera.raw_fd)
        await heard.line.say(Learn(templates=(vault.seal(face(ANN), template="t-ann", member="m-ann"),)))
        assert await heard.until(Learnt) == Learnt(templates=1)
        await heard.line.say(WHO)
        said = await shown_until(heard, camera, Matched)
        assert isinstance(said, Matched)
        assert said.member == "m-ann"
        await heard.line.say(WHO)
        await shown_until(heard, camera, Stepped)
        await heard.line.say(Forget(templates=("t-ann",)))
        await heard.until(Forgotten)
        assert await shown_until(heard, camera, Unmatched) == Unmatched(request="r-1", why="stranger")


async def shown_until(heard: Heard, camera: RingCamera, kind: type[Said]) -> Said:
    """Ann stands there until that is said."""
    ending = asyncio.ensure_future(heard.until(kind))
    while not ending.done():
        camera.show(ANN)
        await asyncio.sleep(0.05)
    return ending.result()


async def test_no_key_is_told_and_the_process_lives(tmp_path: Path) -> None:
    async with running(SHIPPED, tmp_path, tmp_path / "no-key") as heard:
        beat = await heard.until(Beat, lambda said: bool(said.problem))
        assert beat.problem == (
            f"the face key {tmp_path}/no-key is not there; bring back the copy that you kept,"
            f" or make one: storebox faces key {tmp_path}/no-key"
        )
        assert not beat.loading
        assert f"storebox models fetch {FACE_MODEL}" in beat.no_enrolment
        await heard.line.say(WHO)
        assert (await heard.until(Unmatched)).why == "off"
        assert_stands_back(psutil.Process(heard.process.pid))


async def test_no_model_is_told_and_the_process_lives(key_file: Path, tmp_path: Path) -> None:
    async with running(SHIPPED, tmp_path, key_file) as heard:
        problem = (await heard.until(Beat, lambda said: bool(said.problem))).problem
        assert f"storebox models fetch {VECTORS}" in problem
        await heard.line.say(Enrol(request="e-1", camera="cam-1", member="m-1", template="t-1", within_ms=5_000))
        assert (await heard.until(Unenrolled)).why == "off"


async def test_a_damaged_model_is_told(key_file: Path, tmp_path: Path) -> None:
    (file,) = shipped_models()[VECTORS].files
    (tmp_path / file.name).write_bytes(bytes(file.bytes))
    async with running(SHIPPED, tmp_path, key_file) as heard:
        assert "SHA-256" in (await heard.until(Beat, lambda said: bool(said.problem))).problem


async def test_rows_of_another_key_are_refused_by_name(key_file: Path, vault: Vault, tmp_path: Path) -> None:
    rows = (
        Vault(os.urandom(KEY_BYTES), vault.model).seal(face(ANN), template="t-1", member="m-1"),
        msgspec.structs.replace(vault.seal(face(ANN), template="t-2", member="m-2"), member="m-1"),
        vault.seal(face(ANN), template="t-3", member="m-3"),
    )
    async with running(MADE_UP, tmp_path, key_file) as heard:
        await heard.line.say(Learn(templates=rows))
        assert await heard.until(Learnt) == Learnt(templates=1, refused=("t-1", "t-2"))


@pytest.mark.parametrize("kind", ["entrance", "room"])
def test_a_camera_of_another_kind_cannot_be_opened(key_file: Path, tmp_path: Path, kind: str) -> None:
    word = msgspec.msgpack.encode({"type": "Open", "camera": "cam-door", "kind": kind})
    told = last_words(struct.pack(">I", len(word)) + word, tmp_path, key_file)
    assert b"the box says what is no word" in told


@pytest.mark.parametrize(
    ("said", "words"),
    [
        (b"", b"the box is gone"),
        (b"\xff" * 4, b"4294967295 bytes is announced"),
        (struct.pack(">I", 9) + b"secret-" + b"\xc1\xc1", b"the box says what is no word"),
    ],
)
def test_a_process_whose_box_is_gone_or_babbles_ends(key_file: Path, tmp_path: Path, said: bytes, words: bytes) -> None:
    told = last_words(said, tmp_path, key_file)
    assert words in told
    assert b"secret" not in told
    assert len(told.splitlines()) == 1


def last_words(said: bytes, models: Path, key_file: Path) -> bytes:
    """What it tells when it ends."""
    ours, theirs = socket.socketpair()
    command = [sys.executable, *SHIPPED, str(theirs.fileno()), str(models), str(key_file), "1"]
    with ours, subprocess.Popen(command, pass_fds=(theirs.fileno(),), stderr=subprocess.PIPE) as process:
        theirs.close()
        ours.sendall(said)
        if not said:
            ours.close()
        _, told = process.communicate(timeout=WITHIN_S)
    assert process.returncode == 0
    return told


BOX = """
import socket, subprocess, sys, time
ours, theirs = socket.socketpair()
child = subprocess.Popen([sys.executable, *sys.argv[1:4], str(theirs.fileno()), *sys.argv[4:]], pass_fds=(theirs.fileno(),))
theirs.close()
ours.recv(1)
print(child.pid, flush=True)
time.sleep(600)
"""


def test_a_box_that_is_killed_takes_it_along(key_file: Path, tmp_path: Path) -> None:
    command = [sys.executable, "-c", BOX, *SHIPPED, str(tmp_path), str(key_file), "1"]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as box:
        assert box.stdout is not None
        process = psutil.Process(int(box.stdout.readline()))
        box.send_signal(signal.SIGKILL)
        box.wait(WITHIN_S)
        process.wait(WITHIN_S)
    assert not process.is_running()
