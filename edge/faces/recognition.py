"""The box's side of recognising members by face: it starts the process that reads faces, tells it of templates and cameras, and
has the journal say who was named. Until the journal has it, nobody is told.

Without a key, without a model, and while the process is away, no screen offers it; codes, telephones and cards go on. Nothing
here waits for the process but who has touched the button, and who wants to be forgotten.
"""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import ClassVar, NoReturn

from config.schema import Settings
from drivers.wires.pictures import Pictures
from edge.child import ProcessFailed, child
from edge.faces.attempts import Attempts
from edge.faces.gallery import Gallery
from edge.faces.life import Life
from edge.faces.places import Places, places
from edge.faces.recording import Recording
from edge.faces.rings import Cameras
from edge.faces.standing import Standing
from edge.faces.stored import StoredTemplates
from edge.faces.window import Attempt, FacesShown, Failed, Outcome
from edge.faces.wish import Wish
from edge.faces.words import SPEECH, Beat, Cancel, Enrol, Enrolled, Identify, Matched
from models.manifest import Task
from sync.disk import JournalUnavailable

PROGRAM = ("-P", "-m", "edge.faces")
NO_KEY = (
    "no face is recognised, for there is no key for the templates: make one (storebox faces key) and name it in [faces] key_file,"
    " or hand it to the service as the credential face-key"
)
NO_PLACE = (
    "no face is recognised, for no kiosk, lane or mirror has a camera for it: name one in its settings, and give that camera"
    ' kind = "kiosk" or "mirror"'
)
ENDED = "the process that reads faces is not running"
IDENTIFY_MS = 8_000
ENROL_MS = 90_000
GRACE_S = 5.0
"""What the process gets beyond its own deadline; then the box ends the attempt."""

LOOK_S = 2.0
TEMPLATE_BYTES = 16


