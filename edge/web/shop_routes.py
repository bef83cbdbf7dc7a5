"""The pages and calls of the shop itself, for shoppers, staff and headquarters' programs; each noun names its own routes."""

from __future__ import annotations

from edge.web.audits import AuditPages
from edge.web.callers import Callers
from edge.web.coupons import Coupons
from edge.web.face_attempts import FaceAttempts
from edge.web.face_store import FaceStore
from edge.web.feed import Feed
from edge.web.footfall import Footfall
from edge.web.goods import Goods
from edge.web.guesses import Guesses
from edge.web.heat import HeatPage
from edge.web.insight import InsightPage
from edge.web.kiosk_enrolment import KioskEnrolment
from edge.web.kiosk_scans import KioskScans
from edge.web.kiosks import Kiosks
from edge.web.lane_farewell import LaneFarewell
from edge.web.lane_screen import LaneScreen
from edge.web.lane_wishes import STRANGERS_PER_HOUR, LaneWishes
from edge.web.lanes import Lanes
from edge.web.members import MemberCalls
from edge.web.mirror_visits import MirrorVisits
from edge.web.mirrors import Mirrors
from edge.web.orders import Orders
from edge.web.pickups import PickupsPage
from edge.web.routes import Route
from edge.web.scenes import ScenesPage
from edge.web.search import Search
from edge.web.set_aside import SetAside
from edge.web.settings_calls import SettingsCalls
from edge.web.shelves import ShelfMembers
from edge.web.spendings import Spendings
from edge.web.staff import StaffPage
from edge.web.staff_faces import StaffFaces
from edge.web.stock_calls import StockCalls
from edge.web.template import Template
from edge.web.view import View
from edge.web.vision import VisionPages
from edge.web.visits import Visits


def shop_routes(
    view: View, template: Template, *, search: Search, feed: Feed, callers: Callers, mirrors: Mirrors, visits: Visits
) -> tuple[Route, ...]:
    """All of them."""
    screen = LaneScreen(view=view, template=template)
    strangers = Guesses(per_hour=STRANGERS_PER_HOUR, clock=view.clock)
    staff = StaffPage(view=view, template=template, visits=visits)
    attempts = FaceAttempts(view=view, template=template, feed=feed, visits=visits)
    scans = KioskScans(board=view.board)
    kiosks = Kiosks(view=view, template=template, callers=callers, feed=feed, visits=visits, strangers=strangers, scans=scans)
    return (
        *Goods(view=view, template=template, search=search, feed=feed).routes(),
        *Lanes(view=view, template=template, screen=screen).routes(),
        *ShelfMembers(view=view, template=template, strangers=strangers).routes(),
        *LaneWishes(view=view, screen=screen, strangers=strangers).routes(),
        *LaneFarewell(screen=screen).routes(),
        *Orders(view=view).routes(),
        *MemberCalls(view=view).routes(),
        *Spendings(view=view).routes(),
        *InsightPage(view=view, template=template).routes(),
        *Footfall(view=view).routes(),
        *staff.routes(),
        *StaffFaces(staff=staff, visits=visits).routes(),
        *PickupsPage(view=view, template=template).routes(),
        *StockCalls(view=view).routes(),
        *Coupons(view=view).routes(),
        *ScenesPage(view=view, template=template).routes(),
        *SettingsCalls(view=view).routes(),
        *VisionPages(view=view, template=template, callers=callers, feed=feed).routes(),
        *AuditPages(view=view, template=template).routes(),
        *SetAside(view=view, template=template).routes(),
        *MirrorVisits(view=view, template=template, mirrors=mirrors, sittings=mirrors.sittings, strangers=strangers).routes(),
        *HeatPage(view=view, template=template).routes(),
        *FaceStore(view=view).routes(),
        *attempts.routes(),
        *kiosks.routes(),
        *KioskEnrolment(kiosks=kiosks, attempts=attempts, visits=visits).routes(),
    )
