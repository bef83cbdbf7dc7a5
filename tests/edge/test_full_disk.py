"""A whole box on a disk that runs full and one that turns read-only: orders are refused, never lost; it recovers by itself."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable, Iterator
from contextlib import AbstractAsyncContextManager, closing
from pathlib import Path
from typing import Any

import pytest

from drivers.sim.till import TillSim
from edge.web.words import load_words
from tests.edge.face_shop import FIRST, Screen, clip_of_noise, enrolled, made, stands
from tests.edge.face_shop import settings as settings_of_faces

RunBox = Callable[..., AbstractAsyncContextManager[Any]]
DISK_MIB = 24

pytestmark = pytest.mark.skipif(os.getuid() != 0, reason="only root can mount a small disk")


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of 24 MiB where the box of ``tmp_path / "box"`` keeps its data."""
    disk = tmp_path / "box" / "data"
    disk.mkdir(parents=True)
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={DISK_MIB}m", "none", disk], capture_output=True, check=False)
    if mounted.returncode:
        pytest.skip(f"this machine mounts no tmpfs: {mounted.stderr.decode().strip()}")
    yield disk
    subprocess.run(["umount", "-l", disk], check=True)


def settings(mosquitto: Any) -> str:
    """A till at the broker, and a journal that fits the small disk."""
    return (
        "[journal]\nquota_mib = 16\nballast_mib = 2\n"
        f'[mqtt]\nport = {mosquitto.port}\npassword_file = "{mosquitto.password_file("storebox")}"\n'
        '[device.till-1]\ndriver = "till/mqtt"\n'
    )


def fill(disk: Path) -> None:
    """Take every byte that is left."""
    with (disk / "filler").open("wb", buffering=0) as filler:
        try:
            while True:
                filler.write(b"x" * 65536)
        except OSError:
            return


def recorded(disk: Path) -> set[str]:
    import sqlite3

    with closing(sqlite3.connect(f"file:{disk}/journal.db?mode=ro", uri=True)) as db:
        return {row[0] for row in db.execute("SELECT id FROM receipts WHERE refusal IS NULL")}


def till_at(mosquitto: Any) -> TillSim:
    return TillSim((mosquitto.host, mosquitto.port), box=mosquitto.box, device="till-1", password=mosquitto.password("till-1"))


async def test_a_full_disk_refuses_orders_until_there_is_space_again(run_box: RunBox, small_disk: Path, mosquitto: Any) -> None:
    async with run_box(settings(mosquitto)) as box, till_at(mosquitto) as till:
        till.open()
        await till.mqtt.answered()
        fill(small_disk)
        for _ in range(200):
            till.item("6901234567892")
            till.open()
        problem = (await box.until("/api/status", lambda status: status["alarms"]))["alarms"]
        assert any("full" in text for text in problem.values()), problem
        assert (await box.ask("/api/status"))["ready"] is False
        assert till.mqtt.pending, "orders were acknowledged on a full disk"
        (small_disk / "filler").unlink()
        await till.mqtt.answered(120)
        await box.until("/api/status", lambda status: status["ready"] and not status["alarms"])
        assert till.mqtt.refused == 200, "items of a product that no catalogue knows are refused for good"
        assert len(recorded(small_disk)) == till.mqtt.acked


async def test_a_box_on_a_read_only_disk_opens_its_page_and_recovers(run_box: RunBox, small_disk: Path, mosquitto: Any) -> None:
    async with till_at(mosquitto) as till:
        async with run_box(settings(mosquitto)):
            till.open()
            await till.mqtt.answered()
        remount(small_disk, "ro")
        async with run_box(settings(mosquitto)) as box:
            for _ in range(20):
                till.open()
            status = await box.until("/api/status", lambda status: "journal" in status["alarms"])
            assert "read-only" in status["alarms"]["journal"]
            await box.device("till-1", "up")
            assert till.mqtt.acked == 1
            remount(small_disk, "rw")
            await till.mqtt.answered(120)
            assert len(recorded(small_disk)) == till.mqtt.acked == 21


async def test_a_full_disk_names_nobody(run_box: RunBox, small_disk: Path, tmp_path: Path) -> None:
    folder, clip = made(tmp_path), clip_of_noise(tmp_path / "noise.avi")
    await enrolled(small_disk, "anna")
    async with run_box("[journal]\nquota_mib = 16\nballast_mib = 2\n" + settings_of_faces(folder, clip), first=FIRST) as box:
        screen = Screen(box)
        await screen.offered()
        stands(folder, "anna")
        fill(small_disk)
        told = await screen.ended(await screen.touch())
        while told["ended"] == "named":  # there was room left in a page
            told = await screen.ended(await screen.touch())
        assert told["says"] == load_words()["zh"].say("face_why.not-recorded")
        (small_disk / "filler").unlink()
        await box.until("/api/status", lambda status: status["ready"] and not status["alarms"])
        assert (await screen.ended(await screen.touch()))["ended"] == "named"


def remount(disk: Path, how: str) -> None:
    subprocess.run(["mount", "-o", f"remount,{how}", disk], check=True)
