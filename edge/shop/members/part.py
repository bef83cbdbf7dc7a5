"""What members hand to the journal."""

from __future__ import annotations

from edge.shop.members.cache import members_adopter
from edge.shop.members.events import JoinIntended, MemberIdentified
from edge.shop.members.forget import MemberForgotten
from edge.shop.members.offers import OfferAccepted, OfferShown
from edge.shop.members.overdue import OVERDUE
from edge.shop.members.search import FORGETTING
from edge.shop.members.spending_events import (
    BalanceHeld,
    BalanceReleased,
    BalanceReturned,
    BalanceSpent,
    PointsEarned,
    PointsHeld,
    PointsReleased,
    PointsReturned,
    PointsReversed,
    PointsSpent,
)
from edge.shop.members.tables import MEMBER_ENDS, MEMBER_TABLES
from edge.shop.members.traces import TRACES
from edge.shop.part import Part

MEMBERS = Part(
    events=(
        OfferShown,
        OfferAccepted,
        MemberIdentified,
        JoinIntended,
        MemberForgotten,
        PointsEarned,
        PointsReversed,
        PointsHeld,
        PointsReleased,
        PointsSpent,
        PointsReturned,
        BalanceHeld,
        BalanceReleased,
        BalanceSpent,
        BalanceReturned,
    ),
    migrations=(MEMBER_TABLES, MEMBER_ENDS),
    adopters=lambda shop: (members_adopter(shop),),
    timers=(FORGETTING, TRACES, OVERDUE),
)
