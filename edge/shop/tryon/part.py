"""What trying on hands to the journal."""

from __future__ import annotations

from edge.shop.mirror_visits import FORGOTTEN_VISITS
from edge.shop.part import Part
from edge.shop.tryon.document import shades_adopter
from edge.shop.tryon.tables import SHADE_TABLES, VISIT_TABLES
from edge.shop.tryon.visitors import VisitNamed

TRYON = Part(
    events=(VisitNamed,),
    migrations=(SHADE_TABLES, VISIT_TABLES),
    adopters=lambda _shop: (shades_adopter(),),
    timers=(FORGOTTEN_VISITS,),
)
