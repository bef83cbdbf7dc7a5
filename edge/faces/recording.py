"""What the process has found is decided by the shop and on disk before anybody is told: consent may be gone since.

Matched  -> identify_by_face(...)  -> Named       as by a code: at the lane, the mirror or the kiosk
Enrolled -> keep_template(...)     -> Kept        the sealed bytes go into the table with the decision, into no event
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import msgspec

from edge.faces.window import Attempt, Failed, Kept, Named, Outcome
from edge.faces.words import Enrolled, Matched
from edge.shop.declined import Declined
from edge.shop.faces.events import FaceEnrolled
from edge.shop.faces.identify import identify_by_face
from edge.shop.faces.templates import keep_template
from edge.shop.members.events import MemberIdentified
from edge.shop.part import Decision
from edge.shop_desk import ShopDesk
from sync.disk import JournalUnavailable
from sync.entries import Recorded
from sync.events import Envelope


@dataclass(frozen=True, slots=True, kw_only=True)
class Recording:
    """Decides at ``desk``."""

    desk: ShopDesk

    async def named(self, attempt: Attempt, said: Matched, order: str | None) -> Outcome:
        """The member of a match, recorded as identified."""
        decision = identify_by_face(said.template, said.member, attempt.place, order)
        outcome = await self._decided(decision, attempt.place, "face")
        if isinstance(outcome, Failed):
            return outcome
        told = [msgspec.json.decode(each.data, type=MemberIdentified) for each in outcome if each.type == MemberIdentified.type]
        return Named(member_ref=said.member, verified=any(each.verified for each in told))

    async def kept(self, attempt: Attempt, said: Enrolled, consent: str) -> Outcome:
        """The template of an enrolment, kept under ``consent``."""
        sealed = said.template
        decision = keep_template(
            template=sealed.template, consent=consent, sealed=sealed.sealed, model=said.model, clock=self.desk.shop().clock()
        )
        outcome = await self._decided(decision, attempt.place, "enrolment")
        if isinstance(outcome, Failed):
            return outcome
        for told in outcome:
            if told.type == FaceEnrolled.type:
                return Kept(expires=msgspec.json.decode(told.data, type=FaceEnrolled).expires_at[:10])
        return Failed(why="not-recorded")  # its consent has another template by now

    async def _decided(self, decision: Decision, place: str, asked: str) -> Iterable[Envelope] | Failed:
        try:
            outcome = await self.desk.decide(decision, place=place, asked=asked)
        except Declined as refusal:
            return Failed(why="declined", declined=refusal.key)
        except JournalUnavailable:
            return Failed(why="not-recorded")
        return outcome.events if isinstance(outcome, Recorded) else ()
