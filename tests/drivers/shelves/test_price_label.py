"""Price labels behind a real HTTP server and WebSocket, and pictures that are on them only when they say so."""

from __future__ import annotations

import asyncio
import io
from collections.abc import AsyncIterator, Callable
from contextlib import aclosing, asynccontextmanager, suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image
from pydantic import ValidationError

from drivers.commands import Accepted, Answer, Done, DrawLabel, Refused, Tare
from drivers.contract import BadFrame, DeviceError, DeviceGone, DeviceSilent
from drivers.readings import AnyReading, Presence
from drivers.room_readings import LabelSeen, PropertySeen
from drivers.shelves.label_drawing import Drawing
from drivers.shelves.label_picture import picture_problem
from drivers.shelves.openepaperlink import LONGEST_WORDS, LabelState, decode, keeps_awake, label_name
from drivers.shelves.price_label import DRIVER, LabelsSettings, PriceLabels
from drivers.sim.openepaperlink import AccessPointSim

EVENTUALLY_S = 60.0
MILK, BREAD = "00000211B1C2D3E4", "00000211B1C2D3E5"


def jpeg(mode: str = "RGB", colour: int | tuple[int, ...] = 0, **given: object) -> bytes:
    """A small picture, of the size of a label of 1.54 inches."""
    file = io.BytesIO()
    Image.new(mode, (152, 152), colour).save(file, "JPEG", **given)
    return file.getvalue()


PICTURE = jpeg()


def labels_at(port: int, **given: object) -> PriceLabels:
    settings = LabelsSettings.model_validate({"host": "127.0.0.1", "port": port} | given)
    opened = DRIVER.open("labels-1", settings, None)  # type: ignore[arg-type]
    assert isinstance(opened, PriceLabels)
    return opened


async def until(readings: AsyncIterator[AnyReading], wanted: Callable[[AnyReading], bool]) -> AnyReading:
    async with asyncio.timeout(EVENTUALLY_S):
        async for reading in readings:
            if wanted(reading):
                return reading
    raise AssertionError("the access point stopped telling")


def is_label(mac: str, *, pending: bool = False) -> Callable[[AnyReading], bool]:
    return lambda reading: isinstance(reading, LabelSeen) and (reading.label, reading.pending) == (mac, pending)


@asynccontextmanager
async def listening(point: PriceLabels) -> AsyncIterator[list[AnyReading]]:
    """``point``, open, its readings in the list as they come."""
    heard: list[AnyReading] = []

    async def listen() -> None:
        async with aclosing(point.readings()) as readings:
            async for reading in readings:
                heard.append(reading)  # noqa: PERF401 - each as it comes

    async with point:
        task = asyncio.create_task(listen())
        yield heard
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


async def draw(point: PriceLabels, label: str = MILK, picture: bytes = PICTURE, deadline_ms: int = 30_000) -> Answer:
    return await point.perform(DrawLabel(label=label, jpeg=picture, deadline_ms=deadline_ms))


async def test_every_label_is_seen_with_what_it_says_of_itself() -> None:
    async with AccessPointSim() as sim:
        sim.add(MILK, alias="milk")
        async with labels_at(sim.port) as point, aclosing(point.readings()) as readings:
            first = await anext(readings)
            assert isinstance(first, Presence)
            awake = await until(readings, lambda reading: isinstance(reading, PropertySeen))
            assert isinstance(awake, PropertySeen)
            assert (awake.property, awake.value) == ("keeps-labels-awake", "true")
            seen = await until(readings, is_label(MILK))
            assert isinstance(seen, LabelSeen)
            assert (seen.alias, seen.battery_mv, seen.rssi_dbm, seen.temperature_c) == ("milk", 2987, -61, 21)
            assert seen.last_seen is not None
            sim.add(BREAD)
            await sim.check_in(BREAD)
            await until(readings, is_label(BREAD))


async def test_a_long_list_is_read_page_by_page() -> None:
    async with AccessPointSim() as sim:
        for number in range(60):
            sim.add(f"{number:016X}")
        async with labels_at(sim.port) as point, aclosing(point.readings()) as readings:
            await until(readings, is_label(f"{59:016X}"))
        assert len([path for path in sim.asked if path.startswith("/get_db")]) > 2


async def test_a_picture_is_on_a_label_when_the_label_has_fetched_it() -> None:
    async with AccessPointSim() as sim:
        label = sim.add(MILK)
        point = labels_at(sim.port, dither="ordered", ttl_minutes=5, lut=1)
        async with listening(point) as heard:
            assert await draw(point, "0211b1c2d3e4") == Done(detail=f"label {MILK} has fetched it")
            assert label.picture == PICTURE
            assert sim.uploads == [{"mac": MILK, "contentmode": "25", "dither": "2", "ttl": "5", "lut": "1"}]
            assert any(is_label(MILK, pending=True)(reading) for reading in heard)


