"""What counting visitors hands to the journal."""

from __future__ import annotations

from edge.shop.footfall.document import zones_adopter
from edge.shop.footfall.events import FootfallCounted, QueueMeasured, ShelfReached, ZoneVisited
from edge.shop.footfall.hourly_events import CameraWatched, HeatMapped, PathWalked
from edge.shop.footfall.layouts import FloorChanged, ZonesChanged
from edge.shop.footfall.retention import forget_old, is_old
from edge.shop.footfall.tables import FOOTFALL_TABLES
from edge.shop.part import Part, Timer

OLD_COUNTS = Timer(name="old footfall", is_due=is_old, decide=forget_old, silent=True)
FOOTFALL = Part(
    events=(
        FootfallCounted,
        ZoneVisited,
        QueueMeasured,
        ShelfReached,
        PathWalked,
        HeatMapped,
        CameraWatched,
        ZonesChanged,
        FloorChanged,
    ),
    migrations=(FOOTFALL_TABLES,),
    adopters=lambda _shop: (zones_adopter(),),
    timers=(OLD_COUNTS,),
)
