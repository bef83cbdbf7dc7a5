"""Work that outlives the box: done once, in order, no device waiting for another; what nobody can tell, a person decides."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from structlog.testing import capture_logs

from drivers.commands import (
    Accepted,
    Answer,
    AnyCommand,
    Done,
    Line,
    OpenDrawer,
    Pay,
    Print,
    Refused,
    SetProperty,
    Show,
    Tare,
    Unknown,
    command_name,
)
from edge.command_json import command_json
from edge.job_desk import JobRefused
from edge.jobs import LOOK_FIRST
from edge.shop.asked_events import DeviceCommanded
from edge.shop.job_events import JobDismissed, JobFinished, JobQueued
from edge.shop.jobs import Job, find_job, mark, newest_jobs, queue_job
from sync.document_events import CommandFinished
from sync.entries import Entry
from sync.events import EventClass
from sync.letters import letters
from tests.edge.puppets import CLERK, Counter, Puppet, open_counter

TEST = Print(blocks=(Line(text="Hello"),))
LEFT = "draw-label, print, set-price, set-property, show, show-amount"
LIGHT = SetProperty(property="light", value="on")


def scripted(*answers: Answer) -> Any:
    left = list(answers)

    async def says(_command: AnyCommand) -> Answer:
        return left.pop(0) if left else Done()

    return says


async def put(counter: Counter, command: AnyCommand, *, device: str = "printer-1", **changes: Any) -> str:
    """Put a job in as a decision would; its id."""
    fields: dict[str, Any] = {
        "id": "job-1",
        "command": command_name(type(command)),
        "content": command_json(command),
        "by": "clerk",
        "origin": "page",
        "asked_at": datetime.now(UTC),
    }
    job = Job(device=device, **(fields | changes))
    await record(counter, partial(queue_job, job))
    return job.id


async def record(counter: Counter, decide: Any) -> None:
    await counter.journal.record(Entry(decide=decide, event_class=EventClass.ORDER, at=datetime.now(UTC), monotonic_ms=0))


async def state(counter: Counter, job: str) -> Job:
    found = await counter.journal.query(partial(find_job, job=job))
    assert found is not None
    return found


async def test_a_job_is_done_and_that_is_written_down(tmp_path: Path) -> None:
    async with open_counter(tmp_path, printer_1=Puppet()) as counter:
        job = await counter.desk.leave("printer-1", TEST, CLERK)
        (finished,) = await counter.told(JobFinished)
        assert finished == {
            "job": job,
            "device": "printer-1",
            "command": "print",
            "outcome": "confirmed",
            "detail": "as asked",
        }
        (queued,) = await counter.events(JobQueued)
        assert (queued["job"], queued["by"], queued["origin"], queued["command"]) == (job, "clerk", "page", "print")
        assert counter.puppets["printer-1"].asked == [TEST]
        assert (await counter.events(DeviceCommanded))[0]["origin"] == "job"
        assert "Hello" not in str(await counter.journal.latest(20))


async def test_one_device_gets_its_jobs_in_order_and_another_does_not_wait(tmp_path: Path) -> None:
    begun, held = asyncio.Event(), asyncio.Event()

    async def says(_command: AnyCommand) -> Answer:
        begun.set()
        await held.wait()
        return Done()

    async with open_counter(tmp_path, printer_1=Puppet(says=says), pole_1=Puppet()) as counter:
        shows = [Show(upper=str(number)) for number in range(3)]
        for each in shows:
            await counter.desk.leave("printer-1", each, CLERK)
        await counter.desk.leave("pole-1", LIGHT, CLERK)
        (finished,) = await counter.told(JobFinished)
        assert finished["device"] == "pole-1"
        async with asyncio.timeout(60):
            await begun.wait()
        assert counter.puppets["printer-1"].asked == shows[:1]
        held.set()
        await counter.told(JobFinished, 4)
        assert counter.puppets["printer-1"].asked == shows


async def test_a_device_that_is_away_keeps_its_jobs(tmp_path: Path) -> None:
    printer = Puppet(away=True)
    async with open_counter(tmp_path, printer_1=printer) as counter:
        await counter.shown(lambda board: board.devices["printer-1"].state == "gone")
        job = await counter.desk.leave("printer-1", TEST, CLERK)
        assert (await state(counter, job)).state == "queued"
        printer.away = False
        assert (await counter.told(JobFinished))[0]["outcome"] == "confirmed"


async def test_a_device_that_goes_before_it_hears_of_a_job_gets_it_later(tmp_path: Path) -> None:
    printer = Puppet()

    async def says(_command: AnyCommand) -> Answer:
        printer.says = None
        printer.away = True
        await counter.shown(lambda board: board.devices["printer-1"].state == "gone")
        printer.away = False
        return Refused(reason="the wire was closed", unheard=True)

    printer.says = says
    async with open_counter(tmp_path, printer_1=printer) as counter:
        await counter.desk.leave("printer-1", TEST, CLERK)
        assert (await counter.told(JobFinished))[0]["outcome"] == "confirmed"
        assert printer.asked == [TEST, TEST]


async def test_a_job_that_expires_is_not_done(tmp_path: Path) -> None:
    printer = Puppet(away=True)
    async with open_counter(tmp_path, printer_1=printer) as counter:
        await put(counter, TEST, expires_at=datetime.now(UTC) + timedelta(milliseconds=50))
        assert (await counter.told(JobFinished))[0]["detail"] == (
            "printer-1 was not there in time: look at the device, then ask for it anew"
        )
        assert printer.asked == []


@dataclass
class SlowDisk:
    """The journal of a box whose disk was full for two hours."""

    journal: Any
    now: datetime

    def __getattr__(self, name: str) -> Any:
        return getattr(self.journal, name)

    async def record(self, entry: Entry) -> Any:
        self.now += timedelta(hours=2)
        return await self.journal.record(entry)


async def test_what_expires_while_the_disk_is_full_is_not_done(tmp_path: Path) -> None:
    async with open_counter(tmp_path, printer_1=Puppet()) as counter:
        slow = SlowDisk(counter.journal, datetime.now(UTC))
        counter.jobs.journal, counter.jobs.now = slow, lambda: slow.now  # type: ignore[assignment]
        await put(counter, OpenDrawer(reason="change"), expires_at=slow.now + timedelta(hours=1))
        (finished,) = await counter.told(JobFinished)
        assert (finished["outcome"], finished["detail"]) == (
            "failed",
            "it could not be written down in time that printer-1 is asked: ask for it anew",
        )
        assert counter.puppets["printer-1"].asked == []


async def test_an_answer_that_can_never_be_written_down_is_not_tried_for_ever(tmp_path: Path) -> None:
    poison = "CREATE TRIGGER poison BEFORE UPDATE ON jobs WHEN new.state = 'confirmed' BEGIN SELECT RAISE(ABORT, 'no'); END"
    with capture_logs():
        async with open_counter(tmp_path, printer_1=Puppet()) as counter:
            await record(counter, lambda db: db.execute(poison).fetchall())
            await counter.desk.leave("printer-1", TEST, CLERK)
            assert (await counter.told(JobFinished))[0]["outcome"] == "unknown"
            assert counter.puppets["printer-1"].asked == [TEST]
            assert len(await counter.journal.query(partial(letters, limit=9))) == 1


async def test_a_job_for_a_device_that_nobody_knows_fails(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("edge.jobs.OPEN_WAIT_S", 0.05)
    async with open_counter(tmp_path, printer_1=Puppet()) as counter:
        await put(counter, TEST, device="printer-9")
        assert (await counter.told(JobFinished))[0]["detail"] == "no device is called printer-9 in the settings"


@pytest.mark.parametrize(
    ("answer", "outcome", "detail"),
    [
        (Accepted(detail="no status on this line"), "accepted", "no status on this line"),
        (Refused(reason="no paper"), "failed", "no paper"),
        (Unknown(reason="it fell silent"), "unknown", f"it fell silent; {LOOK_FIRST}"),
    ],
)
async def test_an_answer_that_is_not_done_closes_the_job_too(tmp_path: Path, answer: Answer, outcome: str, detail: str) -> None:
    async with open_counter(tmp_path, printer_1=Puppet(says=scripted(answer))) as counter:
        await counter.desk.leave("printer-1", TEST, CLERK)
        (finished,) = await counter.told(JobFinished)
        assert (finished["outcome"], finished["detail"]) == (outcome, detail)
        assert counter.puppets["printer-1"].asked == [TEST]


async def test_paper_that_nobody_can_tell_about_is_an_alarm_until_a_person_has_looked(tmp_path: Path) -> None:
    async with open_counter(tmp_path, printer_1=Puppet(says=scripted(Unknown(reason="silent")))) as counter:
        job = await counter.desk.leave("printer-1", TEST, CLERK)
        await counter.shown(lambda board: "jobs" in board.alarms)
        assert counter.board.alarms["jobs"] == f"nobody can tell whether this was done: print at printer-1; {LOOK_FIRST}"
        await counter.desk.dismiss(job, CLERK)
        await counter.shown(lambda board: "jobs" not in board.alarms)
        assert (await state(counter, job)).state == "dismissed"
        assert (await counter.events(JobDismissed))[0] == {
            "job": job,
            "device": "printer-1",
            "command": "print",
            "by": "clerk",
            "again": None,
        }


async def test_a_person_has_it_printed_again_once(tmp_path: Path) -> None:
    async with open_counter(tmp_path, printer_1=Puppet(says=scripted(Unknown(reason="silent")))) as counter:
        job = await counter.desk.leave("printer-1", TEST, CLERK)
        await counter.told(JobFinished)
        again = await counter.desk.again(job, CLERK)
        finished = await counter.told(JobFinished, 2)
        assert (finished[1]["job"], finished[1]["outcome"]) == (again, "confirmed")
        assert counter.puppets["printer-1"].asked == [TEST, TEST]
        with pytest.raises(JobRefused) as refused:
            await counter.desk.again(job, CLERK)
        assert str(refused.value) == f"job {job} is dismissed: only one that is unknown or failed waits for a person"


async def test_what_is_as_good_twice_is_tried_again_but_not_for_ever(tmp_path: Path) -> None:
    lost = Unknown(reason="the wire was lost")
    async with open_counter(
        tmp_path, light_1=Puppet(says=scripted(lost, lost)), light_2=Puppet(says=scripted(*[lost] * 9))
    ) as counter:
        await counter.desk.leave("light-1", LIGHT, CLERK)
        assert (await counter.told(JobFinished))[0]["outcome"] == "confirmed"
        await counter.desk.leave("light-2", LIGHT, CLERK)
        finished = await counter.told(JobFinished, 2)
        assert (finished[1]["outcome"], finished[1]["detail"]) == ("unknown", "tried 5 times: the wire was lost")
        assert [len(puppet.asked) for puppet in counter.puppets.values()] == [3, 5]


async def found_sent(folder: Path, command: AnyCommand, content: str | None = None) -> None:
    """Leave a job as a box leaves it that dies while the device is asked."""
    async with open_counter(folder, work=False, printer_1=Puppet()) as counter:
        job = await put(counter, command, **({} if content is None else {"content": content}))
        await record(counter, partial(mark, job, "sent"))


@pytest.mark.parametrize("command", [TEST, OpenDrawer(reason="change"), Tare()], ids=["print", "drawer", "pan"])
async def test_what_was_being_done_when_the_box_died_is_never_done_again_by_itself(tmp_path: Path, command: AnyCommand) -> None:
    await found_sent(tmp_path, command)
    for _ in range(2):
        async with open_counter(tmp_path, printer_1=Puppet()) as counter:
            (finished,) = await counter.told(JobFinished)
            assert finished["outcome"] == "unknown"
            assert finished["detail"] == f"the box was stopped while this was being done: {LOOK_FIRST}"
            assert counter.puppets["printer-1"].asked == []


async def test_a_light_is_set_again_after_the_box_died(tmp_path: Path) -> None:
    await found_sent(tmp_path, LIGHT)
    async with open_counter(tmp_path, printer_1=Puppet()) as counter:
        assert (await counter.told(JobFinished))[0]["outcome"] == "confirmed"
        assert counter.puppets["printer-1"].asked == [LIGHT]


async def test_a_job_of_another_version_fails_and_does_not_stop_the_others(tmp_path: Path) -> None:
    async with open_counter(tmp_path, printer_1=Puppet()) as counter:
        await put(counter, TEST, content='{"command":"fold"}')
        await put(counter, TEST, id="job-2", content="")
        await counter.desk.leave("printer-1", TEST, CLERK)
        told = await counter.told(JobFinished, 3)
        assert [each["outcome"] for each in told] == ["failed", "failed", "confirmed"]
        assert told[0]["detail"].startswith("command is one of: ")
        assert told[1]["detail"].startswith("it is no longer known what was to be done: ")


async def test_a_bug_in_one_driver_leaves_that_job_unknown_and_the_next_is_done(tmp_path: Path) -> None:
    async def fails(command: AnyCommand) -> Answer:
        if command == TEST:
            raise ZeroDivisionError
        return Done()

    with capture_logs():  # a traceback in colours takes seconds
        async with open_counter(tmp_path, printer_1=Puppet(says=fails), pole_1=Puppet()) as counter:
            await counter.desk.leave("printer-1", TEST, CLERK)
            await counter.desk.leave("printer-1", LIGHT, CLERK)
            await counter.desk.leave("pole-1", LIGHT, CLERK)
            told = await counter.told(JobFinished, 3)
    assert {(each["device"], each["command"], each["outcome"]) for each in told} == {
        ("printer-1", "print", "unknown"),
        ("printer-1", "set-property", "confirmed"),
        ("pole-1", "set-property", "confirmed"),
    }


async def test_a_job_of_headquarters_is_reported_back(tmp_path: Path) -> None:
    async with open_counter(tmp_path, printer_1=Puppet()) as counter:
        await put(counter, Tare(), id="cloud-c-7", origin="cloud", cause="ask")
        assert await counter.told(CommandFinished) == [{"id": "c-7", "kind": "ask", "outcome": "confirmed", "detail": "as asked"}]


async def test_the_same_id_is_one_job(tmp_path: Path) -> None:
    async with open_counter(tmp_path, work=False, printer_1=Puppet()) as counter:
        await put(counter, TEST)
        await put(counter, LIGHT)
        (job,) = await counter.journal.query(partial(newest_jobs, limit=10))
        assert job.command == "print"


async def test_what_worked_is_forgotten_but_for_receipts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async with open_counter(tmp_path, printer_1=Puppet()) as counter:
        light = await counter.desk.leave("printer-1", LIGHT, CLERK)
        receipt = await counter.desk.leave("printer-1", TEST, CLERK)
        await counter.told(JobFinished, 2)
        assert (await state(counter, light)).content == ""
        assert (await state(counter, receipt)).content == command_json(TEST)
        monkeypatch.setattr("edge.shop.job_events.KEEP_JOBS", 1)
        await counter.desk.leave("printer-1", TEST, CLERK)
        jobs = await counter.journal.query(partial(newest_jobs, limit=10))
        assert light not in {job.id for job in jobs}
        assert len(await counter.journal.query(lambda db: db.execute("SELECT id FROM job_contents").fetchall())) <= 2


@pytest.mark.parametrize(
    ("device", "command", "problem"),
    [
        ("printer-9", TEST, "no device is called printer-9 in the settings; list them: storebox devices"),
        (
            "printer-1",
            Pay(amount_minor=1),
            f"pay is about this moment and cannot wait as a job; jobs are: {LEFT}",
        ),
        ("drawer-1", TEST, "drawer-1 cannot print; it can: open-drawer"),
    ],
)
async def test_what_is_no_job_is_told(tmp_path: Path, device: str, command: AnyCommand, problem: str) -> None:
    async with open_counter(tmp_path, work=False, printer_1=Puppet(), drawer_1=Puppet()) as counter:
        drawer = counter.devices._kept["drawer-1"].attended
        drawer.driver = type(drawer.driver)(
            kind="drawer", settings_class=drawer.driver.settings_class, open=drawer.driver.open, commands=(OpenDrawer,)
        )
        with pytest.raises(JobRefused) as refused:
            await counter.desk.leave(device, command, CLERK)
        assert str(refused.value) == problem
        assert await counter.events(JobQueued) == []


async def test_what_cannot_be_done_again_is_told(tmp_path: Path) -> None:
    async with open_counter(tmp_path, printer_1=Puppet(says=scripted(*[Unknown(reason="silent")] * 2))) as counter:
        await put(counter, OpenDrawer(reason="change"), id="job-1")
        await put(counter, TEST, id="job-2")
        await counter.told(JobFinished, 2)
        await record(counter, lambda db: db.execute("DELETE FROM job_contents").fetchall())
        for job, problem in (
            ("job-1", "a drawer is never kicked again by a job: open it anew, with a reason"),
            ("job-2", "it is no longer known what job job-2 was to do: ask the device anew"),
            ("job-9", "no job is called job-9; list them: storebox jobs"),
        ):
            with pytest.raises(JobRefused) as refused:
                await counter.desk.again(job, CLERK)
            assert str(refused.value) == problem
