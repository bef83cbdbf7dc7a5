"""Room in the inbox: taken at once while there is some, and in turn when there is none."""

from __future__ import annotations

import asyncio

from sync.room import Room


async def waiting(room: Room) -> asyncio.Task[None]:
    task = asyncio.ensure_future(room.wait())
    await asyncio.sleep(0)
    return task


async def test_there_is_room_until_it_is_taken() -> None:
    room = Room(2)
    assert [room.taken() for _ in range(3)] == [True, True, False]
    room.give_back(1)
    assert [room.taken() for _ in range(2)] == [True, False]


async def test_who_waits_longest_comes_first_and_nobody_overtakes() -> None:
    room = Room(1)
    assert room.taken()
    first, second = await waiting(room), await waiting(room)
    room.give_back(1)
    assert not room.taken()
    await first
    assert not second.done()
    room.give_back(3)
    await second
    assert [room.taken() for _ in range(3)] == [True, True, False]


async def test_who_goes_away_leaves_his_turn_to_the_next() -> None:
    room = Room(1)
    assert room.taken()
    first, second = await waiting(room), await waiting(room)
    first.cancel()
    await asyncio.wait({first})
    room.give_back(1)
    await second
    assert first.cancelled()


async def test_a_place_given_to_one_who_goes_away_is_not_lost() -> None:
    room = Room(1)
    assert room.taken()
    first, second = await waiting(room), await waiting(room)
    room.give_back(1)
    first.cancel()
    await asyncio.wait({first})
    await second
    assert first.cancelled()
    room.give_back(1)
    assert room.taken()


async def test_a_place_given_after_a_cancellation_goes_to_the_next() -> None:
    room = Room(1)
    assert room.taken()
    first, second = await waiting(room), await waiting(room)
    first.cancel()
    room.give_back(1)
    await second
    await asyncio.wait({first})
    assert first.cancelled()
    assert not room.taken()
