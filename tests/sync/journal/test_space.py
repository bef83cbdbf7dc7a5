"""What happens when space runs short: telemetry goes, orders are refused, nothing accepted is lost, and it mends by itself."""

from __future__ import annotations

import errno
import os
import sqlite3
import subprocess
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from sync.disk import JournalUnavailable, os_trouble_of, trouble_of
from sync.entries import NotRecorded, Recorded
from sync.events import EventClass

MIB = 1 << 20
MONTH = timedelta(days=30)

QUOTA_USED_UP = (
    "the journal's 3 MiB are used up by events that the cloud does not have: "
    "bring the line to the cloud back, or raise [journal] quota_mib"
)


def footfall(shop, count=50) -> Any:
    return shop.entry(*(shop.Footfall(count=1, note="x" * 1000) for _ in range(count)))


def big_sale(shop, count=50) -> Any:
    return shop.entry(*(shop.Sold(sku="apple", note="x" * 1000) for _ in range(count)))


async def _explained(journal) -> Any:
    def ask(db):
        numbers = {number for (number,) in db.execute("SELECT sequence FROM events")}
        ranges = db.execute(
            "SELECT json_extract(r.value, '$[0]'), json_extract(r.value, '$[1]'), json_extract(e.data, '$.class'), "
            "json_extract(e.data, '$.reason') FROM events e, json_each(e.data, '$.ranges') r "
            "WHERE e.type = 'storebox.journal.removed'"
        ).fetchall()
        return numbers, ranges

    numbers, ranges = await journal.query(ask)
    gone = [number for low, high, _, _ in ranges for number in range(low, high + 1)]
    assert {(event_class, reason) for _, _, event_class, reason in ranges} <= {("telemetry", "space")}
    assert len(gone) == len(set(gone))
    return set(gone) | numbers == set(range(1, max(numbers) + 1))


