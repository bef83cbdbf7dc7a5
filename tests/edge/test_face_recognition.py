"""The box and the process that reads faces, a real one with made-up eyes: nobody is named before the journal has it."""

from __future__ import annotations

from pathlib import Path

from edge.faces.window import Failed, Kept, Named
from edge.shop.members.events import MemberIdentified
from tests.edge.facing import KIOSK, facing, outcome_of


async def test_a_member_is_recognised_and_recorded_before_anybody_is_told(tmp_path: Path) -> None:
    async with facing(tmp_path) as box:
        ref = await box.enrolled("anna", "13800138000")
        await box.knows(1)
        await box.offered()
        box.stands("anna")
        attempt = box.recognition.identify(KIOSK)
        assert await outcome_of(attempt) == Named(member_ref=ref, verified=False)
        told = [each for each in await box.counter.events(MemberIdentified) if each["method"] == "face"]
        assert [(each["member_ref"], each["till"]) for each in told] == [(ref, KIOSK)]
        assert box.recognition.attempt(attempt.request) is attempt
        assert box.recognition.shown().templates == 1


async def test_a_stranger_leaves_nothing(tmp_path: Path) -> None:
    async with facing(tmp_path) as box:
        await box.offered()
        before = await box.counter.journal.latest(10)
        box.stands("bob")
        assert await outcome_of(box.recognition.identify(KIOSK)) == Failed(why="stranger")
        assert await box.counter.journal.latest(10) == before


async def test_whoever_enrols_is_kept_sealed_and_known_from_then_on(tmp_path: Path) -> None:
    async with facing(tmp_path) as box:
        await box.offered()
        ref, consent = await box.agrees("13800138000")
        box.stands("anna")
        kept = await outcome_of(box.recognition.enrol(KIOSK, ref, consent))
        assert isinstance(kept, Kept)
        ((member, sealed, expires),) = await box.table("SELECT member_ref, sealed, expires_at FROM face_templates")
        assert (member, expires[:10]) == (ref, kept.expires)
        assert b"anna" not in sealed
        await box.knows(1)
        assert await outcome_of(box.recognition.identify(KIOSK)) == Named(member_ref=ref, verified=False)
