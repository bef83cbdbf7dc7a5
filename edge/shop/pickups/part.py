"""What pickup orders hand to the journal."""

from __future__ import annotations

from edge.shop.part import Part
from edge.shop.pickups.document import pickups_adopter
from edge.shop.pickups.events import (
    PickupAccepted,
    PickupAnnounced,
    PickupCancelled,
    PickupChanged,
    PickupExpired,
    PickupHandedOver,
    PickupLate,
    PickupMiskeyed,
    PickupPicked,
    PickupReady,
    PickupRefused,
    PickupRetimed,
    PickupReturned,
    PickupUnlocked,
)
from edge.shop.pickups.lateness import LATENESS
from edge.shop.pickups.news import NEWS
from edge.shop.pickups.tables import PICKUP_TABLES

PICKUPS = Part(
    events=(
        PickupAnnounced,
        PickupChanged,
        PickupRetimed,
        PickupAccepted,
        PickupRefused,
        PickupPicked,
        PickupReady,
        PickupHandedOver,
        PickupReturned,
        PickupCancelled,
        PickupExpired,
        PickupLate,
        PickupMiskeyed,
        PickupUnlocked,
    ),
    migrations=(PICKUP_TABLES,),
    adopters=lambda shop: (pickups_adopter(shop),),
    timers=(NEWS, LATENESS),
)
