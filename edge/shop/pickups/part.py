"""What pickup orders hand to the journal."""

from __future__ import annotations

from edge.shop.part import Part

PICKUPS = Part()
