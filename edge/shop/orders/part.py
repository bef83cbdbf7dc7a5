"""What orders hand to the journal."""

from __future__ import annotations

from edge.shop.orders.events import ItemAdded, ItemChosen, ItemRemoved, OrderOpened, OrderPaid, OrderVoided
from edge.shop.orders.tapped import ReceiptSeen
from edge.shop.orders.weighing import PanEmptied
from edge.shop.part import Part

ORDERS = Part(
    events=(
        OrderOpened,
        ItemChosen,
        ItemAdded,
        ItemRemoved,
        OrderPaid,
        OrderVoided,
        PanEmptied,
        ReceiptSeen,
    )
)
