"""What scenes and opening hours hand to the journal."""

from __future__ import annotations

from edge.shop.part import Part

SCENES = Part()
