"""The plug is pulled: what was acknowledged is on the disk. The control does not flush its commits and must lose.

A file system on a loop device is shut down without writing anything that was not flushed (FS_IOC_SHUTDOWN), which is what a
power cut leaves. Needs root and a loop device.

What counts is acknowledged before the cut begins. The shutdown takes a millisecond in which the kernel still runs, and a flush
under way at that moment may report success for what is never written: traced, the fdatasync of every commit lost so had begun
before the shutdown, ended in it and returned 0. Bare sqlite3 loses the same (a test says so); real power has no such millisecond.
"""

from __future__ import annotations

import fcntl
import os
import random
import shutil
import signal
import sqlite3
import struct
import subprocess
import sys
import time
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

pytestmark = [pytest.mark.faults, pytest.mark.timeout(900)]

RECORDING = Path(__file__).parents[2] / "sync" / "journal" / "recording.py"
BARE_TILL = Path(__file__).with_name("bare_till.py")
FS_IOC_SHUTDOWN, NO_LOG_FLUSH = 0x8004587D, 2
CUTS = 40


@pytest.fixture
def disk(tmp_path):
    """An ext4 of 64 MiB whose image lies in memory; ``mount`` and ``cut`` are what happens to it."""
    if os.geteuid() != 0 or shutil.which("mkfs.ext4") is None or not Path("/dev/loop-control").exists():
        pytest.skip("a power cut needs root, mkfs.ext4 and loop devices")
    memory, folder = tmp_path / "memory", tmp_path / "disk"
    memory.mkdir()
    folder.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=80m", "tmpfs", str(memory)], check=True)
    image = memory / "image"
    with image.open("wb") as file:
        file.truncate(64 << 20)
    subprocess.run(["mkfs.ext4", "-q", str(image)], check=True)
    if subprocess.run(["mount", "-o", "loop", str(image), str(folder)], check=False).returncode:
        subprocess.run(["umount", "-l", str(memory)], check=True)
        pytest.skip("no loop device can be mounted here")
    yield image, folder
    subprocess.run(["umount", "-l", str(folder)], check=False)
    subprocess.run(["umount", "-l", str(memory)], check=True)


@dataclass(frozen=True, slots=True, kw_only=True)
class Acknowledged:
    """The reports that were acknowledged before the cut began, and from then on."""

    before: list[str]
    since: list[str]


def cut_after(disk, name, seconds, command) -> Acknowledged:
    """Sell, pull the plug, plug it in again."""
    image, folder = disk
    with subprocess.Popen(
        [sys.executable, *map(str, command)], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, cwd=RECORDING.parents[3]
    ) as till:
        assert till.stdout is not None
        assert till.stdout.readline() == b"ready\n"
        time.sleep(seconds)
        handle = os.open(folder, os.O_RDONLY)
        said = _waiting_in(till.stdout.fileno())
        fcntl.ioctl(handle, FS_IOC_SHUTDOWN, struct.pack("I", NO_LOG_FLUSH))
        os.close(handle)
        time.sleep(0.02)  # what is under way ends
        till.send_signal(signal.SIGKILL)
        everything = said + till.stdout.read().decode()
    subprocess.run(["umount", str(folder)], check=True)
    subprocess.run(["mount", "-o", "loop", str(image), str(folder)], check=True)
    before = _reports(said, name)
    return Acknowledged(before=before, since=_reports(everything, name)[len(before) :])


def _reports(said: str, name: str) -> list[str]:
    lines = said.rpartition("\n")[0].splitlines()
    return [line for line in lines if line.startswith(f"{name}-")]  # the log speaks there, too


def _waiting_in(pipe: int) -> str:
    """What was written into the pipe until now."""
    os.set_blocking(pipe, False)
    parts = []
    try:
        while part := os.read(pipe, 65_536):
            parts.append(part)
    except BlockingIOError:
        return b"".join(parts).decode()
    finally:
        os.set_blocking(pipe, True)
    return b"".join(parts).decode()


def reports_in(path) -> Any:
    with closing(sqlite3.connect(path)) as db:
        (verdict,) = db.execute("PRAGMA integrity_check").fetchone()
        (count, highest) = db.execute("SELECT count(*), max(sequence) FROM events").fetchone()
        return (
            [row for (row,) in db.execute("SELECT json_extract(data, '$.report') FROM events")],
            (highest or 0) - count,
            verdict,
        )


def test_power_cuts_lose_nothing_acknowledged(disk):
    chance = random.Random(7)
    path = disk[1] / "journal.db"
    acknowledged: list[str] = []
    for number in range(CUTS):
        acknowledged += cut_after(disk, f"c{number}", chance.uniform(0.05, 0.3), [RECORDING, path, f"c{number}", "honest"]).before
    reports, missing, verdict = reports_in(path)
    lost = set(acknowledged) - set(reports)
    print(f"power cut: {CUTS} cuts, {len(acknowledged)} acknowledged, {len(lost)} lost, {missing} numbers missing")
    assert acknowledged
    assert (len(lost), missing, len(reports) - len(set(reports)), verdict) == (0, 0, 0, "ok")


def test_what_the_shutdown_itself_swallows_bare_sqlite_loses_as_well(disk):
    journal = sum(_swallows(disk, RECORDING, f"s{number}") for number in range(CUTS))
    bare, cuts = 0, 0
    while cuts < CUTS or (journal and not bare and cuts < 5 * CUTS):
        bare += _swallows(disk, BARE_TILL, f"s{cuts}")
        cuts += 1
    print(f"acknowledged in the shutdown and lost: journal in {journal} of {CUTS} cuts, bare sqlite3 in {bare} of {cuts}")
    assert bare or not journal, "only the journal lost: that is no matter of the kernel's"


def _swallows(disk, till: Path, name: str) -> bool:
    """Whether a cut of a new file lost what was acknowledged while it went on."""
    path = disk[1] / f"{name}.db"
    acknowledged = cut_after(disk, name, 0.15, [till, path, name])
    reports = set(reports_in(path)[0])
    assert set(acknowledged.before) <= reports
    for file in disk[1].glob(f"{name}.db*"):
        file.unlink()
    return not set(acknowledged.since) <= reports


def test_without_the_flush_a_power_cut_loses(disk):
    lost = 0
    path = disk[1] / "journal.db"
    for number in range(10):
        acknowledged = cut_after(disk, f"n{number}", 0.2, [RECORDING, path, f"n{number}", "normal"]).before
        lost += len(set(acknowledged) - set(reports_in(path)[0] if path.exists() else ()))
    assert lost, "the control never lost an event: this test could not see a loss"