async def test_at_the_quota_the_oldest_telemetry_goes_and_every_gap_is_explained(shop):
    async with shop.journal(quota_bytes=3 * MIB, ballast_bytes=MIB // 2) as journal:
        await journal.record(big_sale(shop, 20))
        for _ in range(150):
            await journal.record(footfall(shop))
        figures = await journal.figures()
        assert figures.dropped_telemetry > 1000
        assert figures.queued[EventClass.ORDER] >= 20
        assert figures.bytes_on_disk <= 4 * MIB
        assert await _explained(journal)
        left = await journal.query(
            lambda db: db.execute("SELECT min(sequence), max(sequence) FROM events WHERE class = 2").fetchone()
        )
        counts = await journal.query(lambda db: db.execute("SELECT rows FROM counts WHERE state = 'dropped'").fetchone())
    assert left[0] > 1000
    assert figures.dropped_telemetry <= counts[0]
    assert shop.rows("SELECT sold FROM stock") == [(20,)]


async def test_at_the_quota_telemetry_that_the_cloud_refused_goes_first_and_a_refused_order_never(shop):
    def left(state: str) -> dict[int, int]:
        return dict(shop.rows("SELECT class, count(*) FROM events WHERE state = ? GROUP BY class", state))

    async with shop.journal(quota_bytes=3 * MIB, ballast_bytes=MIB // 2) as journal:
        (order,) = (await journal.record(shop.sale())).events
        refused = (await journal.record(footfall(shop, 700))).events
        await journal.settle(done=[], rejected=[(event.sequence, "no such shop") for event in (order, *refused)])
        await journal.record(footfall(shop))
        assert left("rejected") == {EventClass.ORDER: 1, EventClass.TELEMETRY: 700}
        for _ in range(100):
            await journal.record(big_sale(shop, 10))
            if left("rejected")[EventClass.TELEMETRY] < 700:
                break
        figures = await journal.figures()
        kept = left("rejected")
        assert kept == figures.rejected
        assert kept[EventClass.ORDER] == 1
        assert (figures.dropped_telemetry, figures.queued[EventClass.TELEMETRY]) == (700 - kept[EventClass.TELEMETRY], 50)
        assert await _explained(journal)


async def test_at_the_quota_orders_are_refused_and_accepted_again_once_the_cloud_has_some(shop):
    async with shop.journal(quota_bytes=3 * MIB, ballast_bytes=MIB // 2) as journal:
        accepted = 0
        outcome = await journal.record(big_sale(shop))
        while isinstance(outcome, Recorded):
            accepted += 50
            outcome = await journal.record(big_sale(shop))
        assert outcome == NotRecorded(retry=True, problem=QUOTA_USED_UP)
        assert await journal.record(footfall(shop)) == NotRecorded(retry=True, problem=QUOTA_USED_UP)
        figures = await journal.figures()
        assert (figures.state, figures.problem, figures.dropped_telemetry) == ("full", QUOTA_USED_UP, 1)
        assert ("journal", QUOTA_USED_UP) in shop.alarms
        batch = await journal.pending(limit=500, max_bytes=MIB)
        assert len(batch) > 100
        await journal.settle(done=[envelope.sequence for envelope in batch], rejected=[])

        async def taken():
            return isinstance(await journal.record(shop.sale("pear")), Recorded)

        await shop.until(taken)
        assert ("journal", "") in shop.alarms
        numbers = {row.envelope.sequence for row in await journal.latest(10_000)}
    assert set(range(len(batch) + 1, accepted + 2)) <= numbers


async def test_the_ballast_is_taken_at_start_and_counts_to_the_quota(shop):
    async with shop.journal(ballast_bytes=2 * MIB) as journal:
        ballast = shop.path.with_name("journal.db.ballast")
        await shop.until(lambda: ballast.exists() and ballast.stat().st_blocks * 512 >= 2 * MIB)
        assert (await journal.figures()).bytes_on_disk >= 2 * MIB


@pytest.fixture
def small_disk(tmp_path):
    """A file system of 8 MiB of its own."""
    if os.geteuid() != 0:
        pytest.skip("mounting a small file system needs root")
    folder = tmp_path / "disk"
    folder.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=8m", "tmpfs", str(folder)], capture_output=True, text=True, check=False
    )
    if mounted.returncode:
        pytest.skip(f"no file system can be mounted here: {mounted.stderr.strip()}")
    yield folder
    subprocess.run(["umount", "-l", str(folder)], check=True)


def fill_up(folder) -> None:
    """Somebody else takes every byte."""
    subprocess.run(["dd", "if=/dev/zero", f"of={folder}/somebody-elses-log", "bs=4096"], capture_output=True, check=False)


def remount(folder, how) -> None:
    subprocess.run(["mount", "-o", f"remount,{how}", str(folder)], check=True)


async def test_a_full_disk_refuses_orders_keeps_answering_and_mends_by_itself(shop, small_disk):
    shop.path = small_disk / "journal.db"
    problem = f"the disk is full: free space on the disk of {small_disk}"
    async with shop.journal() as journal:
        accepted = 0
        await shop.until(small_disk.joinpath("journal.db.ballast").exists)
        fill_up(small_disk)
        outcome = await journal.record(big_sale(shop, 1))
        while isinstance(outcome, Recorded):
            accepted += 1
            outcome = await journal.record(big_sale(shop, 1))
        assert outcome == NotRecorded(retry=True, problem=problem)
        figures = await journal.figures()
        assert (figures.state, figures.problem) == ("full", problem)
        assert len(await journal.latest(10_000)) == accepted
        assert [alarm for alarm in shop.alarms if alarm[0] == "journal"] == [("journal", problem)]
        await journal.settle(done=[row.envelope.sequence for row in await journal.latest(2)], rejected=[])
        for _ in range(20):
            assert await journal.record(big_sale(shop, 1)) == NotRecorded(retry=True, problem=problem)
        small_disk.joinpath("somebody-elses-log").unlink()

        async def taken():
            return isinstance(await journal.record(shop.sale("pear")), Recorded)

        await shop.until(taken)
        await shop.until(small_disk.joinpath("journal.db.ballast").exists)
        assert shop.alarms[-1] == ("journal", "")
    assert shop.rows("SELECT count(*) FROM events") == [(accepted + 1,)]


async def test_a_box_that_starts_on_a_full_disk_comes_up_and_refuses(shop, small_disk):
    shop.path = small_disk / "journal.db"
    async with shop.journal() as journal:
        await journal.record(shop.sale())
        await shop.until(small_disk.joinpath("journal.db.ballast").exists)
    fill_up(small_disk)
    async with shop.journal() as journal:
        assert (await journal.latest(1))[0].envelope.subject == "apple"
        outcome = await journal.record(shop.sale())
        small_disk.joinpath("somebody-elses-log").unlink()

        async def taken():
            return isinstance(await journal.record(shop.sale()), Recorded)

        await shop.until(taken)
    assert outcome == NotRecorded(retry=True, problem=f"the disk is full: free space on the disk of {small_disk}")


async def test_a_disk_without_a_byte_even_for_opening_keeps_the_box_up(shop, small_disk):
    shop.path = small_disk / "journal.db"
    fill_up(small_disk)
    problem = f"the disk is full: free space on the disk of {small_disk}"
    async with shop.journal(migrations=shop.migrations) as journal:
        assert await journal.record(shop.sale()) == NotRecorded(retry=True, problem=problem)
        with pytest.raises(JournalUnavailable, match="the disk is full"):
            await journal.latest(1)
        assert (await journal.figures()).state == "full"
        small_disk.joinpath("somebody-elses-log").unlink()

        async def taken():
            return isinstance(await journal.record(shop.sale()), Recorded)

        await shop.until(taken)


async def test_a_box_on_a_read_only_disk_is_up_and_records_when_it_can_be_written_again(shop, small_disk):
    shop.path = small_disk / "journal.db"
    async with shop.journal() as journal:
        await journal.record(shop.sale())
    remount(small_disk, "ro")
    async with shop.journal() as journal:
        outcome = await journal.record(shop.sale())
        figures = await journal.figures()
        remount(small_disk, "rw")

        async def taken():
            return isinstance(await journal.record(shop.sale()), Recorded)

        await shop.until(taken)
    assert isinstance(outcome, NotRecorded)
    assert (outcome.retry, outcome.problem, figures.state) == (True, figures.problem, "failing")
    assert "read-only" in outcome.problem or "may storebox write to it?" in outcome.problem
    assert shop.rows("SELECT count(*) FROM events") == [(2,)]


def test_every_trouble_of_the_disk_says_what_to_do(shop):
    folder, file = "/var/lib/storebox", "/var/lib/storebox/journal.db"
    path = Path(file)
    said = {
        sqlite3.SQLITE_FULL: f"the disk is full: free space on the disk of {folder}",
        sqlite3.SQLITE_CORRUPT: f"{file} is damaged (x): it is being salvaged, have the disk checked",
        sqlite3.SQLITE_IOERR_FSYNC: f"the disk fails (NAME): see dmesg, replace the disk of {file}",
        sqlite3.SQLITE_READONLY: f"the disk is read-only: see dmesg, mount {folder} read-write again",
        sqlite3.SQLITE_CANTOPEN: f"{file} cannot be opened: is {folder} there, and may storebox write to it?",
        sqlite3.SQLITE_PERM: f"{file} may not be opened: give {folder} to the user that runs storebox",
        sqlite3.SQLITE_BUSY: f"another program holds {file} locked: end it (fuser {file} names it)",
        sqlite3.SQLITE_NOMEM: f"there is no memory left to write {file}: see what uses it, then restart storebox",
    }
    for code, text in said.items():
        error = sqlite3.OperationalError("x")
        error.sqlite_errorcode, error.sqlite_errorname = code, "NAME"
        trouble = trouble_of(error, path)
        assert trouble is not None
        assert trouble.problem == text
    error.sqlite_errorcode = sqlite3.SQLITE_ERROR
    assert trouble_of(error, path) is None
    assert trouble_of(ValueError("a bug"), path) is None
    assert os_trouble_of(OSError(errno.ENOSPC, "x"), path).problem == said[sqlite3.SQLITE_FULL]
    assert os_trouble_of(OSError(errno.EROFS, "x"), path).problem == said[sqlite3.SQLITE_READONLY]
    assert os_trouble_of(OSError(errno.EIO, "x"), path).problem == (
        f"the disk fails ([Errno 5] x): see dmesg, replace the disk of {file}"
    )


async def test_sent_events_go_after_their_time_and_the_newest_stays(shop, monkeypatch):
    monkeypatch.setattr("sync.upkeep.PASS_EVERY_S", 0.05)
    old, new = datetime.now(UTC) - timedelta(days=40), datetime.now(UTC)
    async with shop.journal(keep_sent=MONTH) as journal:
        await journal.record(shop.entry(*(shop.Sold(sku="x") for _ in range(1200)), at=old))
        await journal.record(shop.entry(shop.Sold(sku="y"), at=new))
        await journal.settle(done=[*range(1, 700), *range(800, 1202)], rejected=[(750, "no")])

        async def swept():
            return await journal.query(lambda db: db.execute("SELECT count(*) FROM events").fetchone()[0]) == 101

        await shop.until(swept)
        figures = await journal.figures()
        rows = {row.envelope.sequence: row.state for row in await journal.latest(500)}
    assert set(rows) == {*range(700, 800), 1201}
    assert sum(figures.queued.values()) == 99
    assert sum(figures.done.values()) == list(rows.values()).count("done")
    assert rows[750] == "rejected"
    async with shop.journal() as journal:
        assert (await journal.record(shop.sale())).events[0].sequence == 1202


async def test_receipts_are_forgotten_after_their_time_if_the_clock_is_right(shop, monkeypatch):
    monkeypatch.setattr("sync.upkeep.PASS_EVERY_S", 0.05)
    old, new = datetime.now(UTC) - timedelta(days=31), datetime.now(UTC) - timedelta(days=29)
    shop.clock = "unsynced"
    async with shop.journal(keep_receipts=MONTH) as journal:
        for number in range(600):
            await journal.submit(shop.sale(report=f"old-{number}", at=old))
        await journal.record(shop.sale(report="new", at=new))
        seen = journal._writer._upkeep._pass_at
        await shop.until(lambda: journal._writer._upkeep._pass_at > seen + 0.3)
        assert shop.rows("SELECT count(*) FROM receipts") == [(601,)]
        shop.clock = "synced"
        await shop.until(lambda: shop.rows("SELECT count(*) FROM receipts") == [(1,)])
        assert shop.rows("SELECT id FROM receipts") == [("new",)]


async def test_disk_is_given_back(shop, monkeypatch):
    monkeypatch.setattr("sync.upkeep.PASS_EVERY_S", 0.05)
    monkeypatch.setattr("sync.upkeep.SLICE_EVERY_S", 0.01)
    old = datetime.now(UTC) - timedelta(days=40)
    async with shop.journal(ballast_bytes=4096, keep_sent=MONTH) as journal:
        for _ in range(100):
            await journal.record(shop.entry(*(shop.Sold(sku="x", note="x" * 1000) for _ in range(50)), at=old))
        full = (await journal.figures()).bytes_on_disk
        await journal.settle(done=range(1, 5001), rejected=[])
        await shop.until(lambda: shop.path.stat().st_size < full // 3)
