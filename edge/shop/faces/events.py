"""What happens around a member's face: agreed to, enrolled, withdrawn, deleted. No event has a picture, a vector or sealed bytes.

That a member was recognised is told as of a code: ``storebox.member.identified`` with method ``face``.
"""

from __future__ import annotations

from typing import ClassVar, Literal

from edge.shop.members.rules import Method
from sync.events import Event, EventClass

Age = Literal["adult", "guardian"]
"""Who agreed: the member, 14 years or older · the guardian of a child that is younger."""

Reason = Literal["expired", "notice", "unused", "replaced", "guardian", "known", "model"]
"""Its time was over · people are told another notice now · nobody was enrolled with the consent · the member agreed anew ·
the guardian who had agreed was forgotten · whoever agreed as a pseudonym is known to headquarters by now ·
another model of faces is used from now on."""


class FaceEvent(Event, frozen=True, kw_only=True):
    """``member_ref`` is headquarters' name of the member or this box's pseudonym, as in ``storebox.member.identified``."""

    event_class: ClassVar[EventClass] = EventClass.MEMBER
    member_ref: str

    def subject(self) -> str:
        """The reference or the pseudonym."""
        return self.member_ref


class FaceConsented(FaceEvent, frozen=True, kw_only=True):
    """The member, or a child's guardian with ``staff`` beside, agreed to version ``notice`` in ``language`` at ``place``.

    ``named_by``: how the member was named there; a face is worth no more than that afterwards.
    """

    type: ClassVar[str] = "storebox.face.consented"
    consent: str
    notice: str
    language: Literal["zh", "en"]
    age: Age
    place: str
    named_by: Method
    staff: str = ""


class FaceEnrolled(FaceEvent, frozen=True, kw_only=True):
    """A template is kept sealed on this box until ``expires_at``; the name of the model says with what it can be compared.

    Its name is not told: the audit has it, and names nobody.
    """

    type: ClassVar[str] = "storebox.face.enrolled"
    consent: str
    place: str
    model: str
    expires_at: str


class FaceWithdrawn(FaceEvent, frozen=True, kw_only=True):
    """The consent is taken back, and what was kept by it is erased. ``by``: the member, or who of the store did it for them."""

    type: ClassVar[str] = "storebox.face.withdrawn"
    consent: str
    place: str
    by: str


class FaceDeleted(FaceEvent, frozen=True, kw_only=True):
    """The consent and what was kept by it are erased, though nobody took it back."""

    type: ClassVar[str] = "storebox.face.deleted"
    consent: str
    reason: Reason
