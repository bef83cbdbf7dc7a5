"""A process that has left the network reaches no other machine, by no thread and by no child; what is local goes on."""

from __future__ import annotations

import json
import platform
import subprocess
import sys
from typing import Any

import pytest

from models.offline import NetworkStays, is_offline, leave_network

AFTERWARDS = """
import errno, json, socket, subprocess, sys, threading
from models.offline import is_offline, leave_network

def refused(try_it):
    try:
        try_it()
    except OSError as error:
        return errno.errorcode[error.errno]
    return ""

def families():
    return {name: refused(lambda: socket.socket(getattr(socket, name), socket.SOCK_DGRAM))
            for name in ("AF_INET", "AF_INET6", "AF_NETLINK", "AF_UNIX")}

told = {"online": is_offline()}
go, other = threading.Event(), {}
thread = threading.Thread(target=lambda: (go.wait(), other.update(families())))
thread.start()
listening, early = socket.create_server(("127.0.0.1", 0)), socket.socketpair()
late = socket.socket()
leave_network()
leave_network()
go.set()
thread.join()
early[0].send(b"x")
told |= {
    "offline": is_offline(),
    "here": families(),
    "thread": other,
    "open socket": refused(lambda: late.connect(listening.getsockname())),
    "pair": early[1].recv(1).decode() + str(len(socket.socketpair())),
    "local": refused(lambda: socket.socket(socket.AF_UNIX).connect("/run/nobody")),
    "child": subprocess.run([sys.executable, "-c", "import socket; socket.socket()"], capture_output=True).returncode,
}
print(json.dumps(told))
"""
REFUSED = {"AF_INET": "EACCES", "AF_INET6": "EACCES", "AF_NETLINK": "EACCES", "AF_UNIX": ""}


def told_by(program: str) -> Any:
    ended = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=60, check=False)
    assert ended.returncode == 0, ended.stderr
    return json.loads(ended.stdout)


def test_nothing_of_a_process_reaches_the_network_any_more() -> None:
    told = told_by(AFTERWARDS)
    assert (told.pop("online"), told.pop("offline")) == (False, True)
    assert told == {
        "here": REFUSED,
        "thread": REFUSED,
        "open socket": "EACCES",
        "pair": "x2",
        "local": "EACCES",
        "child": 1,
    }


def test_the_tests_themselves_stay_in_the_network() -> None:
    assert not is_offline()


def test_a_machine_whose_calls_are_not_known_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(platform, "machine", lambda: "mips")
    with pytest.raises(NetworkStays) as told:
        leave_network()
    assert str(told.value) == "how to take the network from a process of mips is not known"


def test_a_kernel_that_refuses_is_told_of() -> None:
    """A kernel without seccomp has no such call."""
    program = (
        "import json, models.offline as offline\n"
        "from dataclasses import replace\n"
        "offline.MACHINES = {name: replace(each, seccomp=100_000) for name, each in offline.MACHINES.items()}\n"
        "try:\n    offline.leave_network()\nexcept offline.NetworkStays as error:\n    print(json.dumps(str(error)))"
    )
    assert told_by(program) == "the kernel refuses a seccomp filter: Function not implemented"