async def test_a_label_that_sleeps_has_not_got_its_picture() -> None:
    async with AccessPointSim() as sim:
        sim.add(MILK, fetches_after_s=None)
        point = labels_at(sim.port)
        async with listening(point):
            assert await draw(point, deadline_ms=1_500) == Accepted(
                detail=f"taken, but label {MILK} has not fetched it: it still sleeps"
            )


async def test_a_picture_that_the_label_shows_already_is_not_called_done() -> None:
    async with AccessPointSim() as sim:
        sim.add(MILK)
        point = labels_at(sim.port)
        async with listening(point):
            assert isinstance(await draw(point), Done)
            again = await draw(point, deadline_ms=1_500)
        assert again == Accepted(detail=f"taken, but label {MILK} has not fetched it, or shows this very picture already")


async def test_a_label_that_breaks_off_has_not_got_its_picture_though_nothing_waits() -> None:
    async with AccessPointSim() as sim:
        sim.add(MILK, loses_power=True)
        point = labels_at(sim.port)
        async with listening(point):
            answer = await draw(point)
        assert answer == Refused(
            reason=f"label {MILK} (battery 2987 mV) broke off, and the access point gave up: bring it near, try again"
        )


async def test_a_picture_that_waited_before_proves_nothing_of_the_next() -> None:
    async with AccessPointSim() as sim:
        label = sim.add(MILK, fetches_after_s=None)
        point = labels_at(sim.port)
        async with listening(point):
            assert isinstance(await draw(point, deadline_ms=1_500), Accepted)
            drawing = asyncio.create_task(draw(point, picture=jpeg(colour=(255, 0, 0))))
            async with asyncio.timeout(EVENTUALLY_S):
                while label.pending < 2:  # noqa: ASYNC110 - the simulated label is quiet about it
                    await asyncio.sleep(0.01)
            await sim.check_in(MILK)
            assert label.updatecount == 1
            await asyncio.sleep(0.05)
            assert not drawing.done()
            await sim.check_in(MILK)
            assert isinstance(await drawing, Done)


async def test_labels_are_drawn_at_the_same_time() -> None:
    async with AccessPointSim() as sim:
        for number in range(20):
            sim.add(f"{number:016X}", fetches_after_s=0.3)
        point = labels_at(sim.port)
        async with listening(point):
            answers = await asyncio.gather(*(draw(point, f"{number:016X}") for number in range(20)))
        assert all(isinstance(answer, Done) for answer in answers)


async def test_a_lost_word_is_made_up_for_by_a_last_look() -> None:
    async with AccessPointSim() as sim:
        sim.add(MILK)
        async with labels_at(sim.port) as point:  # nobody reads the WebSocket here
            assert await draw(point, deadline_ms=1_000) == Done(detail=f"label {MILK} has fetched it")


async def test_old_firmware_proves_by_pending_alone() -> None:
    async with AccessPointSim(old=True) as sim:
        sim.add(MILK)
        point = labels_at(sim.port)
        async with listening(point):
            assert isinstance(await draw(point), Done)


@pytest.mark.parametrize(
    ("label", "picture", "problem"),
    [
        ("milk", PICTURE, "'milk' is no label: it has 12 or 16 hexadecimal digits, printed on the label"),
        (BREAD, PICTURE, f"the access point knows no label {BREAD}: put its battery in near it"),
        (MILK, b"\x89PNG", "the picture is no JPEG: save it as one"),
        (MILK, PICTURE[:20], "the picture is cut off or broken: save it again"),
        (MILK, jpeg(progressive=True), r"is a JPEG of another kind \(progressive\?\): save it as a baseline JPEG"),
        (MILK, jpeg("L"), "the picture has 1 colour components: save it as an RGB JPEG"),
        (MILK, b"\xff\xd8" + bytes(300_000), "the picture has 300002 bytes, more than 262144"),
    ],
)
async def test_what_cannot_be_drawn_is_told(label: str, picture: bytes, problem: str) -> None:
    async with AccessPointSim() as sim, labels_at(sim.port) as point:
        sim.add(MILK)
        answer = await draw(point, label, picture)
        assert isinstance(answer, Refused)
        with pytest.raises(AssertionError, match=problem):
            raise AssertionError(answer.reason)
        assert sim.uploads == []


async def test_an_access_point_that_is_busy_says_so() -> None:
    async with AccessPointSim(refuses=(409, "come back later")) as sim, labels_at(sim.port) as point:
        sim.add(MILK)
        assert await draw(point) == Refused(
            reason="the access point does not take the picture (status 409: come back later); try again later"
        )


