"""What the day's figures hand to the journal."""

from __future__ import annotations

from edge.shop.insight.experiments import ExperimentExposed, experiments_adopter
from edge.shop.insight.tables import INSIGHT_TABLES
from edge.shop.part import Part

INSIGHT = Part(events=(ExperimentExposed,), migrations=(INSIGHT_TABLES,), adopters=lambda shop: (experiments_adopter(shop),))
