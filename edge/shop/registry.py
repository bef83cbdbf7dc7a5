"""Everything that the shop hands to the journal: its event types, its tables, its documents, its timers."""

from __future__ import annotations

from itertools import chain

from edge.shop.asked_events import DeviceCommanded, PaymentAnswered, PaymentAsked
from edge.shop.catalogue.part import CATALOGUE
from edge.shop.declined import RequestDeclined
from edge.shop.drawers import DrawerKicked, DrawerOpened, DrawerShut
from edge.shop.faces.part import FACES
from edge.shop.footfall.part import FOOTFALL
from edge.shop.insight.part import INSIGHT
from edge.shop.job_events import JobDismissed, JobFinished, JobQueued
from edge.shop.job_tables import JOB_TABLES
from edge.shop.lanes.part import LANES
from edge.shop.members.part import MEMBERS
from edge.shop.mirror_visits import ShadeWorn, VisitBegan, VisitEnded
from edge.shop.models.part import MODELS
from edge.shop.more_tables import MORE_TABLES
from edge.shop.orders.part import ORDERS
from edge.shop.part import Part, Timer
from edge.shop.pickups.part import PICKUPS
from edge.shop.promotions.part import PROMOTIONS
from edge.shop.scenes.part import SCENES
from edge.shop.settings.part import SETTINGS
from edge.shop.shop import Shop
from edge.shop.staff.part import STAFF
from edge.shop.stock.part import STOCK
from edge.shop.tables import FIRST_TABLES
from edge.shop.tryon.part import TRYON
from sync.adopters import Adopter
from sync.events import Event
from sync.migrations import Migration

GROUND = Part(
    events=(
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
        RequestDeclined,
    ),
    migrations=(FIRST_TABLES, JOB_TABLES, MORE_TABLES),
)
PARTS = (
    GROUND,
    CATALOGUE,
    ORDERS,
    LANES,
    MEMBERS,
    PROMOTIONS,
    STOCK,
    PICKUPS,
    STAFF,
    SCENES,
    SETTINGS,
    INSIGHT,
    FOOTFALL,
    MODELS,
    TRYON,
    FACES,
)
EVENTS: tuple[type[Event], ...] = tuple(chain.from_iterable(part.events for part in PARTS))
MIGRATIONS: tuple[Migration, ...] = tuple(
    sorted(chain.from_iterable(part.migrations for part in PARTS), key=lambda migration: migration.name)
)
"""In order of release, which is their number; the journal's own come before these."""
TIMERS: tuple[Timer, ...] = tuple(chain.from_iterable(part.timers for part in PARTS))


def adopters(shop: Shop) -> tuple[Adopter, ...]:
    """The kinds of document that ``shop`` adopts."""
    return tuple(chain.from_iterable(part.adopters(shop) for part in PARTS))
