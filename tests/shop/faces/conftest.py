"""A shop that recognises members by face: a kiosk, a lane of its own, a mirror; foreign keys looked at, as the journal does."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, Literal

import pytest

from config.schema import Faces, Kiosk, Lane
from edge.shop.faces.consent import Consent, give_consent, withdraw_here
from edge.shop.faces.here import name_at_kiosk
from edge.shop.faces.identify import identify_by_face
from edge.shop.faces.templates import LIVING, keep_template
from edge.shop.members.identify import conceal_code, pseudonym
from sync.events import Clock, Event, rfc3339
from tests.shop.conftest import AT, Floor
from tests.shop.members.conftest import BOX, Headquarters, member

FACES = Faces(
    purpose_zh="会员到店免出示会员码",
    purpose_en="members need not show their code",
    assessment="PIA-2026-03",
    contact="privacy@shop.example",
    notice="2026-03",
    keep_days=365,
)
SEALED = b"\x00\x01sealed-by-the-process-only\xff"


@dataclass
class Kiosks:
    """People at the kiosk of a floor. ``sealed`` is what the process makes of everybody."""

    floor: Floor
    at: datetime = AT
    sealed: bytes = SEALED
    consents: int = 0
    named: dict[str, str] = field(default_factory=dict)

    def name(self, code: str, kiosk: str = "kiosk-1") -> tuple[Event, ...]:
        """Somebody types ``code``."""
        shown = conceal_code(code, till=kiosk, order=None, at=self.at, shop=self.floor.shop)
        return self.floor.ask(name_at_kiosk(kiosk, shown), self.at)

    def agree(self, ref: str, age: Literal["adult", "guardian"] = "adult", **told: Any) -> str:
        """The member agrees; the name of the consent."""
        self.consents += 1
        consent: str = told.pop("consent", f"c-{self.consents}")
        given = Consent(
            **{"consent": consent, "place": "kiosk-1", "member_ref": ref, "notice": FACES.notice, "language": "zh", "age": age}
            | told
        )
        self.floor.ask(give_consent(given), self.at)
        return consent

    def enrol(self, consent: str, clock: Clock = "synced", template: str = "") -> tuple[Event, ...]:
        """The process has made a template."""
        kept = keep_template(template=template or f"t-{consent}", consent=consent, sealed=self.sealed, model="m@1", clock=clock)
        return self.floor.ask(kept, self.at)

    def join(self, code: str, ref: str) -> str:
        """Name, agree, enrol; the template's name."""
        self.name(code)
        consent = self.agree(ref)
        self.enrol(consent)
        return f"t-{consent}"

    def recognise(self, template: str, ref: str, place: str = "kiosk-1", order: str | None = None) -> tuple[Event, ...]:
        """The process has named ``ref``."""
        return self.floor.ask(identify_by_face(template, ref, place, order), self.at)

    def withdraw(self, place: str = "kiosk-1") -> tuple[Event, ...]:
        """Whoever stands there takes it back."""
        return self.floor.ask(withdraw_here(place), self.at)

    def living(self) -> list[str]:
        """The members who can be recognised."""
        living = (self.floor.shop.faces.notice, rfc3339(self.at))
        rows = self.floor.db.execute(f"SELECT member_ref FROM {LIVING} ORDER BY template", living)  # noqa: S608 - our own words
        return [ref for (ref,) in rows]


def face_floor(floor: Floor, **changes: Any) -> Floor:
    """``floor`` with faces on."""
    kiosks = {"kiosk-1": Kiosk(camera="cam-1", printer="p-9"), "kiosk-2": Kiosk()}
    lanes = {**floor.shop.lanes, "sco-1": Lane(printer="p-1")}
    shop = replace(
        floor.shop, box=BOX, store="s-1", faces=FACES, kiosks=kiosks, lanes=lanes, mirrors=frozenset({"mirror-1"}), **changes
    )
    floor.db.execute("PRAGMA foreign_keys = ON")
    floor.shop = shop
    return floor


@pytest.fixture
def floor(floor: Floor) -> Floor:
    return face_floor(floor)


@pytest.fixture
def kiosk(floor: Floor) -> Kiosks:
    """With three members whom headquarters told of, known by code 77001 and so on."""
    Headquarters(floor).publish(*(member(number, guide="g-7") for number in (1, 2, 3)))
    return Kiosks(floor)


@pytest.fixture
def fresh_kiosk(fresh_floor: Callable[[], Floor]) -> Callable[[], Kiosks]:
    """A maker of them, for tests that run many examples."""

    def make() -> Kiosks:
        floor = face_floor(fresh_floor())
        Headquarters(floor).publish(*(member(number) for number in (1, 2, 3)))
        return Kiosks(floor)

    return make


def whole(db: sqlite3.Connection) -> str:
    """Everything that the tables say."""
    return "\n".join(db.iterdump())


def nobody(code: str) -> str:
    """The pseudonym of ``code`` on a floor."""
    return pseudonym(code, b"k" * 32)


def kinds(events: tuple[Event, ...]) -> list[str]:
    return [event.type.removeprefix("storebox.") for event in events]


def audit(db: sqlite3.Connection) -> Iterator[tuple[str, str, str, str]]:
    """What, which template, where, by whom; the oldest first."""
    yield from db.execute("SELECT what, template, place, by_whom FROM face_audit ORDER BY number")
