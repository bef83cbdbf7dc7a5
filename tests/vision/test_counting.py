"""Every word of the inference process is counted once, in the minute that the clock showed, however the clock jumps."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from edge.vision.counting import MOST_WAITING, Counting
from edge.vision.counts import Counts, MinuteCounts, QuarterCounts, minute_begin, quarter_begin
from edge.vision.words import CameraFigures, Crossed, Heated, Queued, Reached, Seen, Visited, Waited, Walked

AT = datetime(2026, 11, 21, 10, 0, 30, tzinfo=UTC)
DOOR = Crossed(camera="cam-1", line="door", direction="in", at_ns=0)
ZONE: dict[str, Any] = {"camera": "cam-1", "zone": "till", "at_ns": 0}


def heated(*cells: tuple[int, int], columns: int = 64) -> Heated:
    return Heated(camera="cam-1", grid="picture", columns=columns, rows=36, cell_mm=0, cells=cells, at_ns=0)


def over(counting: Counting) -> list[Counts]:
    """Everything that is over."""
    found = []
    while (counts := counting.first()) is not None:
        found.append(counts)
    return found


def minutes(found: list[Counts]) -> list[MinuteCounts]:
    return [each for each in found if isinstance(each, MinuteCounts)]


def quarters(found: list[Counts]) -> list[QuarterCounts]:
    return [each for each in found if isinstance(each, QuarterCounts)]


def test_a_minute_is_over_when_the_clock_shows_the_next() -> None:
    counting = Counting()
    counting.take(DOOR, AT)
    counting.take(DOOR, AT + timedelta(seconds=29))
    counting.turn(AT + timedelta(seconds=29.9))
    assert over(counting) == []
    counting.turn(AT + timedelta(seconds=30))
    (told,) = minutes(over(counting))
    assert (told.minute, told.crossings) == (AT.replace(second=0), {(("cam-1", "door"), "in"): 2})


def test_a_minute_in_which_nobody_moved_is_not_told() -> None:
    counting = Counting()
    counting.take(Queued(**ZONE, length=0), AT)
    for minute in range(20):
        counting.turn(AT + timedelta(minutes=minute))
    assert over(counting) == []


def test_the_quarter_goes_on_while_minutes_end_and_keeps_what_is_less_than_a_tenth() -> None:
    counting = Counting()
    counting.take(heated((3, 450), (4, 70)), AT)
    counting.take(heated((3, 80)), AT + timedelta(minutes=14))
    assert over(counting) == []
    counting.take(heated((3, 80), (4, 40)), AT + timedelta(minutes=15))
    (first,) = quarters(over(counting))
    assert (first.since, first.until) == (AT, AT.replace(minute=15, second=0))
    assert [dict(+cells) for cells in first.heat_ms.values()] == [{3: 500}]
    counting.end(AT + timedelta(minutes=20))
    (second,) = quarters(over(counting))
    assert [dict(+cells) for cells in second.heat_ms.values()] == [{3: 100, 4: 100}]


def test_another_grid_is_another_map() -> None:
    counting = Counting()
    counting.take(heated((3, 500)), AT)
    counting.take(heated((3, 500), columns=32), AT)
    counting.end(AT)
    (told,) = quarters(over(counting))
    assert sorted(grid.columns for grid in told.heat_ms) == [32, 64]


@pytest.mark.parametrize("jump", [timedelta(days=1), timedelta(days=-1), timedelta(minutes=-3), timedelta(hours=5)])
def test_a_clock_that_jumps_ends_the_minute(jump: timedelta) -> None:
    counting = Counting()
    counting.take(DOOR, AT)
    counting.take(DOOR, AT + jump)
    counting.end(AT + jump)
    assert [each.minute for each in minutes(over(counting))] == [AT.replace(second=0), (AT + jump).replace(second=0)]


def test_a_quarter_never_ends_before_it_began() -> None:
    counting = Counting()
    counting.take(heated((1, 100)), AT)
    counting.end(AT - timedelta(days=1))
    (told,) = quarters(over(counting))
    assert (told.since, told.until) == (AT, AT)


def test_what_nobody_takes_is_dropped_from_the_oldest_on_and_said() -> None:
    counting = Counting()
    for minute in range(MOST_WAITING + 5):
        counting.take(DOOR, AT + timedelta(minutes=minute))
    counting.look({"cam-1": CameraFigures(pictures=5, processed=5, newest_ns=1)}, AT + timedelta(minutes=MOST_WAITING + 5))
    counting.end(AT + timedelta(minutes=MOST_WAITING + 5))
    found = over(counting)
    assert len(found) == MOST_WAITING
    assert found[-1] == quarters(found)[-1]
    lost = MOST_WAITING + 5 - len(minutes(found))
    assert quarters(found)[-1].lost_minutes == lost - 1, "the last is lost for the quarter itself, and said with the next"
    counting.look({"cam-1": CameraFigures(pictures=6, processed=6, newest_ns=2)}, AT + timedelta(hours=9))
    counting.end(AT + timedelta(hours=9))
    (told,) = quarters(over(counting))
    assert told.lost_minutes == 1


def test_what_is_put_back_is_the_first_again() -> None:
    counting = Counting()
    counting.take(DOOR, AT)
    counting.take(DOOR, AT + timedelta(minutes=1))
    counting.end(AT)
    first = counting.first()
    assert first is not None
    counting.put_back(first)
    assert counting.waiting == 2
    assert counting.first() is first


CAMERAS = st.sampled_from(["cam-1", "cam-2"])
NAMES = st.sampled_from(["door", "till", "shelf"])
TIMES = st.integers(0, 600_000)
CELLS = st.lists(st.tuples(st.integers(0, 2303), st.integers(1, 10_000)), max_size=5).map(tuple)
WORDS = st.one_of(
    st.builds(Crossed, camera=CAMERAS, line=NAMES, direction=st.sampled_from(["in", "out"]), at_ns=st.just(0)),
    st.builds(Visited, camera=CAMERAS, zone=NAMES, dwell_ms=TIMES, at_ns=st.just(0)),
    st.builds(Queued, camera=CAMERAS, zone=NAMES, length=st.integers(1, 9), at_ns=st.just(0)),
    st.builds(Waited, camera=CAMERAS, zone=NAMES, wait_ms=TIMES, at_ns=st.just(0)),
    st.builds(Walked, camera=CAMERAS, origin=NAMES, destination=NAMES, at_ns=st.just(0)),
    st.builds(Reached, camera=CAMERAS, zone=NAMES, at_ns=st.just(0)),
    CELLS.map(lambda cells: heated(*cells)),
)
JUMPS = st.one_of(st.integers(0, 90), st.integers(-100_000, 100_000))
STEPS = st.lists(st.tuples(JUMPS, st.lists(WORDS, max_size=4), st.sampled_from(["", "", "tell", "stop"])), max_size=30)


def summed(words: list[Seen]) -> Counter[Any]:
    """What was given, word by word; all but heat by what the words say, except when."""
    others = [word for word in words if not isinstance(word, Heated)]
    total = Counter[Any]((type(word).__name__, *msgspec.structs.astuple(word)[:-1]) for word in others)
    for word in words:
        if isinstance(word, Heated):
            for cell, heat_ms in word.cells:
                total["heat", word.columns, cell] += heat_ms
    return total


def told(found: list[Counts]) -> Counter[Any]:
    """The same of what was counted."""
    total = Counter[Any]()
    for each in found:
        match each:
            case MinuteCounts():
                total.update({("Crossed", *place, way): n for (place, way), n in each.crossings.items()})
                total.update(("Visited", *place, ms) for place, all_ms in each.dwells_ms.items() for ms in all_ms)
                total.update(("Queued", *place, length) for place, lengths in each.lengths.items() for length in lengths)
                total.update(("Waited", *place, ms) for place, all_ms in each.waits_ms.items() for ms in all_ms)
                total.update({("Reached", *place): n for place, n in each.reaches.items()})
            case QuarterCounts():
                total.update({("Walked", *way): n for way, n in each.walks.items()})
                total.update(
                    {("heat", grid.columns, cell): ms for grid, cells in each.heat_ms.items() for cell, ms in cells.items()}
                )
    return +total


def below_a_tenth(total: Counter[Any]) -> Counter[Any]:
    """Heat in whole tenths of a second."""
    return +Counter({key: n // 100 * 100 if key[0] == "heat" else n for key, n in total.items()})


@settings(max_examples=40, deadline=None)
@given(STEPS)
def test_the_minutes_add_up_to_the_words(steps: list[tuple[int, list[Seen], str]]) -> None:
    counting, now, given_, found = Counting(), AT, list[Seen](), list[Counts]()
    for jump_s, words, then in steps:
        now += timedelta(seconds=jump_s)
        for word in words:
            counting.take(word, now)
        given_ += words
        if then == "stop":
            counting.end(now)
        if then:
            found += over(counting)
    counting.end(now)
    assert told(found + over(counting)) == below_a_tenth(summed(given_))


@settings(max_examples=40, deadline=None)
@given(STEPS)
def test_a_power_cut_costs_the_minute_and_the_quarter_that_were_going_on(steps: list[tuple[int, list[Seen], str]]) -> None:
    counting, now, found = Counting(), AT, list[Counts]()
    safe, minute_words, quarter_words = list[Seen](), list[Seen](), list[Seen]()
    for jump_s, words, _ in steps:
        before, now = now, now + timedelta(seconds=jump_s)
        counting.turn(now)
        found += over(counting)
        if minute_begin(before) != minute_begin(now):
            safe, minute_words = safe + minute_words, []
        if quarter_begin(before) != quarter_begin(now):
            safe, quarter_words = safe + quarter_words, []
        for word in words:
            counting.take(word, now)
            (quarter_words if isinstance(word, Walked | Heated) else minute_words).append(word)
    assert told(found) == below_a_tenth(summed(safe))
