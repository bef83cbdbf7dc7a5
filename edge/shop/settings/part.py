"""What settings hand to the journal."""

from __future__ import annotations

from edge.shop.part import Part
from edge.shop.settings.document import settings_adopter
from edge.shop.settings.tables import SETTINGS_TABLE

SETTINGS = Part(migrations=(SETTINGS_TABLE,), adopters=lambda shop: (settings_adopter(shop),))
