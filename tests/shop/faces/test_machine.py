"""Whatever people, staff, headquarters and the clock do in whatever order: nobody is recognised whose consent does not live."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, ClassVar

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test

from edge.shop.declined import Declined
from edge.shop.faces.purging import FACE_ENDS
from edge.shop.members.forget import forget_member
from sync.events import Clock
from tests.shop.conftest import AT
from tests.shop.faces.conftest import FACES, Kiosks
from tests.shop.members.conftest import BOX, Headquarters, member

if TYPE_CHECKING:
    import pytest

MEMBERS = st.sampled_from((1, 2, 3))
JUMPS = st.sampled_from((-400, -1, 1, 364, 366)).map(lambda days: timedelta(days=days))


@dataclass
class Agreed:
    """What the model knows of a consent that lives."""

    member: str
    guardian: str | None
    notice: str
    ends: datetime | None = None


class Faces(RuleBasedStateMachine):
    """The model beside the tables: consents by their names; ``last`` are the two who were named at the kiosk last."""

    make: ClassVar[Callable[[], Kiosks]]

    def __init__(self) -> None:
        super().__init__()
        self.kiosk = type(self).make()
        self.floor = self.kiosk.floor
        self.agreed: dict[str, Agreed] = {}
        self.ever: dict[str, str] = {}
        self.wishes = 0
        self.version = 1

    @property
    def notice(self) -> str:
        return self.floor.shop.faces.notice

    def _name(self, number: int) -> None:
        with suppress(Declined):
            self.kiosk.name(f"7700{number}")

    @rule(number=MEMBERS, guardian=st.none() | MEMBERS, named=st.sampled_from((True, True, True, False)), late=st.booleans())
    def agree(self, number: int, guardian: int | None, *, named: bool, late: bool) -> None:
        """At the kiosk, or by somebody who is not there; the process is late now and then."""
        ref, by = f"m-{number}", None if guardian is None else f"m-{guardian}"
        for each in (number, guardian) if named else ():
            if each is not None:
                self._name(each)
        try:
            if by is None:
                consent = self.kiosk.agree(ref, notice=self.notice)
            else:
                consent = self.kiosk.agree(ref, "guardian", guardian_ref=by, staff="g-7", notice=self.notice)
        except Declined:
            return
        assert ref != by
        self._drop(lambda agreed: agreed.member == ref)
        self.agreed[consent] = Agreed(member=ref, guardian=by, notice=self.notice)
        self.ever[consent] = ref
        if not late:
            self.enrol(0, "synced")

    @rule(which=st.integers(min_value=0, max_value=9), clock=st.sampled_from(("synced", "synced", "unsynced")))
    def enrol(self, which: int, clock: Clock) -> None:
        """Of any consent that there ever was: the process may be late."""
        if not self.ever:
            return
        consent = list(self.ever)[-1 - which % len(self.ever)]
        try:
            told = self.kiosk.enrol(consent, clock)
        except Declined:
            assert consent not in self.agreed or self.agreed[consent].notice != self.notice
            return
        assert consent in self.agreed
        if told:
            self.agreed[consent].ends = self.kiosk.at + timedelta(days=FACES.keep_days)

    @rule()
    def withdraw(self) -> None:
        with suppress(Declined):
            gone = {event.consent for event in self.kiosk.withdraw() if hasattr(event, "consent")}
            assert gone
            assert gone <= self.agreed.keys()
            for consent in gone:
                del self.agreed[consent]

    @rule(number=MEMBERS)
    def forget(self, number: int) -> None:
        ref = f"m-{number}"
        self.wishes += 1
        self.floor.ask(forget_member(ref, f"c-{self.wishes}", "headquarters"), self.kiosk.at)
        self._drop(lambda agreed: ref in {agreed.member, agreed.guardian})

    @rule()
    def publish(self) -> None:
        """All three have joined again; no consent comes back with them."""
        (told,) = self.floor.db.execute("SELECT coalesce(max(sequence), 0) FROM events").fetchone()
        headquarters = Headquarters(self.floor, version=self.version)
        headquarters.publish(*(member(number) for number in (1, 2, 3)), as_of={BOX: told})
        self.version += 1

    @rule(jump=JUMPS)
    def jump(self, jump: timedelta) -> None:
        self.kiosk.at = max(self.kiosk.at + jump, AT - timedelta(days=800))

    @rule()
    def change_the_notice(self) -> None:
        other = "2026-09" if self.notice == FACES.notice else FACES.notice
        self.floor.shop = replace(self.floor.shop, faces=FACES.model_copy(update={"notice": other}))

    @rule(clock=st.sampled_from(("synced", "unsynced")))
    def tick(self, clock: Clock) -> None:
        """All that is over goes; what a wrong clock made gets its time from now on."""
        synced = clock == "synced"
        self.floor.shop = replace(self.floor.shop, clock=lambda: clock)
        before = self._kept()
        self.floor.tick(FACE_ENDS, self.kiosk.at)
        if not synced:
            assert self._kept() == before
        for consent in before - self._kept():
            del self.agreed[consent]
        if synced:
            longest = self.kiosk.at + timedelta(days=FACES.keep_days)
            for consent, agreed in self.agreed.items():
                assert agreed.notice == self.notice, consent
                if agreed.ends is not None:
                    agreed.ends = longest if self._is_redated(consent, longest) else agreed.ends

    @invariant()
    def only_the_living_can_be_recognised(self) -> None:
        expected = {
            agreed.member
            for agreed in self.agreed.values()
            if agreed.ends is not None and agreed.notice == self.notice and self.kiosk.at < agreed.ends
        }
        assert set(self.kiosk.living()) == expected
        for consent, ref in list(self.ever.items())[-3:]:
            assert self._is_recognised(consent, ref) == (ref in expected and consent in self.agreed)

    @invariant()
    def no_template_is_without_its_consent(self) -> None:
        orphans = "SELECT count(*) FROM face_templates WHERE consent NOT IN (SELECT consent FROM face_consents)"
        assert self.floor.db.execute(orphans).fetchone() == (0,)
        assert self._kept() == self.agreed.keys()

    def _is_recognised(self, consent: str, ref: str) -> bool:
        self.floor.db.execute("SAVEPOINT look")
        try:
            self.kiosk.recognise(f"t-{consent}", ref, "mirror-1", "s7")
        except Declined:
            return False
        finally:
            self.floor.db.execute("ROLLBACK TO look")
            self.floor.db.execute("RELEASE look")
        return True

    def _kept(self) -> set[str]:
        return {consent for (consent,) in self.floor.db.execute("SELECT consent FROM face_consents")}

    def _is_redated(self, consent: str, longest: datetime) -> bool:
        (expires,) = self.floor.db.execute("SELECT expires_at FROM face_templates WHERE consent = ?", (consent,)).fetchone()
        return datetime.fromisoformat(expires) == longest

    def _drop(self, ends: Callable[[Agreed], bool]) -> None:
        self.agreed = {consent: agreed for consent, agreed in self.agreed.items() if not ends(agreed)}


def test_nobody_is_recognised_without_a_living_consent(
    fresh_kiosk: Callable[[], Kiosks], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Faces, "make", staticmethod(fresh_kiosk), raising=False)
    run_state_machine_as_test(Faces, settings=settings(max_examples=20, stateful_step_count=40, deadline=None))
