"""Who stands at which kiosk, in memory only: a visit ends by touch, by being left alone, or with the box; nothing of it is kept.

visits.begin("kiosk-1", "m-17", "phone")     a code was typed, or a face was recognised
visits.of("kiosk-1", token)                  with each touch: the screen of the visit asks, and it goes on
await visits.at("kiosk-1").bell.after(7)         until something changed, also by staff from elsewhere
"""

from __future__ import annotations

import asyncio
import secrets
import time
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from functools import partial
from http import HTTPStatus
from typing import Any, Literal

from edge.bell import Bell
from edge.shop.members.rules import Method
from edge.web.problems import Problem

LEFT_S = 75.0
"""A visit whose screen says nothing for so long is over; the screen itself ends it after 45 s without a touch."""

INVITED_S = 300.0
"""So long a kiosk asks whoever comes to enrol; the member whom staff meant is there."""

SHUT_S = 45.0
"""The page of a kiosk that has not asked for so long is not open; it asks every 20 s."""

MOST_CAUSES = 64
"""Attempts that are told again begin no visit again; they are told for a minute, and a screen has twelve in it."""

TOKEN_BYTES = 16
Guardian = Literal["", "asked", "confirmed", "refused"]
"""Of a child's consent: a guardian was named and staff are asked; staff have seen the guardian; staff said no."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Visit:
    """One member at a kiosk. ``consent`` names what is agreed to in this visit, ``request`` the enrolment that it led to."""

    token: str = field(repr=False)
    member_ref: str = field(repr=False)
    method: Method
    consent: str
    guardian_ref: str = field(default="", repr=False)
    guardian: Guardian = ""
    staff: str = ""
    request: str = ""


@dataclass(slots=True, kw_only=True)
class Stand:
    """One kiosk. Until ``invited_s`` staff ask whoever comes to enrol. ``causes`` are the attempts that visits came from."""

    visit: Visit | None = None
    invited_s: float = 0.0
    causes: deque[str] = field(default_factory=partial(deque[str], maxlen=MOST_CAUSES))
    until_s: float = 0.0
    asked_s: float | None = None
    bell: Bell = field(default_factory=Bell)
    """For the screen: what it shows is otherwise."""


@dataclass(slots=True, kw_only=True)
class Visits:
    """``clock`` counts seconds and never jumps."""

    clock: Callable[[], float] = time.monotonic
    _stands: dict[str, Stand] = field(default_factory=dict)

    def at(self, kiosk: str) -> Stand:
        """The kiosk as it stands; who was gone for LEFT_S is let go of."""
        stand = self._stands.setdefault(kiosk, Stand())
        if stand.visit is not None and self.clock() >= stand.until_s:
            self.end(kiosk)
        return stand

    def begin(self, kiosk: str, member_ref: str, method: Method, cause: str = "") -> None:
        """A member was just named; the same ``cause``, an attempt, begins no second visit, also when the first is over."""
        stand = self.at(kiosk)
        if cause in stand.causes:
            return
        if cause:
            stand.causes.append(cause)
        token, consent = secrets.token_hex(TOKEN_BYTES), f"consent-{secrets.token_hex(TOKEN_BYTES)}"
        visit = Visit(token=token, member_ref=member_ref, method=method, consent=consent)
        stand.visit, stand.until_s = visit, self.clock() + LEFT_S
        self.stay(kiosk)
        stand.bell.ring()

    def of(self, kiosk: str, token: str) -> Visit:
        """The visit ``token`` of the kiosk, which goes on. Raises Problem when it is over."""
        visit = self.at(kiosk).visit
        if visit is None or not secrets.compare_digest(visit.token, token):
            raise Problem(HTTPStatus.GONE, "visit-over", "this visit is over: name the member anew")
        self.stay(kiosk)
        return visit

    def stay(self, kiosk: str) -> None:
        """Somebody is there."""
        self.at(kiosk).until_s = self.clock() + LEFT_S
        asyncio.get_running_loop().call_later(LEFT_S + 1, self.tidy)

    def change(self, kiosk: str, **changes: Any) -> Visit | None:
        """The visit of now, changed; None when there is none."""
        stand = self.at(kiosk)
        if stand.visit is None:
            return None
        stand.visit = replace(stand.visit, **changes)
        self.stay(kiosk)
        stand.bell.ring()
        return stand.visit

    def invite(self, kiosk: str, within_s: float = INVITED_S) -> None:
        """Staff ask whoever names themselves next to enrol; ``within_s`` 0: that is done with."""
        stand = self.at(kiosk)
        stand.invited_s = self.clock() + within_s
        stand.bell.ring()

    def is_invited(self, kiosk: str) -> bool:
        """Whether the kiosk asks whoever comes to enrol."""
        return self.clock() < self.at(kiosk).invited_s

    def end(self, kiosk: str) -> Visit | None:
        """Let go of everything personal; the visit that is over."""
        stand = self._stands.setdefault(kiosk, Stand())
        over, stand.visit, stand.invited_s = stand.visit, None, 0.0
        stand.bell.ring()
        return over

    def is_open(self, kiosk: str) -> bool:
        """Whether its page is open on a screen."""
        asked_s = self.at(kiosk).asked_s
        return asked_s is not None and self.clock() - asked_s < SHUT_S

    def tidy(self) -> None:
        """Let go of visits that nobody has ended."""
        for kiosk in list(self._stands):
            self.at(kiosk)

    def waiting(self) -> Iterator[str]:
        """The kiosks where a guardian waits for staff."""
        for kiosk in list(self._stands):
            visit = self.at(kiosk).visit
            if visit is not None and visit.guardian == "asked":
                yield kiosk
