"""What settings hand to the journal."""

from __future__ import annotations

from edge.shop.part import Part
from edge.shop.settings.document import settings_adopter

SETTINGS = Part(adopters=lambda shop: (settings_adopter(shop),))
