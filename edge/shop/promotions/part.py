"""What promotions and coupons hand to the journal."""

from __future__ import annotations

from edge.shop.part import Part

PROMOTIONS = Part()
