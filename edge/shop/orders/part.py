"""What orders hand to the journal."""

from __future__ import annotations

from edge.shop.orders.closing_events import OrderCompleted, OrderPaid, OrderRefunded, OrderVoided
from edge.shop.orders.events import ItemAdded, ItemChosen, ItemRemoved, OrderOpened, ProductUnknown
from edge.shop.orders.kitchen_events import KitchenCancelled, KitchenFailed, KitchenPrinted, KitchenRerouted, KitchenTold
from edge.shop.orders.receipt import ReceiptIssued
from edge.shop.orders.tables import ORDER_TABLES
from edge.shop.orders.tapped import ReceiptSeen
from edge.shop.orders.weighing import PanEmptied
from edge.shop.part import Part

ORDERS = Part(
    events=(
        OrderOpened,
        ItemChosen,
        ItemAdded,
        ItemRemoved,
        ProductUnknown,
        OrderPaid,
        OrderCompleted,
        OrderRefunded,
        OrderVoided,
        PanEmptied,
        ReceiptSeen,
        ReceiptIssued,
        KitchenTold,
        KitchenPrinted,
        KitchenRerouted,
        KitchenFailed,
        KitchenCancelled,
    ),
    migrations=(ORDER_TABLES,),
)