async def test_an_upload_without_an_answer_is_silence() -> None:
    async with AccessPointSim(swallows=True) as sim, labels_at(sim.port) as point:
        sim.add(MILK)
        with pytest.raises(DeviceSilent, match=r"no answer from 127\.0\.0\.1:\d+/imgupload within \d+ ms"):
            await draw(point, deadline_ms=300)


async def test_a_closed_access_point_draws_nothing() -> None:
    with pytest.raises(DeviceGone, match=r"127\.0\.0\.1:80 is not connected"):
        await draw(labels_at(80))


async def test_an_access_point_only_draws() -> None:
    async with AccessPointSim() as sim, labels_at(sim.port) as point:
        assert await point.perform(Tare()) == Refused(reason="an access point for price labels cannot tare; it can: draw-label")


async def test_a_mute_access_point_is_silent() -> None:
    async with AccessPointSim() as sim, labels_at(sim.port, silent_after_s=1) as point, aclosing(point.readings()) as readings:
        await until(readings, lambda reading: isinstance(reading, PropertySeen))
        sim.mute = True
        with pytest.raises(DeviceSilent, match=r"the access point at 127\.0\.0\.1:\d+ said nothing for 1000 ms: restart it"):
            await until(readings, is_label(MILK))


async def test_an_access_point_that_does_not_answer_is_silent(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("drivers.shelves.access_point.ANSWER_MS", 200)
    async with AccessPointSim(mute=True) as sim:
        with pytest.raises(DeviceSilent, match=r"no answer from 127\.0\.0\.1:\d+/ws within 200 ms: is it on, is it hung\?"):
            await labels_at(sim.port).__aenter__()


async def test_an_access_point_that_restarts_is_gone_and_comes_back() -> None:
    async with AccessPointSim() as sim:
        async with labels_at(sim.port) as point, aclosing(point.readings()) as readings:
            await until(readings, lambda reading: isinstance(reading, PropertySeen))
            await sim.hang_up()
            with pytest.raises(DeviceGone, match=r"hung up: was it switched off, or does it restart\?"):
                await until(readings, is_label(MILK))
        sim.add(MILK)
        async with labels_at(sim.port) as point, aclosing(point.readings()) as readings:
            await until(readings, is_label(MILK))
    with pytest.raises(DeviceGone, match=r"cannot connect to 127\.0\.0\.1:\d+ \(.*\): is it on"):
        await labels_at(sim.port).__aenter__()


async def test_an_access_point_whose_radio_has_failed_is_failing() -> None:
    async with AccessPointSim(apstate=5) as sim, labels_at(sim.port) as point, aclosing(point.readings()) as readings:
        with pytest.raises(DeviceError, match="the radio of the access point does not work: no label can be reached"):
            await until(readings, is_label(MILK))


async def test_we_go_nowhere_else() -> None:
    async with AccessPointSim() as other, AccessPointSim(moved_to=f"http://127.0.0.1:{other.port}/ws") as sim:
        with pytest.raises(BadFrame, match="sends us elsewhere, and we do not go: write the address of the access point itself"):
            await labels_at(sim.port).__aenter__()
        sim.moved_to = ""
        async with labels_at(sim.port) as point:
            sim.moved_to = f"http://127.0.0.1:{other.port}/get_db"
            with pytest.raises(BadFrame, match=r"answers /get_db with status 302; is it an OpenEPaperLink access point"):
                await draw(point)
        assert other.asked == []


@pytest.mark.parametrize(
    ("words", "problem"),
    [
        ("what?", "is nothing that an OpenEPaperLink access point says"),
        ('{"tags": [{"mac": "milk"}]}', "is nothing that an OpenEPaperLink access point says"),
        ("x" * 100_000, "says what is no text, or too much of it; is it an OpenEPaperLink access point"),
    ],
)
async def test_noise_is_told(words: str, problem: str) -> None:
    async with AccessPointSim() as sim, labels_at(sim.port) as point, aclosing(point.readings()) as readings:
        await until(readings, lambda reading: isinstance(reading, PropertySeen))
        await sim.say(words)
        with pytest.raises(BadFrame, match=problem):
            await until(readings, is_label(MILK))


async def test_more_labels_than_there_can_be_are_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("drivers.shelves.price_label.MOST_LABELS", 2)
    async with AccessPointSim() as sim:
        for number in range(3):
            sim.add(f"{number:016X}")
        with pytest.raises(BadFrame, match="tells of more than 2 labels"):
            await labels_at(sim.port).__aenter__()


async def test_an_access_point_without_a_list_is_told() -> None:
    async with AccessPointSim(list_of_labels="{}") as sim:
        with pytest.raises(BadFrame, match="has no list of labels; is it an OpenEPaperLink access point"):
            await labels_at(sim.port).__aenter__()


@asynccontextmanager
async def answers(*said: bytes) -> AsyncIterator[int]:
    """The port of a server that answers each connection with the next of ``said``, the last one again and again."""
    left = list(said)

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(ConnectionError, asyncio.IncompleteReadError):
            await reader.readuntil(b"\r\n\r\n")
            writer.write(left.pop(0) if len(left) > 1 else left[0])
            await writer.drain()
        writer.close()

    async with asyncio.TaskGroup() as tasks:
        server = await asyncio.start_server(lambda *ends: tasks.create_task(serve(*ends)) and None, "127.0.0.1", 0)
        yield server.sockets[0].getsockname()[1]
        server.close()


@pytest.mark.parametrize(
    ("said", "error", "problem"),
    [
        (
            b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n",
            BadFrame,
            r"/ws answers what no access point does \(status 404\)",
        ),
        (b"SSH-2.0-OpenSSH_9\r\n", BadFrame, "/ws answers what no access point does"),
        (b"", DeviceGone, r"the connection to 127\.0\.0\.1:\d+ was lost \(.*\); it is opened again"),
    ],
)
async def test_something_else_at_the_port_is_told(said: bytes, error: type[DeviceError], problem: str) -> None:
    async with answers(said) as port:
        with pytest.raises(error, match=problem):
            await labels_at(port).__aenter__()


async def test_an_answer_without_end_is_told() -> None:
    async with AccessPointSim() as sim, labels_at(sim.port) as point:
        sim.list_of_labels = "x" * (LONGEST_WORDS + 1)
        with pytest.raises(BadFrame, match=r"an answer of .* does not end"):
            await point._point.ask("/get_db", deadline_ms=60_000)


def state(**given: object) -> LabelState:
    about = {"mac": MILK, "alias": "", "pending": 0, "fetched": 0, "last_seen": None, "battery_mv": None, "rssi_dbm": None}
    return LabelState(**(about | {"temperature_c": None} | given))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("before", "seen", "answer"),
    [
        ((0, 7), [(1, 7), (0, 8)], Done),
        ((0, 7), [(0, 8)], Done),
        ((0, 7), [(0, 7)], type(None)),
        ((0, 7), [(1, 7), (0, 7)], Refused),
        ((1, 7), [(0, 8)], type(None)),
        ((1, 7), [(2, 7), (1, 8), (0, 9)], Done),
        ((1, 7), [(2, 7), (0, 8)], Refused),
        ((0, None), [(1, None), (0, None)], Done),
        ((0, None), [(0, None)], type(None)),
        ((1, None), [(0, None)], type(None)),
    ],
)
def test_only_a_fetched_picture_is_a_proof(
    before: tuple[int, int | None], seen: list[tuple[int, int | None]], answer: type[Done | Refused | None]
) -> None:
    drawing = Drawing(before=state(pending=before[0], fetched=before[1]))
    for pending, fetched in seen:
        drawing.see(state(pending=pending, fetched=fetched))
    assert isinstance(drawing.answer, answer)
    assert drawing.ended.is_set() == (drawing.answer is not None)


