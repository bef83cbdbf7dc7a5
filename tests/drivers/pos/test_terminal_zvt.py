"""A card terminal on a real TCP line, in all its moods: what was charged is told, what nobody knows is called so."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import pytest

from drivers.commands import (
    Abort,
    Accepted,
    Answer,
    Charged,
    Done,
    EndOfDay,
    Pay,
    Refund,
    Refused,
    Reverse,
    Tare,
    Unknown,
)
from drivers.contract import BadFrame, DeviceError, DeviceGone, DeviceSilent
from drivers.counter_readings import TerminalSeen
from drivers.pos import terminal_zvt, zvt_conversation
from drivers.pos.terminal_zvt import ZvtTerminal
from drivers.pos.zvt_settings import ZvtSettings
from drivers.readings import AnyReading
from drivers.sim.zvt_terminal import ZvtTerminalSim

PAN = "4929101234561237"
LOOK = "Before you ask again, look at the terminal: its last receipt, or its list of payments, shows whether the card was charged"


@dataclass
class Lane:
    """A terminal whose readings somebody listens to, as the box does."""

    terminal: ZvtTerminal
    heard: list[AnyReading] = field(default_factory=list)
    failure: asyncio.Future[DeviceError] = field(default_factory=lambda: asyncio.get_running_loop().create_future())
    news: asyncio.Event = field(default_factory=asyncio.Event)

    async def listen(self) -> None:
        try:
            async for reading in self.terminal.readings():
                self.heard.append(reading)
                self.news.set()
        except DeviceError as error:
            self.failure.set_result(error)

    async def says(self, words: str) -> None:
        async with asyncio.timeout(30):
            while words not in [seen.words for seen in self.heard if isinstance(seen, TerminalSeen)]:
                self.news.clear()
                await self.news.wait()

    async def pay(self, amount_minor: int = 1250, deadline_ms: int = 20_000) -> Answer:
        return await self.terminal.perform(Pay(amount_minor=amount_minor, deadline_ms=deadline_ms))


@asynccontextmanager
async def lane(sim: ZvtTerminalSim, **settings: object) -> AsyncIterator[Lane]:
    async with ZvtTerminal("terminal-1", settings_of(sim, **settings)) as terminal:
        lane = Lane(terminal)
        listening = asyncio.create_task(lane.listen(), name="readings")
        try:
            yield lane
        finally:
            listening.cancel()
            await asyncio.gather(listening, return_exceptions=True)


def settings_of(sim: ZvtTerminalSim, **settings: object) -> ZvtSettings:
    return ZvtSettings.model_validate({"host": "127.0.0.1", "port": sim.port, **settings})


@pytest.fixture
async def sim() -> AsyncIterator[ZvtTerminalSim]:
    async with ZvtTerminalSim() as sim:
        yield sim


@pytest.fixture
def hasty(monkeypatch: pytest.MonkeyPatch) -> None:
    """A box that is impatient, so that silence costs no time."""
    monkeypatch.setattr(zvt_conversation, "ANSWER_MS", 800)
    monkeypatch.setattr(zvt_conversation, "STOPPING_MS", 800)


async def test_a_payment_is_charged_once_and_its_card_is_cut(sim: ZvtTerminalSim) -> None:
    async with lane(sim) as paying:
        answer = await paying.pay(1250)
        assert answer == Charged(amount_minor=1250, receipt="0047", card="492910******1237", scheme="VISA")
        await paying.says("insert card")
        await paying.says("waiting for the bank")
        assert PAN[:8] not in repr(paying.heard)
    assert sim.heard[0].hex() == "060006000000380978"
    assert "06010a040000000012504" + "90978" in [apdu.hex() for apdu in sim.heard]
    assert sim.charged == {47: 1250}


async def test_a_stuttering_terminal_that_prints_and_repeats_itself_is_understood(sim: ZvtTerminalSim) -> None:
    sim.stutter_ms, sim.prints, sim.repeats, sim.words = 1, True, 2, (0x0A,)
    async with lane(sim) as paying:
        assert isinstance(await paying.pay(), Charged)
    assert sim.charged == {47: 1250}


async def test_a_declined_card_is_refused_in_words(sim: ZvtTerminalSim) -> None:
    async with lane(sim) as paying:
        sim.result = 5
        declined = "the terminal did not do the payment of 12.50: the bank declined it (code 5), GEN.NR.:611804"
        assert await paying.pay() == Refused(reason=declined)
        sim.result = 0x78
        expired = "the terminal did not do the payment of 3.14: the card has expired (code 78), GEN.NR.:611804"
        assert await paying.pay(314) == Refused(reason=expired)
        sim.result = 0
        assert isinstance(await paying.pay(), Charged), "the next card is welcome"


async def test_a_payment_is_taken_back_and_money_given_back(sim: ZvtTerminalSim) -> None:
    async with lane(sim) as paying:
        await paying.pay(990)
        assert await paying.terminal.perform(Reverse(receipt="47")) == Charged(
            amount_minor=990, receipt="0047", card="492910******1237", scheme="VISA"
        )
        again = await paying.terminal.perform(Reverse(receipt="0047"))
        assert again == Refused(reason="the terminal did not do taking back receipt 0047: an error while processing (code 66)")
        await paying.pay(700)
        assert isinstance(await paying.terminal.perform(Refund(amount_minor=500)), Charged)
        assert await paying.terminal.perform(EndOfDay()) == Done(detail="the day is closed: 2.00")
    assert sim.charged == {}


async def test_what_cannot_be_asked_is_refused_before_anything_is_sent(sim: ZvtTerminalSim) -> None:
    async with lane(sim) as paying:
        for amount in (0, -5, 10**12):
            refused = await paying.pay(amount)
            assert refused == Refused(reason=f"{amount} cannot be paid by card: the amount is from 1 to 999999999999")
        odd = await paying.terminal.perform(Reverse(receipt="A47"))
        assert odd == Refused(reason="a receipt of the terminal has a number of one to four digits: it stands on its paper")
        tare = await paying.terminal.perform(Tare())
        assert tare == Refused(reason="a card terminal cannot tare; it can: pay, reverse, refund, abort, end-of-day")
        assert len(sim.heard) == 1, "nothing but the registration"


async def test_a_second_payment_waits_for_nobody(sim: ZvtTerminalSim) -> None:
    async with lane(sim) as paying, asyncio.TaskGroup() as group:
        sim.think_ms = 60_000
        first = group.create_task(paying.pay(), name="first")
        await paying.says("insert card")
        busy = await paying.pay(1)
        assert busy == Refused(reason="the terminal is busy with the payment of 12.50: wait for it, or abort it")
        assert await paying.terminal.perform(Abort()) == Done(detail="the terminal stopped the payment of 12.50")
        stopped = "stopped on the terminal, or nobody answered it in time (code 6C)"
        assert await first == Refused(reason=f"the terminal did not do the payment of 12.50: {stopped}")
    assert sim.charged == {}


async def test_an_abort_in_the_first_moment_stops_the_payment_too(sim: ZvtTerminalSim) -> None:
    async with lane(sim) as paying, asyncio.TaskGroup() as group:
        sim.think_ms = 60_000
        first = group.create_task(paying.pay(), name="first")
        await asyncio.sleep(0)
        assert isinstance(await paying.terminal.perform(Abort(deadline_ms=30_000)), Done)
        assert isinstance(await first, Refused)


async def test_an_abort_that_comes_too_late_says_so(sim: ZvtTerminalSim) -> None:
    sim.stubborn, sim.think_ms = True, 200
    async with lane(sim) as paying, asyncio.TaskGroup() as group:
        first = group.create_task(paying.pay(), name="first")
        await paying.says("waiting for the bank")
        late = await paying.terminal.perform(Abort(deadline_ms=30_000))
        assert isinstance(await first, Charged)
        told = "too late: the terminal had finished the payment of 12.50; take it back if it must not stand"
        assert late == Refused(reason=told)


async def test_an_abort_with_nothing_to_stop_is_sent_all_the_same(sim: ZvtTerminalSim) -> None:
    async with lane(sim) as paying:
        answer = await paying.terminal.perform(Abort())
        assert answer == Done(detail="the box had asked the terminal for nothing; it was told to stop all the same")
    assert sim.heard[-1].hex() == "06b000"


async def test_a_terminal_that_does_not_stop_in_time_has_only_accepted(sim: ZvtTerminalSim) -> None:
    async with lane(sim) as paying, asyncio.TaskGroup() as group:
        sim.think_ms = 60_000
        first = group.create_task(paying.pay(), name="first")
        await paying.says("insert card")
        sim.stutter_ms = 30
        accepted = await paying.terminal.perform(Abort(deadline_ms=5))
        assert accepted == Accepted(detail="the terminal was told to stop and has not ended the payment of 12.50 yet")
        assert isinstance(await first, Refused)


async def test_a_card_that_never_comes_is_given_up_without_a_charge(sim: ZvtTerminalSim) -> None:
    async with lane(sim) as paying:
        sim.think_ms = 60_000
        assert isinstance(await paying.pay(deadline_ms=300), Refused)
        assert sim.charged == {}
        sim.think_ms = 0
        assert isinstance(await paying.pay(), Charged)


@pytest.mark.parametrize("place", ["ack", "words", "status", "completion"])
async def test_a_line_that_is_cut_on_the_way_leaves_the_payment_unknown(sim: ZvtTerminalSim, place: str) -> None:
    async with lane(sim) as paying:
        sim.halt, sim.hang_up = place, True
        answer = await paying.pay()
        assert isinstance(answer, Unknown)
        assert answer.reason.startswith("nobody can tell what became of the payment of 12.50 (")
        assert answer.reason.endswith(LOOK)
        assert isinstance(await paying.failure, DeviceGone), "so that it is opened again"


@pytest.mark.usefixtures("hasty")
@pytest.mark.parametrize("place", ["ack", "words", "status", "completion"])
async def test_a_terminal_that_never_answers_leaves_the_payment_unknown(sim: ZvtTerminalSim, place: str) -> None:
    async with lane(sim) as paying:
        sim.halt = place
        answer = await paying.pay(deadline_ms=100)
        assert isinstance(answer, Unknown)
        assert f"no answer from 127.0.0.1:{sim.port} within" in answer.reason
        assert isinstance(await paying.failure, DeviceSilent)


async def test_the_end_of_a_payment_that_nobody_waits_for_is_not_that_of_the_next(sim: ZvtTerminalSim) -> None:
    async with lane(sim) as paying, asyncio.TaskGroup() as group:
        sim.think_ms = 60_000
        first = group.create_task(paying.pay(), name="first")
        await paying.says("insert card")
        first.cancel()
        await asyncio.wait((first,))
        told = "the line to the terminal is being opened anew: ask again in a moment"
        assert await paying.pay(1) == Refused(reason=told)
        assert str(await paying.failure) == "the payment of 12.50 did not end in time: the line is opened anew"


@pytest.mark.usefixtures("hasty")
async def test_half_a_message_leaves_the_payment_unknown_and_shows_no_card(sim: ZvtTerminalSim) -> None:
    async with lane(sim) as paying:
        sim.raw_status = bytes.fromhex(f"040f50270022f0f8{PAN}")
        answer = await paying.pay()
        assert isinstance(answer, Unknown)
        assert f"127.0.0.1:{sim.port} stopped in the middle of a message: no answer" in answer.reason
        failure = await paying.failure
        assert isinstance(failure, BadFrame)
        assert failure.frame == bytes.fromhex("040f50")
        assert PAN[:8] not in answer.reason + repr(failure)


async def test_a_status_that_is_none_leaves_the_payment_unknown(sim: ZvtTerminalSim) -> None:
    async with lane(sim) as paying:
        sim.raw_status = bytes.fromhex("040f04870047" + "ee")
        answer = await paying.pay()
        why = "it ended without saying how"
        assert answer == Unknown(reason=f"nobody can tell what became of the payment of 12.50 ({why}). {LOOK}")


async def test_approved_and_then_given_up_is_unknown(sim: ZvtTerminalSim) -> None:
    async with lane(sim) as paying:
        sim.result, sim.raw_status = 0x6A, bytes.fromhex("040f022700")
        answer = await paying.pay()
        assert isinstance(answer, Unknown)
        assert "(approved first, then given up: its turnover file is full: close the day (code 6A))" in answer.reason


async def test_an_end_of_day_that_is_refused_says_why(sim: ZvtTerminalSim) -> None:
    async with lane(sim) as paying:
        sim.refuse = 0x77
        answer = await paying.terminal.perform(EndOfDay())
        assert answer == Refused(reason="the terminal did not close the day: the day cannot be closed now (code 77)")


async def test_a_terminal_that_forgot_the_box_charges_nobody_and_is_registered_anew(sim: ZvtTerminalSim) -> None:
    async with lane(sim) as paying:
        sim.forgets = True
        assert await paying.pay() == Refused(
            reason="the terminal did not do the payment of 12.50: it is not registered (code 6B)"
        )
        assert str(await paying.failure) == "the terminal has forgotten the box: it is registered anew"
    assert [seen.state for seen in paying.heard if isinstance(seen, TerminalSeen)][-1] == "not-registered"
    async with lane(sim) as paying:
        assert isinstance(await paying.pay(), Charged)


async def test_a_wrong_password_is_told_at_once(sim: ZvtTerminalSim) -> None:
    with pytest.raises(DeviceError) as refused:
        async with lane(sim, password="123456"):
            raise AssertionError("it must not open")
    assert str(refused.value) == (
        "the terminal refuses to be registered: an error of the protocol: are password and currency_number in its settings right?"
        " (code 9A); are its password and currency_number in the settings right, and is ZVT enabled on it?"
    )


@pytest.mark.usefixtures("hasty")
async def test_a_terminal_that_is_mute_from_the_beginning_is_silent(sim: ZvtTerminalSim) -> None:
    sim.halt = "ack"
    with pytest.raises(DeviceSilent, match=r"no answer from 127\.0\.0\.1"):
        async with lane(sim):
            raise AssertionError("it must not open")


async def test_no_terminal_is_gone() -> None:
    async with ZvtTerminalSim() as sim:
        port = sim.port
    with pytest.raises(DeviceGone, match=f"cannot connect to 127.0.0.1:{port}"):
        async with ZvtTerminal("terminal-1", ZvtSettings(host="127.0.0.1", port=port)):
            raise AssertionError("it must not open")


@pytest.mark.usefixtures("hasty")
async def test_noise_is_no_terminal(sim: ZvtTerminalSim) -> None:
    async with lane(sim) as paying:
        await sim.say(b"HTTP/1.1 400 Bad Request\r\n" + b"x" * 200)
        failure = await paying.failure
    assert isinstance(failure, DeviceError)


async def test_a_line_that_is_cut_between_payments_is_gone_at_once(sim: ZvtTerminalSim) -> None:
    async with lane(sim) as paying:
        sim.cut()
        assert isinstance(await paying.failure, DeviceGone)


async def test_a_payment_that_is_approved_too_late_is_shown_to_people(sim: ZvtTerminalSim) -> None:
    async with lane(sim) as paying:
        await sim.say(bytes.fromhex(f"040f1727000400000000125087004722f0f8{PAN}"))
        await paying.says("receipt 0047 of 12.50 came after the box had stopped waiting: book it by hand")
        await sim.say(bytes.fromhex("04ff01cb"))
        await paying.says("its journal is full: close the day")
        assert PAN[:8] not in repr(paying.heard)


async def test_a_quiet_terminal_is_asked_for_a_diagnosis(
    sim: ZvtTerminalSim, monkeypatch: pytest.MonkeyPatch, until: Callable[[Callable[[], bool]], Awaitable[None]]
) -> None:
    monkeypatch.setattr(terminal_zvt, "LISTEN_MS", 20)
    async with lane(sim, diagnosis_every_s=1) as paying:
        await until(lambda: b"\x06\x70\x00" in sim.heard)
        assert isinstance(await paying.pay(), Charged)
