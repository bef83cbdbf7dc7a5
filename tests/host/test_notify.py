"""systemd hears what sd_notify(3) promises, on a real datagram socket."""

from __future__ import annotations

import os
import socket
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from edge.host.notify import Notify


def listen(address: str) -> socket.socket:
    """What systemd does: a datagram socket that it reads when it likes."""
    wire = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    wire.bind(address)
    wire.settimeout(10)
    return wire


@pytest.fixture
def systemd(tmp_path: Path) -> Iterator[socket.socket]:
    with listen(str(tmp_path / "notify")) as wire:
        yield wire


@pytest.fixture
def notify(systemd: socket.socket) -> Notify:
    return Notify.from_environment({"NOTIFY_SOCKET": systemd.getsockname()})


@pytest.mark.parametrize(
    ("say", "heard"),
    [
        (lambda notify: notify.ready("4 devices"), b"READY=1\nSTATUS=4 devices"),
        (lambda notify: notify.status("the broker is down"), b"STATUS=the broker is down"),
        (lambda notify: notify.alive(), b"WATCHDOG=1"),
        (lambda notify: notify.stopping("asked to"), b"STOPPING=1\nSTATUS=asked to"),
    ],
)
def test_systemd_hears_each_word(systemd: socket.socket, notify: Notify, say: Callable[[Notify], bool], heard: bytes):
    assert say(notify) is True
    assert systemd.recv(4096) == heard


def test_an_abstract_socket_is_reached_by_its_at_sign():
    name = f"storebox-test-{os.getpid()}-{threading.get_ident()}"
    with listen(f"\0{name}") as systemd:
        assert Notify.from_environment({"NOTIFY_SOCKET": f"@{name}"}).alive() is True
        assert systemd.recv(4096) == b"WATCHDOG=1"


def test_a_status_cannot_begin_a_new_assignment(systemd: socket.socket, notify: Notify):
    notify.status("no broker\nREADY=1")
    assert systemd.recv(4096) == b"STATUS=no broker READY=1"


def test_without_systemd_nothing_is_told_and_nothing_fails(tmp_path: Path):
    assert Notify.from_environment({}).ready("ok") is False
    assert Notify(address=str(tmp_path / "nobody-listens")).alive() is False


def test_a_systemd_that_does_not_read_never_holds_the_box_up(systemd: socket.socket, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("edge.host.notify.TAKE_WITHIN_S", 0.05)
    notify = Notify(address=systemd.getsockname())
    assert notify.alive() is True
    full_after = next(sent for sent in range(100_000) if not notify.alive())
    assert full_after > 0


@pytest.mark.parametrize(
    ("environ", "watchdog_s"),
    [
        ({}, None),
        ({"WATCHDOG_USEC": "30000000"}, 30.0),
        ({"WATCHDOG_USEC": "30000000", "WATCHDOG_PID": str(os.getpid())}, 30.0),
        ({"WATCHDOG_USEC": "30000000", "WATCHDOG_PID": "1"}, None),
        ({"WATCHDOG_USEC": "soon"}, None),
    ],
)
def test_the_watchdog_is_ours_only_when_systemd_means_this_process(environ: dict[str, str], watchdog_s: float | None):
    assert Notify.from_environment(environ).watchdog_s == watchdog_s
