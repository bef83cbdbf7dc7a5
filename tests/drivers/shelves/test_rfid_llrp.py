"""An RFID reader over TCP, kept open through everything that readers and their networks do."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import aclosing, asynccontextmanager, suppress

import pytest
from pydantic import ValidationError

from drivers.commands import Refused, Tare
from drivers.contract import BadFrame, DeviceError, DeviceGone, DeviceSilent
from drivers.readings import AnyReading
from drivers.room_readings import PropertySeen, Tag, TagsSeen
from drivers.shelves.rfid_llrp import DRIVER, LlrpSettings, RfidReader, joined
from drivers.sim.llrp_reader import LlrpReaderSim

EVENTUALLY_S = 60.0
MILK, BREAD = "3005FB63AC1F3841EC880467", "1FB41F712AC9C37AB79D618173188324001A"


def reader(sim: LlrpReaderSim, **given: object) -> RfidReader:
    settings = LlrpSettings.model_validate({"host": "127.0.0.1", "port": sim.port, "report_ms": 100} | given)
    opened = DRIVER.open("rfid-1", settings, None)  # type: ignore[arg-type]
    assert isinstance(opened, RfidReader)
    return opened


async def until(readings: AsyncIterator[AnyReading], wanted: Callable[[AnyReading], bool]) -> AnyReading:
    async with asyncio.timeout(EVENTUALLY_S):
        async for reading in readings:
            if wanted(reading):
                return reading
    raise AssertionError("the reader stopped telling")


def sees(*epcs: str) -> Callable[[AnyReading], bool]:
    return lambda reading: isinstance(reading, TagsSeen) and [tag.epc for tag in reading.tags] == sorted(epcs)


async def test_tags_that_are_laid_down_and_taken_away_are_seen() -> None:
    async with LlrpReaderSim() as sim, reader(sim) as rfid, aclosing(rfid.readings()) as readings:
        await until(readings, sees())
        sim.put(MILK, antenna=2, dbm=-61)
        sim.put(BREAD)
        seen = await until(readings, sees(MILK, BREAD))
        assert isinstance(seen, TagsSeen)
        tag = seen.tags[1]
        assert (tag.epc, tag.antenna, tag.rssi_dbm) == (MILK, 2, -61)
        assert tag.times > 1  # many rounds, one reading
        sim.take(MILK)
        await until(readings, sees(BREAD))
        assert (seen.device, seen.at.utcoffset() is not None) == ("rfid-1", True)


async def test_a_reader_that_tells_of_no_tags_by_silence_is_asked_whether_it_lives() -> None:
    async with LlrpReaderSim(empties=False) as sim, reader(sim, silent_after_ms=1000) as rfid, aclosing(rfid.readings()) as told:
        await until(told, sees())
        assert sim.keepalive_ms == 333
        assert sim.acks > 0


async def test_only_the_antennas_of_the_settings_look() -> None:
    async with LlrpReaderSim() as sim:
        sim.put(MILK, antenna=1)
        sim.put(BREAD, antenna=2)
        async with reader(sim, antennas=[2, 3]) as rfid, aclosing(rfid.readings()) as readings:
            await until(readings, sees(BREAD))
            assert sim.antennas == (2, 3)


async def test_an_antenna_that_falls_off_is_told_apart_from_an_empty_shelf() -> None:
    async with LlrpReaderSim() as sim, reader(sim) as rfid, aclosing(rfid.readings()) as readings:
        sim.unplug_antenna(2)
        gone = await until(readings, lambda reading: isinstance(reading, PropertySeen))
        assert isinstance(gone, PropertySeen)
        assert (gone.property, gone.value) == ("antenna-2", "disconnected")
        sim.unplug_antenna(2, connected=1)
        await until(readings, lambda reading: isinstance(reading, PropertySeen) and reading.value == "connected")


async def test_a_reader_that_invents_tags_fills_no_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("drivers.shelves.rfid_llrp.MOST_TAGS", 5)
    async with LlrpReaderSim() as sim:
        for number in range(20):
            sim.put(f"{number:024X}")
        async with reader(sim) as rfid, aclosing(rfid.readings()) as readings:
            await until(readings, sees(*(f"{number:024X}" for number in range(5))))


async def test_a_stuttering_reader_is_understood() -> None:
    async with LlrpReaderSim(stutter=True) as sim:
        sim.put(MILK)
        async with reader(sim) as rfid, aclosing(rfid.readings()) as readings:
            await until(readings, sees(MILK))


async def test_a_mute_reader_is_silent() -> None:
    async with LlrpReaderSim() as sim, reader(sim, silent_after_ms=1000) as rfid, aclosing(rfid.readings()) as readings:
        await until(readings, sees())
        sim.mute = True
        with pytest.raises(
            DeviceSilent, match=r"the reader at 127\.0\.0\.1:\d+ said nothing for 1000 ms, not even that it lives"
        ):
            await until(readings, sees(MILK))


async def test_a_reader_that_hangs_up_is_gone_and_comes_back() -> None:
    async with LlrpReaderSim() as sim:
        async with reader(sim) as rfid, aclosing(rfid.readings()) as readings:
            await until(readings, sees())
            sim.hang_up()
            with pytest.raises(DeviceGone, match=r"hung up|was lost"):
                await until(readings, sees(MILK))
        sim.put(MILK)
        async with reader(sim) as rfid, aclosing(rfid.readings()) as readings:
            await until(readings, sees(MILK))
    with pytest.raises(DeviceGone, match="cannot connect"):
        await reader(sim).__aenter__()


async def test_a_reader_is_left_so_that_the_next_client_gets_it_at_once() -> None:
    async with LlrpReaderSim() as sim:
        for _ in range(3):
            async with reader(sim):
                pass
        assert sim.heard.count(14) == 3


async def test_a_second_client_is_told_who_has_the_reader() -> None:
    async with LlrpReaderSim() as sim, reader(sim):
        with pytest.raises(
            DeviceGone, match=r"another client is connected to the reader at .*, and it takes one: close that one"
        ):
            await reader(sim).__aenter__()


async def test_a_reader_that_cannot_take_anybody_is_told() -> None:
    async with LlrpReaderSim(taken=3) as sim:
        with pytest.raises(DeviceGone, match=r"refuses the connection \(status 3\): restart it"):
            await reader(sim).__aenter__()


@pytest.mark.parametrize(
    ("order", "what"),
    [
        (21, "forget earlier orders"),
        (3, "show that it lives"),
        (20, r"look for tags; has it these antennas\?"),
        (24, "get ready"),
        (22, "begin"),
    ],
)
async def test_a_refused_order_is_told_with_the_words_of_the_reader(order: int, what: str) -> None:
    async with LlrpReaderSim(refuses=order) as sim:
        with pytest.raises(DeviceError, match=rf"refuses \({what}\): status 109 no such thing here"):
            await reader(sim).__aenter__()


async def test_a_reader_that_does_not_answer_an_order_is_silent(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("drivers.shelves.llrp_talk.ANSWER_MS", 200)
    async with LlrpReaderSim(deaf_to=24) as sim:
        with pytest.raises(DeviceSilent, match=r"does not answer \(get ready\) within 200 ms: restart it"):
            await reader(sim).__aenter__()


async def test_a_reader_that_does_not_greet_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("drivers.shelves.llrp_talk.ANSWER_MS", 200)
    async with LlrpReaderSim(mute=True) as sim:
        with pytest.raises(DeviceSilent, match="takes the connection, but does not greet as a reader"):
            await reader(sim).__aenter__()


async def test_a_reader_that_stops_looking_is_told_to_begin_again() -> None:
    async with LlrpReaderSim() as sim, reader(sim) as rfid, aclosing(rfid.readings()) as readings:
        await until(readings, sees())
        sim.stop_looking()
        with pytest.raises(DeviceError, match="stopped looking for tags; it is told to begin again"):
            await until(readings, sees(MILK))


async def test_a_reader_that_is_being_set_up_is_gone() -> None:
    async with LlrpReaderSim() as sim, reader(sim) as rfid, aclosing(rfid.readings()) as readings:
        await until(readings, sees())
        sim.close_connection()
        with pytest.raises(DeviceGone, match="closes the connection: does somebody set it up"):
            await until(readings, sees(MILK))


async def test_an_error_out_of_the_blue_is_told() -> None:
    async with LlrpReaderSim() as sim, reader(sim) as rfid, aclosing(rfid.readings()) as readings:
        await until(readings, sees())
        sim.say(bytes.fromhex("0464 00000016 00000000 011f 000c 0064 0004 6f6f7073"))
        with pytest.raises(DeviceError, match=r"refuses \(something that it was told\): status 100 oops"):
            await until(readings, sees(MILK))


async def test_noise_is_told() -> None:
    async with LlrpReaderSim() as sim, reader(sim) as rfid, aclosing(rfid.readings()) as readings:
        await until(readings, sees())
        sim.say(b"\xff" * 20)
        with pytest.raises(BadFrame, match="is no message of an RFID reader"):
            await until(readings, sees(MILK))


@asynccontextmanager
async def greets(greeting: bytes) -> AsyncIterator[LlrpReaderSim]:
    """Something that greets so and hangs up when it is spoken to."""

    async def serve(said: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(greeting)
        with suppress(ConnectionError):
            await said.read(1)
        writer.close()

    async with asyncio.TaskGroup() as tasks:
        server = await asyncio.start_server(lambda *ends: tasks.create_task(serve(*ends)) and None, "127.0.0.1", 0)
        yield LlrpReaderSim(port=server.sockets[0].getsockname()[1])
        server.close()


async def test_something_else_at_the_port_is_told() -> None:
    async with greets(b"220 mail.example ESMTP\r\n") as mail:
        with pytest.raises(BadFrame, match="is no message of an RFID reader"):
            await reader(mail).__aenter__()
    async with greets(bytes.fromhex("043d0000000a00000000")) as odd:
        with pytest.raises(BadFrame, match="greets with a message of type 61, which no reader does"):
            await reader(odd).__aenter__()


async def test_a_reader_only_tells() -> None:
    async with LlrpReaderSim() as sim, reader(sim) as rfid:
        assert await rfid.perform(Tare()) == Refused(reason="an RFID reader cannot tare; it can: nothing, it only tells")


@pytest.mark.parametrize(
    ("before", "after", "antenna", "rssi"), [(-60, -50, 2, -50), (-50, -60, 1, -50), (None, -60, 2, -60), (-60, None, 1, -60)]
)
def test_a_tag_is_where_its_signal_is_strongest(before: int | None, after: int | None, antenna: int, rssi: int) -> None:
    first, second = (Tag(epc=MILK, antenna=at, rssi_dbm=dbm, times=2) for at, dbm in ((1, before), (2, after)))
    assert joined(first, second) == Tag(epc=MILK, antenna=antenna, rssi_dbm=rssi, times=4)


def test_settings_are_bounded() -> None:
    with pytest.raises(ValidationError, match="greater than or equal to 1"):
        LlrpSettings(host="127.0.0.1", antennas=(0,))
