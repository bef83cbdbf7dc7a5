"""What the choice of models hands to the journal."""

from __future__ import annotations

from edge.shop.models.document import models_adopter
from edge.shop.models.tables import MODELS_TABLES
from edge.shop.part import Part

MODELS = Part(migrations=(MODELS_TABLES,), adopters=lambda _shop: (models_adopter(),))
