"""What a touch is about beyond the face itself, kept while the process looks: it never learns of orders and consents."""

from __future__ import annotations

from dataclasses import dataclass, field

from edge.faces.places import Place
from edge.faces.words import Enrolled


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What is to be recorded when the process has found whom it was asked for, at ``place`` as it was then."""

    place: Place | None = None
    order: str | None = None
    consent: str = ""
    template: str = ""
    member_ref: str = field(default="", repr=False)

    def is_met_by(self, said: Enrolled) -> bool:
        """Whether it is the enrolment that was asked for."""
        return (said.template.template, said.template.member) == (self.template, self.member_ref)