def test_words_of_a_real_access_point_are_read() -> None:
    words = (
        '{"tags":[{"mac":"00000211B1C2D3E4","hash":"b04e2f","lastseen":1780232927,"nextupdate":3216153600,"pending":true,'
        '"alias":"Milch","contentMode":25,"LQI":0,"RSSI":100,"temperature":-3,"batteryMv":1337,"hwType":240,"apip":"0.0.0.0"}]}'
    )
    told = decode(words)
    assert told.labels == (
        state(alias="Milch", pending=1, fetched=None, last_seen="2026-05-31T13:08:47+00:00", temperature_c=-3),
    )
    assert decode('{"logMsg": "new image"}').labels is None
    assert keeps_awake(b'{"C6": "0", "apstate": "1", "channel": 11, "stopsleep": 0}') is False


@pytest.mark.parametrize(
    ("text", "name"), [("0211b1c2d3e4", MILK), (f" {MILK.lower()} ", MILK), ("211B1C2D3E4", None), ("", None), ("٠" * 12, None)]
)
def test_a_label_has_one_name(text: str, name: str | None) -> None:
    assert label_name(text) == name


@given(st.binary(max_size=300) | st.text(max_size=300))
def test_no_words_do_more_than_be_refused(words: bytes | str) -> None:
    for read in (decode, keeps_awake):
        with suppress(DeviceError):
            read(words)  # type: ignore[arg-type]
    picture_problem(words if isinstance(words, bytes) else b"\xff\xd8" + words.encode("utf-8", "replace"))


@pytest.mark.parametrize("host", ["", "a..b", "http://a", "a b", "a/b", "x" * 64])
def test_a_host_is_a_name_or_an_address(host: str) -> None:
    with pytest.raises(ValidationError, match="should match pattern"):
        LabelsSettings(host=host)
    assert LabelsSettings(host="fe80::1").host
