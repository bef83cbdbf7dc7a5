"""The wire of devices that speak over the box's web server: handed in, waited for, answered or told to come again."""

from __future__ import annotations

import asyncio

from drivers.contract import Receipt
from drivers.wires.post import MOST_WAITING, Post, Slot

OK = Receipt(ok=True)


async def answer_all(slot: Slot, receipt: Receipt, count: int) -> list[bytes]:
    """The driver's side: ``count`` messages received and answered."""
    heard = []
    for _ in range(count):
        message = await slot.receive()
        heard.append(message.payload)
        slot.answer(message, receipt)
    return heard


async def test_a_message_is_received_once_and_its_sender_gets_the_receipt() -> None:
    post = Post()
    async with post.slot("till-3") as slot, asyncio.TaskGroup() as group:
        driver = group.create_task(answer_all(slot, OK, 1), name="driver")
        assert await post.deliver("till-3", "order", b"{}", deadline_ms=30_000) == OK
        assert await driver == [b"{}"]


async def test_messages_keep_their_order_and_each_sender_its_own_answer() -> None:
    post = Post()
    async with post.slot("till-3") as slot, asyncio.TaskGroup() as group:
        bodies = [b"%d" % number for number in range(20)]
        senders = [group.create_task(post.deliver("till-3", "order", body, deadline_ms=30_000), name="till") for body in bodies]
        messages = [await slot.receive() for _ in bodies]
        assert [message.payload for message in messages] == bodies
        assert len({message.number for message in messages}) == len(bodies)
        for message in reversed(messages):
            slot.answer(message, Receipt(ok=False, problem=message.payload.decode()))
        assert [(await sender).problem for sender in senders] == [body.decode() for body in bodies]


async def test_what_is_told_about_a_message() -> None:
    post = Post()
    async with post.slot("till-3") as slot, asyncio.TaskGroup() as group:
        sender = group.create_task(post.deliver("till-3", "order", b"x", deadline_ms=30_000), name="till")
        message = await slot.receive()
        assert (message.device, message.branch, message.name, message.at.tzinfo is not None) == ("till-3", "event", "order", True)
        slot.answer(message, OK)
        await sender


async def test_a_device_that_is_not_open_is_not_ready() -> None:
    told = Receipt(ok=False, retry=True, problem="till-3 is not ready: send it again in a moment")
    post = Post()
    assert await post.deliver("till-3", "order", b"x", deadline_ms=1) == told
    async with post.slot("till-3"):
        pass
    assert await post.deliver("till-3", "order", b"x", deadline_ms=1) == told


async def test_who_waits_when_the_device_is_closed_is_told_at_once() -> None:
    post = Post()
    async with asyncio.TaskGroup() as group:
        async with post.slot("till-3") as slot:
            read = group.create_task(post.deliver("till-3", "order", b"read", deadline_ms=30_000), name="read")
            message = await slot.receive()
            waiting = group.create_task(post.deliver("till-3", "order", b"waiting", deadline_ms=30_000), name="waiting")
            await asyncio.sleep(0)
        closed = Receipt(ok=False, retry=True, problem="till-3 was closed meanwhile: send it again")
        assert (await read, await waiting) == (closed, closed)
        slot.answer(message, OK)  # too late, and no error


async def test_a_receipt_that_comes_too_late_is_for_nobody() -> None:
    post = Post()
    async with post.slot("till-3") as slot:
        told = await post.deliver("till-3", "order", b"x", deadline_ms=1)
        assert told == Receipt(ok=False, retry=True, problem="not recorded within 1 ms: send it again under its id")
        slot.answer(await slot.receive(), OK)


async def test_a_flood_is_told_to_come_again_and_holds_no_memory() -> None:
    post = Post()
    async with post.slot("till-3") as slot, asyncio.TaskGroup() as group:
        first = [
            group.create_task(post.deliver("till-3", "order", b"x", deadline_ms=30_000), name="till") for _ in range(MOST_WAITING)
        ]
        await asyncio.sleep(0)
        too_many = f"{MOST_WAITING} messages of till-3 wait already: send it again later"
        for _ in range(1_000):
            assert await post.deliver("till-3", "order", b"y", deadline_ms=1) == Receipt(ok=False, retry=True, problem=too_many)
        assert await answer_all(slot, OK, MOST_WAITING) == [b"x"] * MOST_WAITING
        assert {await each for each in first} == {OK}


async def test_a_device_that_is_opened_anew_takes_the_place_of_the_old() -> None:
    post = Post()
    async with post.slot("till-3") as old:
        async with post.slot("till-3") as new:
            await old.__aexit__(None, None, None)
            assert post.slots["till-3"] is new
        assert "till-3" not in post.slots
