"""What people are told of recognition: on the page, in the metrics, by one alarm each for what somebody has to do."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import partial

from edge.alarms import tell_alarm
from edge.faces.window import FacesShown
from edge.faces.words import Beat
from edge.status import Board

ALARM = "faces"
ENROLMENT_ALARM = "face enrolment"
PLACES_ALARM = "face cameras"
REFUSED_ALARM = "face templates"
FILING_ALARM = "face filing"
FILING = 100_000
"""China's Measures on facial recognition, article 15: from so many people on the store files within 30 working days."""

REFUSED = (
    "{count} face templates do not open: the key or the model of faces is another one, or their rows were changed; put the right"
    " one back and restart the box, or let these members enrol anew"
)
FILING_DUE = (
    "{count} face templates are stored: from 100 000 on they must be filed with the cyberspace administration of the province"
    " within 30 working days"
)


@dataclass(slots=True, kw_only=True)
class Standing:
    """Puts it on ``board``."""

    board: Board
    shown: FacesShown = field(default_factory=partial(FacesShown, state="starting"))
    _problem: str = ""

    def down(self, problem: str) -> None:
        """No process runs."""
        self._put(replace(self.shown, state="down", problem=problem, rss_bytes=0))

    def off(self) -> None:
        """The settings want it no more: that is no alarm."""
        self._put(replace(self.shown, state="off", problem="", rss_bytes=0, no_enrolment=""))
        self.tell("")
        self.refused(0)
        tell_alarm(self.board, ENROLMENT_ALARM, "")

    def beat(self, beat: Beat) -> None:
        """The process says how it does."""
        self._put(
            replace(
                self.shown,
                state="down" if beat.problem else "on",
                problem=beat.problem,
                no_enrolment=beat.no_enrolment,
                rss_bytes=beat.rss_bytes,
            )
        )
        self.tell(beat.problem)
        tell_alarm(self.board, ENROLMENT_ALARM, beat.no_enrolment if not beat.problem else "")

    def starts(self, before: int) -> None:
        """The process is started; it was so many times ``before``."""
        self._put(replace(self.shown, state="starting", problem="", restarts=before, rss_bytes=0))

    def stored(self, count: int) -> None:
        """So many templates are in the journal."""
        if count == self.shown.templates:
            return
        self._put(replace(self.shown, templates=count))
        tell_alarm(self.board, FILING_ALARM, FILING_DUE.format(count=count) if count >= FILING else "")

    def refused(self, count: int) -> None:
        """So many templates did not open."""
        tell_alarm(self.board, REFUSED_ALARM, REFUSED.format(count=count) if count else "")

    def unfit(self, places: Mapping[str, str]) -> None:
        """Screens whose camera must not be read."""
        tell_alarm(self.board, PLACES_ALARM, "; ".join(text for _name, text in sorted(places.items())))

    def tell(self, problem: str) -> None:
        """Why no face is read, and what to do; nothing when faces are read."""
        if problem or self._problem:
            tell_alarm(self.board, ALARM, problem)
        self._problem = problem

    def _put(self, shown: FacesShown) -> None:
        if shown != self.shown or self.board.faces is None:
            self.shown = shown
            self.board.show_faces(shown)
