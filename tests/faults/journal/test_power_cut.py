"""The plug is pulled: what was acknowledged is on the disk. The control does not flush its commits and must lose.

A file system on a loop device is shut down without writing anything that was not flushed (FS_IOC_SHUTDOWN), which is what a
power cut leaves. Needs root and a loop device.

What counts is acknowledged before the cut begins. The shutdown takes a millisecond in which the kernel still runs, and a flush
under way at that moment was seen to report success in one cut of twenty-five; real power has no such millisecond.
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
from pathlib import Path
from typing import Any

import pytest

pytestmark = [pytest.mark.faults, pytest.mark.timeout(900)]

RECORDING = Path(__file__).parents[2] / "sync" / "journal" / "recording.py"
FS_IOC_SHUTDOWN, NO_LOG_FLUSH = 0x8004587D, 2
CUTS = 25


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


def cut_after(disk, name, seconds, mode) -> Any:
    """Sell, pull the plug, plug it in again; the reports that were acknowledged before."""
    image, folder = disk
    command = [sys.executable, str(RECORDING), str(folder / "journal.db"), name, mode]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, cwd=RECORDING.parents[3]) as till:
        assert till.stdout is not None
        assert till.stdout.readline() == b"ready\n"
        time.sleep(seconds)
        handle = os.open(folder, os.O_RDONLY)
        said = _waiting_in(till.stdout.fileno())
        fcntl.ioctl(handle, FS_IOC_SHUTDOWN, struct.pack("I", NO_LOG_FLUSH))
        os.close(handle)
        till.send_signal(signal.SIGKILL)
        till.stdout.read()
    subprocess.run(["umount", str(folder)], check=True)
    subprocess.run(["mount", "-o", "loop", str(image), str(folder)], check=True)
    return [line for line in said.rpartition("\n")[0].splitlines() if line.startswith(f"{name}-")]  # the log speaks there, too


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
    acknowledged: list[str] = []
    for number in range(CUTS):
        acknowledged += cut_after(disk, f"c{number}", chance.uniform(0.05, 0.3), "honest")
    reports, missing, verdict = reports_in(disk[1] / "journal.db")
    lost = set(acknowledged) - set(reports)
    print(f"power cut: {CUTS} cuts, {len(acknowledged)} acknowledged, {len(lost)} lost, {missing} numbers missing")
    assert acknowledged
    assert (len(lost), missing, len(reports) - len(set(reports)), verdict) == (0, 0, 0, "ok")


def test_without_the_flush_a_power_cut_loses(disk):
    lost = 0
    for number in range(10):
        acknowledged = cut_after(disk, f"n{number}", 0.2, "normal")
        path = disk[1] / "journal.db"
        lost += len(set(acknowledged) - set(reports_in(path)[0] if path.exists() else ()))
    assert lost, "the control never lost an event: this test could not see a loss"
