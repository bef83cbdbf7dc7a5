"""What the settings say about this shop, as the decisions need it: which scale serves which till, what lies in which slot."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, time
from typing import Literal, Protocol, Self, runtime_checkable

from config.schema import Faces, Insight, Kiosk, Kitchen, Lane, Members, Pickup, Settings
from edge.shop.days import business_day
from sync.events import Clock


class Goods(Protocol):
    """A kind of goods on a shelf and what one piece weighs."""

    @property
    def sku(self) -> str: ...

    @property
    def unit_grams(self) -> int: ...


class StockedSlot(Goods, Protocol):
    """What a shelf's settings say of one slot: the goods in it, and what else may lie there."""

    @property
    def also(self) -> tuple[Goods, ...]: ...


@runtime_checkable
class StockedShelf(Protocol):
    """Settings of a device that has slots; a foreign shelf driver keeps this too."""

    @property
    def slots(self) -> Mapping[str, StockedSlot]: ...


def always_synced() -> Clock:
    """For a shop whose clock nobody doubts."""
    return "synced"


@dataclass(frozen=True, slots=True, kw_only=True)
class Shop:
    """One shop, as frozen as its settings. ``slots`` is keyed by shelf and slot; ``member_key`` makes pseudonyms.

    A lane without a till is its own till: its orders are kept under the lane's name. ``box`` and ``store`` are their ids in the
    cloud; ``clock()`` says whether the clock can be believed, and is asked where input comes in, never in a decision.
    """

    timezone: str
    day_starts_at: time
    currency: str
    member_key: bytes = field(repr=False)
    name: str = "storebox"
    language: Literal["zh", "en"] = "zh"
    lanes: Mapping[str, Lane] = field(default_factory=dict)
    kitchen: Kitchen = field(default_factory=Kitchen)
    pickup: Pickup = field(default_factory=Pickup)
    members: Members = field(default_factory=Members)
    faces: Faces = field(default_factory=Faces)
    kiosks: Mapping[str, Kiosk] = field(default_factory=dict)
    mirrors: frozenset[str] = frozenset()
    insight: Insight = field(default_factory=Insight)
    box: str = ""
    store: str = ""
    clock: Callable[[], Clock] = always_synced
    slots: Mapping[tuple[str, str], tuple[Goods, ...]] = field(default_factory=dict)

    @classmethod
    def from_settings(
        cls,
        settings: Settings,
        member_key: bytes,
        *,
        box: str = "",
        store: str = "",
        clock: Callable[[], Clock] = always_synced,
    ) -> Self:
        """The shop of checked ``settings``; ``member_key`` is 32 secret bytes of this box."""
        shelves = {name: each.settings for name, each in settings.device.items() if isinstance(each.settings, StockedShelf)}
        return cls(
            timezone=settings.store.timezone,
            day_starts_at=settings.store.day_starts_at,
            currency=settings.store.currency,
            member_key=member_key,
            name=settings.store.name,
            language=settings.store.language,
            lanes=settings.lane,
            kitchen=settings.kitchen,
            pickup=settings.pickup,
            members=settings.members,
            faces=settings.faces,
            kiosks=settings.kiosk,
            mirrors=frozenset(name for name, each in settings.device.items() if each.driver.startswith("mirror/")),
            insight=settings.insight,
            box=box,
            store=store,
            clock=clock,
            slots={(name, slot): (on, *on.also) for name, shelf in shelves.items() for slot, on in shelf.slots.items()},
        )

    def day(self, at: datetime) -> str:
        """The business day of ``at``."""
        return business_day(at, self.timezone, self.day_starts_at)

    def lane_of(self, till: str) -> str | None:
        """The lane that ``till`` stands in."""
        return next((name for name, lane in self.lanes.items() if till_of(name, lane) == till), None)

    def scale_of(self, till: str) -> str | None:
        """The scale of the till's lane."""
        lane = self.lane_of(till)
        return None if lane is None else self.lanes[lane].scale

    def tills_of(self, scale: str) -> tuple[str, ...]:
        """The tills that ``scale`` weighs for; lanes may share one scale."""
        return tuple(till_of(name, lane) for name, lane in self.lanes.items() if lane.scale == scale)

    def self_checkout(self, name: str) -> Lane | None:
        """The lane of this name, if shoppers check themselves out there."""
        lane = self.lanes.get(name)
        return None if lane is None or lane.till is not None else lane

    def is_at_kiosk(self, scanner: str) -> bool:
        """Whether ``scanner`` is a kiosk's."""
        return any(kiosk.scanner == scanner for kiosk in self.kiosks.values())

    def takes_codes(self, scanner: str) -> bool:
        """Whether the self-checkout lane with this scanner takes payment codes."""
        lane = self.self_checkout_with("scanner", scanner)
        return lane is not None and bool(self.lanes[lane].wallets)

    def self_checkout_with(self, role: Literal["scanner", "bag_scale", "printer"], device: str) -> str | None:
        """The name of the self-checkout lane whose ``role`` is ``device``."""
        return next((name for name, lane in self.lanes.items() if lane.till is None and getattr(lane, role) == device), None)


def till_of(name: str, lane: Lane) -> str:
    """Under which till the orders of lane ``name`` are kept."""
    return name if lane.till is None else lane.till
