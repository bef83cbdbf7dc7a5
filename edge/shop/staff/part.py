"""What staff hand to the journal."""

from __future__ import annotations

from edge.shop.part import Part
from edge.shop.staff.document import staff_adopter
from edge.shop.staff.events import (
    AttributionTouched,
    GoodsReturned,
    GuideServed,
    MessageDelivered,
    MessageEscalated,
    MessageRead,
    MessageReplied,
    ReturnSettled,
    StaffArrived,
    StaffLeft,
)
from edge.shop.staff.messages import ESCALATION, messages_adopter
from edge.shop.staff.tables import STAFF_TABLES

STAFF = Part(
    events=(
        StaffArrived,
        StaffLeft,
        GuideServed,
        AttributionTouched,
        MessageDelivered,
        MessageRead,
        MessageReplied,
        MessageEscalated,
        GoodsReturned,
        ReturnSettled,
    ),
    migrations=(STAFF_TABLES,),
    adopters=lambda shop: (staff_adopter(shop), messages_adopter(shop)),
    timers=(ESCALATION,),
)
