"""Which kiosks there are and whether their pages are open: for the technician's overview and for staff."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import msgspec

from edge.shop.shop import Shop
from edge.web.look import Look
from edge.web.pairing import Pairings, PairingsDamaged
from edge.web.visits import Visits
from edge.web.words import Words


class KioskCard(msgspec.Struct, frozen=True, kw_only=True):
    """One kiosk."""

    id: str
    look: Look
    word: str


class KioskCards(msgspec.Struct, frozen=True, kw_only=True):
    """All of the settings in use."""

    kiosks: tuple[KioskCard, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Kiosklist:
    """Looks at the settings in use, at who is paired, and at which page asks."""

    shop: Callable[[], Shop]
    visits: Visits
    pairings: Pairings

    def cards(self, words: Words) -> KioskCards:
        """In ``words``."""
        paired = self._paired()
        return KioskCards(kiosks=tuple(self._card(kiosk, kiosk in paired, words) for kiosk in sorted(self.shop().kiosks)))

    def _card(self, kiosk: str, is_paired: bool, words: Words) -> KioskCard:
        if self.visits.is_open(kiosk):
            return KioskCard(id=kiosk, look="good", word=words.say("kiosks.open"))
        if is_paired:
            return KioskCard(id=kiosk, look="calm", word=words.say("kiosks.paired"))
        return KioskCard(id=kiosk, look="calm", word=words.say("kiosks.unpaired"))

    def _paired(self) -> frozenset[str]:
        try:
            return frozenset(each.name for each in self.pairings.listed() if each.role == "screen")
        except PairingsDamaged:
            return frozenset()
