"""Everything that a device is asked is written down; what opens a drawer or takes money before it is asked."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest

from drivers.commands import Accepted, Answer, AnyCommand, Charged, Done, Line, OpenDrawer, Pay, Print, Refused, Tare, Unknown
from edge import asking
from edge.asking import Asker
from edge.shop.asked_events import DeviceCommanded, PaymentAnswered, PaymentAsked, cut_card
from edge.shop.drawers import DrawerKicked
from tests.edge.puppets import CLERK, Counter, Puppet, open_counter

CARD = "6222021234567891234"


def always(answer: Answer) -> Any:
    async def says(_command: AnyCommand) -> Answer:
        return answer

    return says


@pytest.mark.parametrize(
    ("answer", "outcome", "detail"),
    [
        (Done(detail="S  0.000 kg"), "done", "S  0.000 kg"),
        (Accepted(detail="waits for the label"), "accepted", "waits for the label"),
        (Refused(reason="the pan moves"), "refused", "the pan moves"),
        (Unknown(reason="the wire was lost"), "unknown", "the wire was lost"),
        (Done(detail=f"card {CARD}"), "done", "card <19 digits>"),
        (Done(detail="." * 387 + "690102807583112345"), "done", "." * 387 + "<18 digits>"),
    ],
)
async def test_each_answer_is_written_down(tmp_path: Path, answer: Answer, outcome: str, detail: str) -> None:
    async with open_counter(tmp_path, work=False, scale_1=Puppet(says=always(answer))) as counter:
        assert await counter.asking.ask("scale-1", Tare(), CLERK) == answer
        assert await counter.events(DeviceCommanded) == [
            {
                "device": "scale-1",
                "command": "tare",
                "by": "clerk",
                "origin": "page",
                "outcome": outcome,
                "detail": detail,
            }
        ]


async def test_what_is_printed_is_not_written_down(tmp_path: Path) -> None:
    async with open_counter(tmp_path, work=False, printer_1=Puppet()) as counter:
        await counter.asking.ask("printer-1", Print(blocks=(Line(text="SECRET"),)), CLERK)
        assert "SECRET" not in str(await counter.journal.latest(10))


async def test_an_unknown_device_is_an_answer_too(tmp_path: Path) -> None:
    async with open_counter(tmp_path, work=False, printer_1=Puppet()) as counter:
        answer = await counter.asking.ask("scale-9", Tare(), CLERK)
        assert answer == Refused(reason="no device is called scale-9; there are: printer-1")
        assert (await counter.events(DeviceCommanded))[0]["outcome"] == "refused"
        assert await counter.asking.restart("scale-9", CLERK) == answer


async def test_a_driver_that_hangs_beyond_its_deadline_leaves_it_unknown(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(asking, "GRACE_MS", 50)

    async def hangs(_command: AnyCommand) -> Answer:
        await asyncio.Event().wait()
        raise AssertionError

    async with open_counter(tmp_path, work=False, scale_1=Puppet(says=hangs)) as counter:
        assert await counter.asking.ask("scale-1", Tare(deadline_ms=10), CLERK) == Unknown(
            reason="scale-1 did not answer tare within 60 ms: look at it before you ask again"
        )
        assert (await counter.events(DeviceCommanded))[0]["outcome"] == "unknown"


@pytest.mark.parametrize("command", [Print(deadline_ms=10, blocks=()), Pay(deadline_ms=10, amount_minor=1)], ids=["print", "pay"])
async def test_a_receipt_is_not_cut_off_and_a_terminal_may_say_how_it_stopped(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, command: AnyCommand
) -> None:
    monkeypatch.setattr(asking, "GRACE_MS", 0)

    async def slow(_command: AnyCommand) -> Answer:
        await asyncio.sleep(0.1)
        return Done(detail="late")

    async with open_counter(tmp_path, work=False, printer_1=Puppet(says=slow)) as counter:
        assert await counter.asking.ask("printer-1", command, CLERK) == Done(detail="late")


async def test_a_drivers_own_missed_deadline_is_its_bug(tmp_path: Path) -> None:
    async def fails(_command: AnyCommand) -> Answer:
        raise TimeoutError

    async with open_counter(tmp_path, work=False, scale_1=Puppet(says=fails)) as counter:
        with pytest.raises(TimeoutError):
            await counter.asking.ask("scale-1", Tare(), CLERK)


async def test_a_kick_is_on_disk_before_the_drawer_hears_of_it(tmp_path: Path) -> None:
    known: list[Any] = []
    counter: Counter

    async def says(_command: AnyCommand) -> Answer:
        known.extend(await counter.events(DrawerKicked))
        return Done()

    async with open_counter(tmp_path, work=False, printer_1=Puppet(says=says)) as counter:
        await counter.asking.ask("printer-1", OpenDrawer(reason=" change for 13800138000 "), CLERK)
        assert known == [{"drawer": "printer-1", "by": "clerk", "origin": "page", "reason": "change for <11 digits>"}]


@pytest.mark.parametrize(("reason", "by"), [("", "clerk"), ("  ", "clerk"), ("change", "")])
async def test_a_drawer_is_opened_for_a_reason_by_somebody(tmp_path: Path, reason: str, by: str) -> None:
    async with open_counter(tmp_path, work=False, printer_1=Puppet()) as counter:
        answer = await counter.asking.ask("printer-1", OpenDrawer(reason=reason), Asker(by=by, origin="cli"))
        assert answer == Refused(reason="a drawer is opened for a reason, by somebody: say both")
        assert counter.puppets["printer-1"].asked == []
        assert await counter.events(DrawerKicked) == []


@pytest.mark.parametrize("command", [OpenDrawer(reason="change"), Pay(amount_minor=100)])
async def test_what_cannot_be_written_down_is_not_done(tmp_path: Path, command: AnyCommand) -> None:
    async with open_counter(tmp_path, quota_mib=0, work=False, printer_1=Puppet()) as counter:
        answer = await counter.asking.ask("printer-1", command, CLERK)
        assert isinstance(answer, Refused)
        assert answer.reason.startswith(
            "printer-1 was not asked, because that could not be written down first: the journal's 0 MiB"
        )
        assert counter.puppets["printer-1"].asked == []


async def test_a_journal_that_hangs_keeps_nobody_waiting(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(asking, "WRITE_S", 0.05)
    async with open_counter(tmp_path, work=False, printer_1=Puppet()) as counter:

        async def hangs(_entry: object) -> None:
            await asyncio.Event().wait()

        monkeypatch.setattr(type(counter.journal), "record", lambda _self, entry: hangs(entry))
        answer = await counter.asking.ask("printer-1", OpenDrawer(reason="change"), CLERK)
        assert isinstance(answer, Refused)
        assert answer.reason.endswith("the journal did not answer within 0 s")


async def test_a_payment_is_written_down_before_and_after(tmp_path: Path) -> None:
    taken = Charged(amount_minor=2350, receipt="0042", card=CARD, scheme="UnionPay")
    async with open_counter(tmp_path, work=False, terminal_1=Puppet(says=always(taken))) as counter:
        assert await counter.asking.ask("terminal-1", Pay(amount_minor=2350), CLERK) == taken
        (asked,) = await counter.events(PaymentAsked)
        (answered,) = await counter.events(PaymentAnswered)
        assert (asked["command"], asked["amount_minor"], asked["by"]) == ("pay", 2350, "clerk")
        assert (answered["outcome"], answered["amount_minor"], answered["receipt"]) == ("charged", 2350, "0042")
        assert (answered["card"], answered["scheme"]) == ("622202******1234", "UnionPay")
        assert CARD not in str(await counter.journal.latest(10))


async def test_money_whose_answer_cannot_be_written_down_is_an_alarm(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async with open_counter(tmp_path, work=False, terminal_1=Puppet()) as counter:
        write = type(counter.asking)._write

        async def fails(self: Any, event: Any) -> str:
            return "no space" if isinstance(event, PaymentAnswered) else await write(self, event)

        monkeypatch.setattr(type(counter.asking), "_write", fails)
        await counter.asking.ask("terminal-1", Pay(amount_minor=100), CLERK)
        assert counter.board.alarms == {
            "payment at terminal-1": "terminal-1 answered a pay and it could not be written down (no space): "
            "look at the terminal's journal"
        }


async def test_a_device_is_closed_and_opened_anew(tmp_path: Path) -> None:
    async with open_counter(tmp_path, work=False, scale_1=Puppet()) as counter:
        assert await counter.asking.restart("scale-1", CLERK) == Done(detail="closed, and is opened again")
        await counter.shown(lambda _board: counter.puppets["scale-1"].opened == 2)
        assert [(told["command"], told["outcome"]) for told in await counter.events(DeviceCommanded)] == [
            ("restart-device", "done")
        ]


@pytest.mark.parametrize(
    ("card", "kept"),
    [(CARD, "622202******1234"), ("622202******1234", "622202******1234"), ("****1234", "****1234"), ("", "")],
)
def test_of_a_card_ten_digits_are_kept_at_most(card: str, kept: str) -> None:
    assert cut_card(card) == kept
