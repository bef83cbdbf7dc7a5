"""What self-checkout lanes hand to the journal; most of their tables stand beside those of the orders."""

from __future__ import annotations

from edge.shop.lanes.doubt_events import LaneCleared, LaneDoubted, PaybackOffered
from edge.shop.lanes.events import BagsWeighed, LaneAttended, LaneBegun, LaneCalled, LaneDeclined
from edge.shop.lanes.leaving import LEFT_LANES
from edge.shop.lanes.payback_events import PaybackAsked, PaybackGiven, PaybackLeft, PaybackSettled
from edge.shop.lanes.payment_events import LaneBilled, LaneCharged, LaneResumed, LaneTotalled, LaneUnpaid
from edge.shop.lanes.tables import DOUBT_TABLES, PAYMENT_TABLES
from edge.shop.part import Part

LANES = Part(
    events=(
        LaneBegun,
        LaneCalled,
        LaneAttended,
        LaneTotalled,
        LaneResumed,
        LaneBilled,
        LaneCharged,
        LaneUnpaid,
        LaneDeclined,
        BagsWeighed,
        LaneDoubted,
        LaneCleared,
        PaybackOffered,
        PaybackAsked,
        PaybackGiven,
        PaybackLeft,
        PaybackSettled,
    ),
    migrations=(PAYMENT_TABLES, DOUBT_TABLES),
    timers=(LEFT_LANES,),
)
