"""The process that reads faces is killed at random moments, again and again: what was told is what is on the disk."""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import NoReturn

import pytest

from edge.child import ProcessFailed
from edge.faces import attempts as attempts_file
from edge.faces import life as life_file
from edge.faces.window import Kept, Named, Outcome
from edge.shop.members.events import MemberIdentified
from tests.edge.facing import KIOSK, Facing, facing, outcome_of, processes


async def kept_running(box: Facing) -> NoReturn:
    """As the box does it, but at once and for ever."""
    while True:
        with suppress(ProcessFailed):
            await box.recognition.run()


async def usual_s(box: Facing) -> float:
    """How long a look takes here and now."""
    await box.offered()
    box.stands("nobody we know")
    began_s = time.monotonic()
    await outcome_of(box.recognition.identify(KIOSK))
    return time.monotonic() - began_s


async def killed_meanwhile(box: Facing, number: int, most_s: float) -> tuple[str, Outcome]:
    """Somebody is looked at, or enrolled, while the process dies; who, and what came of it."""
    face = f"face {number}"
    ref, consent = await box.agrees(f"1390{number:07}") if number % 2 else (await box.enrolled(face, f"1390{number:07}"), "")
    await box.offered()
    if not number % 2:
        await box.until(lambda: box.gallery is not None and f"t-1390{number:07}" in box.gallery.known)
    box.stands(face)
    attempt = box.recognition.enrol(KIOSK, ref, consent) if consent else box.recognition.identify(KIOSK)
    await asyncio.sleep(random.uniform(0, most_s))
    for each in processes():
        each.kill()
    return ref, await outcome_of(attempt)


@pytest.mark.faults
async def test_a_process_killed_at_any_moment_names_and_keeps_what_is_recorded(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, record_property: Callable[[str, object], None]
) -> None:
    monkeypatch.setattr(life_file, "FOLLOW_S", 0.01)
    monkeypatch.setattr(life_file, "BEATS_WITHIN_S", 60.0)
    monkeypatch.setattr(attempts_file, "TOUCHES_A_MINUTE", 100_000)
    rounds = 100
    async with facing(tmp_path) as box:
        box.running.cancel()
        await asyncio.wait([box.running])
        box.running = asyncio.ensure_future(kept_running(box))
        most_s = 2 * await usual_s(box)
        outcomes = [await killed_meanwhile(box, number, most_s) for number in range(rounds)]
        events = await box.counter.events(MemberIdentified)
        named = sorted(each["member_ref"] for each in events if each["method"] == "face")
        assert named == sorted(ref for ref, outcome in outcomes if isinstance(outcome, Named))
        kept = await box.table("SELECT member_ref FROM face_templates WHERE template NOT LIKE 't-%'")
        assert sorted(ref for (ref,) in kept) == sorted(ref for ref, outcome in outcomes if isinstance(outcome, Kept))
        whole = [outcome for _ref, outcome in outcomes if isinstance(outcome, Named | Kept)]
        assert 0 < len(whole) < rounds, "or it was killed too early, or too late, each time"
    record_property("kills", rounds)
