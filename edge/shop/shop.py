"""What the settings say about this shop, as the decisions need it: which scale serves which till, what lies in which slot."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, time
from typing import Protocol, Self, runtime_checkable

from config.schema import Lane, Settings
from edge.shop.days import business_day


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


@dataclass(frozen=True, slots=True, kw_only=True)
class Shop:
    """One shop, as frozen as its settings. ``slots`` is keyed by shelf and slot; ``member_key`` makes pseudonyms."""

    timezone: str
    day_starts_at: time
    currency: str
    member_key: bytes = field(repr=False)
    lanes: Mapping[str, Lane] = field(default_factory=dict)
    slots: Mapping[tuple[str, str], tuple[Goods, ...]] = field(default_factory=dict)

    @classmethod
    def from_settings(cls, settings: Settings, member_key: bytes) -> Self:
        """The shop of checked ``settings``; ``member_key`` is 32 secret bytes of this box."""
        shelves = {name: each.settings for name, each in settings.device.items() if isinstance(each.settings, StockedShelf)}
        return cls(
            timezone=settings.store.timezone,
            day_starts_at=settings.store.day_starts_at,
            currency=settings.store.currency,
            member_key=member_key,
            lanes=settings.lane,
            slots={(name, slot): (on, *on.also) for name, shelf in shelves.items() for slot, on in shelf.slots.items()},
        )

    def day(self, at: datetime) -> str:
        """The business day of ``at``."""
        return business_day(at, self.timezone, self.day_starts_at)

    def lane_of(self, till: str) -> str | None:
        """The lane that ``till`` stands in."""
        return next((name for name, lane in self.lanes.items() if lane.till == till), None)

    def scale_of(self, till: str) -> str | None:
        """The scale of the till's lane."""
        return next((lane.scale for lane in self.lanes.values() if lane.till == till), None)

    def tills_of(self, scale: str) -> tuple[str, ...]:
        """The tills that ``scale`` weighs for; lanes may share one scale."""
        return tuple(lane.till for lane in self.lanes.values() if lane.scale == scale)
