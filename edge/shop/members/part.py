"""What members hand to the journal."""

from __future__ import annotations

from edge.shop.members.identify import MemberIdentified
from edge.shop.part import Part

MEMBERS = Part(events=(MemberIdentified,))
