"""What staff and messages hand to the journal."""

from __future__ import annotations

from edge.shop.part import Part

STAFF = Part()
