"""What self-checkout lanes hand to the journal; their tables stand beside those of the orders."""

from __future__ import annotations

from edge.shop.lanes.events import BagsWeighed, LaneAttended, LaneBegun, LaneBilled, LaneCalled, LaneDeclined, LaneUnpaid
from edge.shop.lanes.leaving import LEFT_LANES
from edge.shop.part import Part

LANES = Part(
    events=(LaneBegun, LaneCalled, LaneAttended, LaneBilled, LaneUnpaid, LaneDeclined, BagsWeighed), timers=(LEFT_LANES,)
)