@dataclass(slots=True, kw_only=True)
class Recognition:
    """A FacesWindow. ``key_file`` is the path of the key, which is never opened here."""

    settings: Callable[[], Settings]
    key_file: Path | None
    models_dir: Path
    pictures: Pictures
    stored: StoredTemplates
    recording: Recording
    standing: Standing
    program: Sequence[str] = PROGRAM
    attempts: Attempts = field(default_factory=Attempts)
    threads: int = 1
    tasks: ClassVar[frozenset[Task]] = frozenset({"faces", "face-vector", "face-landmarks"})
    _is_to_be_renewed: bool = False
    _life: Life | None = None
    _lives: int = 0
    _wishes: dict[str, Wish] = field(default_factory=dict)

    async def run(self) -> NoReturn:
        """Recognise until something fails, while there is a key and a place. Raises ProcessFailed, JournalUnavailable."""
        while True:
            key_file = await self._wait_until_wanted()
            self._is_to_be_renewed = False
            async with asyncio.TaskGroup() as recordings:
                # What the process has answered is recorded and told even if it dies meanwhile.
                failure = await self._live(key_file, recordings)
            if failure is not None:
                raise failure

    def renew(self) -> None:
        """Start the process anew as soon as nobody waits for it: the next one has the models that are there then."""
        self._is_to_be_renewed = True

    def shown(self) -> FacesShown:
        """As ``FacesWindow.shown`` says."""
        return self.standing.shown

    def offered(self, place: str) -> bool:
        """As ``FacesWindow.offered`` says."""
        found, life = self._places().allowed.get(place), self._life
        if found is None or life is None or not self._takes_wishes():
            return False
        return life.gallery.is_learnt and life.cameras.is_open(found)

    def identify(self, place: str, order: str | None = None) -> Attempt:
        """As ``FacesWindow.identify`` says."""

        def asked(request: str, camera: str) -> Identify:
            return Identify(request=request, camera=camera, within_ms=IDENTIFY_MS)

        return self._begin(place, IDENTIFY_MS, asked, Wish(order=order))

    def enrol(self, place: str, member_ref: str, consent: str) -> Attempt:
        """As ``FacesWindow.enrol`` says."""
        template = secrets.token_hex(TEMPLATE_BYTES)

        def asked(request: str, camera: str) -> Enrol:
            return Enrol(request=request, camera=camera, member=member_ref, template=template, within_ms=ENROL_MS)

        return self._begin(place, ENROL_MS, asked, Wish(consent=consent, template=template, member_ref=member_ref))

    def cancel(self, request: str) -> None:
        """As ``FacesWindow.cancel`` says."""
        if self.attempts.waiting(request) is not None:
            self.attempts.end(request, Failed(why="cancelled"))
            if self._life is not None:
                self._life.ask(Cancel(request=request))

    def attempt(self, request: str) -> Attempt | None:
        """As ``FacesWindow.attempt`` says."""
        return self.attempts.find(request)

    async def forgotten(self) -> None:
        """As ``FacesWindow.forgotten`` says."""
        if (life := self._life) is not None:
            life.wake()
            await life.gallery.settled()

    def _takes_wishes(self) -> bool:
        return self.shown().state == "on" and not self._is_to_be_renewed

    def _is_over(self) -> bool:
        return self._is_to_be_renewed and not self.attempts

    def _begin(self, place: str, within_ms: int, asked: Callable[[str, str], Identify | Enrol], wish: Wish) -> Attempt:
        attempt = self.attempts.begin(place, within_ms / 1000 + GRACE_S)
        self._wishes = {name: each for name, each in self._wishes.items() if self.attempts.waiting(name) is not None}
        found = self._places().allowed.get(place)
        if attempt.outcome is not None:
            return attempt
        if found is None or self._life is None or not self._takes_wishes():
            self.attempts.end(attempt.request, Failed(why="off"))
        elif not self._life.cameras.is_open(found):
            self.attempts.end(attempt.request, Failed(why="camera-gone"))
        else:
            self._wishes[attempt.request] = replace(wish, place=found)
            self._life.ask(asked(attempt.request, found.camera))
        return attempt

    async def _wait_until_wanted(self) -> Path:
        while True:
            found = self._places()
            self.standing.unfit(found.refused)
            self.standing.stored(await self.stored.count())
            if found.allowed and self.key_file is not None:
                return self.key_file
            self._tell_why_not(NO_KEY if found.allowed else NO_PLACE)
            await asyncio.sleep(LOOK_S)

    def _tell_why_not(self, problem: str) -> None:
        if self.settings().faces.configured:
            self.standing.down(problem)
            self.standing.tell(problem)
        else:
            self.standing.off()

    async def _live(self, key_file: Path, recordings: asyncio.TaskGroup) -> Exception | None:
        """One life of the process; what ended it, nothing when there is no place any more or it is renewed."""
        told = (str(self.models_dir), str(key_file), str(self.threads))
        gallery = Gallery(stored=self.stored, counted=self.standing.stored)
        self.standing.starts(self._lives)
        self._lives += 1
        problem = ENDED
        try:
            async with child(self.program, told, SPEECH) as (line, process):
                self._life = Life(
                    line=line,
                    process=process,
                    gallery=gallery,
                    cameras=Cameras(pictures=self.pictures),
                    attempts=self.attempts,
                    places=self._places,
                    is_over=self._is_over,
                    answered=partial(self._answered, recordings),
                    beats=self._beat,
                )
                await self._life.run()
        except (ProcessFailed, JournalUnavailable) as failure:
            problem = str(failure)
            return failure
        finally:
            self._life = None
            gallery.over()
            self.attempts.end_all("off")
            self.standing.down(problem)
        return None

    def _answered(self, recordings: asyncio.TaskGroup, said: Matched | Enrolled) -> None:
        attempt, wish = self.attempts.waiting(said.request), self._wishes.pop(said.request, None)
        if attempt is None or wish is None:
            return
        if self._places().allowed.get(attempt.place) != wish.place:
            self.attempts.end(attempt.request, Failed(why="camera-gone"))
            return
        if isinstance(said, Enrolled) and not wish.is_met_by(said):
            raise ProcessFailed(
                "the process that reads faces enrolled another than was asked for: it is killed and started again"
            )
        self.attempts.record(attempt.request)
        recordings.create_task(self._record(attempt, said, wish), name="faces: records an answer")

    async def _record(self, attempt: Attempt, said: Matched | Enrolled, wish: Wish) -> None:
        outcome: Outcome = Failed(why="not-recorded")
        try:
            match said:
                case Matched():
                    outcome = await self.recording.named(attempt, said, wish.order)
                case Enrolled():
                    outcome = await self.recording.kept(attempt, said, wish.consent)
        finally:
            self.attempts.end(attempt.request, outcome)

    def _beat(self, beat: Beat) -> None:
        if beat.loading:
            return
        self.standing.beat(beat)
        if self._life is not None:
            self._life.gallery.allow(may_learn=not beat.problem)
            self.standing.refused(len(self._life.gallery.refused))
            self.standing.unfit(self._places().refused)

    def _places(self) -> Places:
        return places(self.settings())
