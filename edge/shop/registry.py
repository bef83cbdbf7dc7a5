"""Everything that the shop hands to the journal: its event types, its tables, its documents."""

from __future__ import annotations

from edge.shop.asked_events import DeviceCommanded, PaymentAnswered, PaymentAsked
from edge.shop.catalogue.document import catalogue_adopter
from edge.shop.drawers import DrawerKicked, DrawerOpened, DrawerShut
from edge.shop.job_events import JobDismissed, JobFinished, JobQueued
from edge.shop.job_tables import JOB_TABLES
from edge.shop.members.identify import MemberIdentified
from edge.shop.mirror_visits import ShadeWorn, VisitBegan, VisitEnded
from edge.shop.orders.events import ItemAdded, ItemChosen, ItemRemoved, OrderOpened, OrderPaid, OrderVoided
from edge.shop.orders.tapped import ReceiptSeen
from edge.shop.orders.weighing import PanEmptied
from edge.shop.shop import Shop
from edge.shop.stock.levels import StockChanged
from edge.shop.stock.shelf_events import ShelfAdjusted, ShelfDoubted, ShelfPicked, ShelfPut
from edge.shop.tables import FIRST_TABLES
from sync.adopters import Adopter
from sync.events import Event
from sync.migrations import Migration

EVENTS: tuple[type[Event], ...] = (
    OrderOpened,
    ItemChosen,
    ItemAdded,
    ItemRemoved,
    OrderPaid,
    OrderVoided,
    PanEmptied,
    ShelfPicked,
    ShelfPut,
    ShelfAdjusted,
    ShelfDoubted,
    StockChanged,
    MemberIdentified,
    DrawerKicked,
    DrawerOpened,
    DrawerShut,
    VisitBegan,
    VisitEnded,
    ShadeWorn,
    DeviceCommanded,
    PaymentAsked,
    PaymentAnswered,
    JobQueued,
    JobFinished,
    JobDismissed,
    ReceiptSeen,
)
MIGRATIONS: tuple[Migration, ...] = (FIRST_TABLES, JOB_TABLES)
"""In order of release; the journal's own come before these."""


def adopters(shop: Shop) -> tuple[Adopter, ...]:
    """The kinds of document that ``shop`` adopts."""
    return (catalogue_adopter(shop),)
