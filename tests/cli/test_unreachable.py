"""A box that does not answer is told apart: not running, not allowed, hung, gone in the middle, or not a box."""

from __future__ import annotations

import os
import re
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import pytest

from edge.cli import daemon

Storebox = Callable[..., Any]


def test_a_box_that_does_not_run_is_told(folder: Path, storebox_process: Storebox) -> None:
    path = folder / "control.sock"
    ended = storebox_process("status", "--socket", str(path))
    assert ended.code == 3
    assert ended.err == f"storebox does not answer on {path}: is it running? try systemctl status storebox\n"


def test_a_socket_named_before_what_is_decided_about_a_job_is_the_one_that_is_used(folder: Path, storebox: Storebox) -> None:
    ended = storebox("jobs", "--socket", str(folder / "elsewhere.sock"), "again", "job-9")
    assert (ended.code, f"does not answer on {folder}/elsewhere.sock" in ended.err) == (3, True)


def test_a_socket_that_was_left_behind_is_told(folder: Path, storebox: Storebox) -> None:
    path = folder / "control.sock"
    with socket.socket(socket.AF_UNIX) as left_behind:
        left_behind.bind(str(path))
    ended = storebox("events", "--socket", str(path))
    assert (ended.code, "is it running?" in ended.err) == (3, True)


def test_who_may_not_use_the_socket_is_told_which_group_to_join(folder: Path, storebox: Storebox) -> None:
    path = folder / "control.sock"
    user = os.geteuid()
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(str(path))
        server.listen()
        path.chmod(0)
        if user == 0:
            os.seteuid(65534)  # root may use every socket
        try:
            ended = storebox("devices", "--socket", str(path))
        finally:
            os.seteuid(user)
    assert ended.code == 3
    assert re.fullmatch(rf"\S+ may not use {path}: join its group \(sudo usermod -aG \S+ \S+\) and log in again\n", ended.err)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root may give a file away")
def test_a_socket_of_a_deleted_group_names_the_usual_one(folder: Path) -> None:
    os.chown(folder, -1, 54321)
    assert daemon._group_of(folder) == "storebox"


@contextmanager
def server(path: Path, answer: bytes | None) -> Iterator[None]:
    """Something at the socket that is no box: answers every connection with ``answer``, or never."""
    ended = threading.Event()
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind(str(path))
        listening.listen()
        listening.settimeout(0.05)

        def serve() -> None:
            while not ended.is_set():
                with suppress(TimeoutError), listening.accept()[0] as connection:
                    connection.settimeout(60)
                    connection.recv(65536)
                    if answer is None:
                        ended.wait(60)
                    else:
                        connection.sendall(answer)

        thread = threading.Thread(target=serve)
        thread.start()
        try:
            yield
        finally:
            ended.set()
            thread.join()


def test_a_box_that_hangs_is_told(folder: Path, storebox: Storebox, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(daemon, "DEADLINE_S", 1.0)
    path = folder / "control.sock"
    with server(path, None):
        ended = storebox("status", "--socket", str(path))
    assert ended.code == 3
    assert ended.err == f"storebox did not answer on {path} within 1 s; see journalctl -u storebox\n"


def test_a_box_that_dies_in_the_middle_is_told(folder: Path, storebox: Storebox) -> None:
    path = folder / "control.sock"
    with server(path, b""):
        ended = storebox("status", "--socket", str(path))
    assert ended.code == 3
    assert ended.err.startswith(f"storebox hung up on {path} (")
    assert ended.err.endswith("); see journalctl -u storebox\n")


@pytest.mark.parametrize(("status", "code"), [("500 Oops", 1), ("400 Oops", 2)])
def test_an_answer_that_is_no_problem_report_is_shown_as_it_is(status: str, code: int, folder: Path, storebox: Storebox) -> None:
    path = folder / "control.sock"
    with server(path, f"HTTP/1.1 {status}\r\nContent-Length: 6\r\n\r\nnot ok".encode()):
        ended = storebox("status", "--socket", str(path))
    assert (ended.code, ended.err) == (code, f"the box answered {status[:3]}: not ok\n")
