"""Stands for the box's side of recognition: each look ends as the test says; what is enrolled is really kept, sealed or not."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from config.schema import Faces, Kiosk
from edge.faces.window import Attempt, FacesShown, Failed, Kept, Named
from edge.shop.faces.identify import identify_by_face
from edge.shop.faces.templates import keep_template
from sync.entries import Recorded

if TYPE_CHECKING:
    from tests.web.conftest import Shop

NOTICE = Faces(
    purpose_zh="到店时认出您，直接显示您的积分和专享优惠",
    purpose_en="To know you when you come, and show your points and offers at once",
    assessment="PIA-2026-014",
    contact="privacy@beauty.example · 400-820-8820",
)
KIOSKS = {"kiosk-1": Kiosk(camera="cam-1", printer="printer-1", scanner="scanner-9"), "kiosk-2": Kiosk()}


@dataclass
class PuppetFaces:
    """A FacesWindow. ``places`` offer faces; ``begun`` are the attempts of the test, the newest last."""

    places: set[str] = field(default_factory=lambda: {"kiosk-1"})
    state: FacesShown = field(default_factory=lambda: FacesShown(state="on", templates=3))
    begun: list[Attempt] = field(default_factory=list)
    orders: list[str | None] = field(default_factory=list)
    enrolling: dict[str, str] = field(default_factory=dict)
    cancelled: list[str] = field(default_factory=list)
    waited: int = 0

    def shown(self) -> FacesShown:
        return self.state

    def offered(self, place: str) -> bool:
        return place in self.places

    def identify(self, place: str, order: str | None = None) -> Attempt:
        self.orders.append(order)
        return self._begin(place)

    def enrol(self, place: str, member_ref: str, consent: str) -> Attempt:
        attempt = self._begin(place)
        self.enrolling[attempt.request] = consent
        return attempt

    def cancel(self, request: str) -> None:
        self.cancelled.append(request)
        found = self.attempt(request)
        if found is not None:
            found.tell(outcome=Failed(why="cancelled"))

    def attempt(self, request: str) -> Attempt | None:
        return next((each for each in self.begun if each.request == request), None)

    async def forgotten(self) -> None:
        self.waited += 1

    async def keep(self, shop: Shop) -> None:
        """Whoever is being enrolled has passed: a template is kept, as the box does it."""
        attempt = self.begun[-1]
        wish = keep_template(
            template=f"t-{attempt.request}", consent=self.enrolling[attempt.request], sealed=b"sealed", model="m", clock="synced"
        )
        await self._decide(shop, wish)
        attempt.tell(outcome=Kept(expires="2027-11-22"))

    async def recognise(self, shop: Shop, member_ref: str = "m-0001") -> None:
        """Whoever looks is this member: written down, then told."""
        attempt = self.begun[-1]
        (template,) = [f"t-{request}" for request in self.enrolling if request]
        await self._decide(shop, identify_by_face(template, member_ref, attempt.place, self.orders[-1]))
        attempt.tell(outcome=Named(member_ref=member_ref, verified=True))

    def _begin(self, place: str) -> Attempt:
        attempt = Attempt(request=f"face-{len(self.begun)}", place=place)
        self.begun.append(attempt)
        return attempt

    @staticmethod
    async def _decide(shop: Shop, wish: Any) -> None:
        assert isinstance(await shop.view.desk.decide(wish, place="faces", asked="face"), Recorded)
