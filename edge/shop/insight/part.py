"""What the day's figures hand to the journal."""

from __future__ import annotations

from edge.shop.part import Part

INSIGHT = Part()
