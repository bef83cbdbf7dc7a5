"""Takes over which models headquarters wants: in every process that looks at pictures, without a restart of the box.

Until all of them are here and work, the models of before go on. A model of faces that no template here can be compared with waits
until the day that headquarters has named, and the page says what comes then.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from typing import NoReturn, Protocol

import structlog

from edge.alarms import tell_alarm
from edge.bringing_models import Bringing, ModelsNotTaken
from edge.shop.models.anew import Anew, end_other_models, enrol_anew
from edge.shop.models.document import WantedModels, wanted_models
from edge.shop_desk import ShopDesk
from edge.status import Board
from models.face_binding import face_binding
from models.manifest import Models, Task
from sync.entries import Recorded

log = structlog.get_logger()

LOOK_S = 1.0
AGAIN_S = 600.0
ALARM = "models"


class LooksAtPictures(Protocol):
    """A part with a process of its own."""

    @property
    def tasks(self) -> frozenset[Task]:
        """What its models are for; none while it looks at nothing."""
        ...

    def renew(self) -> None:
        """Start the process anew, with the models that are there now."""
        ...


@dataclass(slots=True, kw_only=True)
class ToldModels:
    """For ``lookers``, as far as they look at anything."""

    desk: ShopDesk
    board: Board
    bringing: Bringing
    lookers: Sequence[LooksAtPictures]
    look_s: float = LOOK_S
    again_s: float = AGAIN_S
    _looked_at: int = 0
    _taken: int = 0
    _works: int = 0
    _again_at_s: float = 0.0

    async def run(self) -> NoReturn:
        """Look after each commit, until cancelled. Raises JournalUnavailable."""
        loop, journal = asyncio.get_running_loop(), self.desk.journal
        while True:
            seen = journal.commits
            wanted = await journal.query(wanted_models)
            if wanted is not None and self._is_due(wanted, loop.time()):
                await self._try(wanted)
                self._again_at_s = loop.time() + self.again_s
            if wanted is not None and wanted.version == self._taken:
                await self._end_other_templates(wanted)
            await asyncio.sleep(self.look_s)
            with suppress(TimeoutError):
                async with asyncio.timeout(self.again_s):
                    await journal.watch(seen)

    def _is_due(self, wanted: WantedModels, now_s: float) -> bool:
        if not any(each.tasks for each in self.lookers):
            return False
        return wanted.version not in (self._taken, self._looked_at) or (
            self._taken != self._looked_at and now_s >= self._again_at_s
        )

    async def _try(self, wanted: WantedModels) -> None:
        self._looked_at = wanted.version
        try:
            await self._take(wanted)
        except ModelsNotTaken as error:
            tell_alarm(self.board, ALARM, str(error))
        else:
            self._taken = wanted.version
            tell_alarm(self.board, ALARM, "")

    async def _take(self, wanted: WantedModels) -> None:
        await self.bringing.bring(wanted)
        if not self.bringing.is_used(wanted):
            if self._works != wanted.version:
                await self.bringing.try_out(wanted)
                self._works = wanted.version
            before = self.bringing.present()
            self._wait_for_the_day(wanted, before, await self.desk.journal.query(partial(enrol_anew, wanted)))
            await self.bringing.use()
            log.info("headquarters' models are used", version=wanted.version)
            self._renew(before, self.bringing.present())
        else:
            await self.bringing.give_up()

    def _wait_for_the_day(self, wanted: WantedModels, before: Models, anew: Anew | None) -> None:
        """Raises ModelsNotTaken while members would have to enrol anew who could not know it."""
        if anew is None or (before and face_binding(before) == face_binding(wanted.models)) or self._has_come(anew):
            return
        whom = f"the {anew.members} members whose faces are kept here have to enrol anew"
        if anew.day is None:
            raise ModelsNotTaken(
                f"headquarters' models (version {wanted.version}) are not used: with their model of faces {whom}, and it is not"
                " said from when; headquarters says so with enrol_anew_from in the models document"
            )
        raise ModelsNotTaken(
            f"headquarters' models (version {wanted.version}) are used from {anew.day} on: then {whom}; till then nothing changes"
        )

    def _has_come(self, anew: Anew) -> bool:
        """Never by a clock that may stand in another year: what is erased does not come back."""
        shop = self.desk.shop()
        return anew.day is not None and shop.clock() == "synced" and shop.day(self.desk.now()) >= anew.day.isoformat()

    def _renew(self, before: Models, after: Models) -> None:
        changed = {model.task for name, model in after.items() if model != before.get(name)}
        for each in self.lookers:
            if changed & each.tasks:
                each.renew()

    async def _end_other_templates(self, wanted: WantedModels) -> None:
        """A hundred with each commit, so that nobody who pays waits; also one that was on its way when the model changed."""
        anew = await self.desk.journal.query(partial(enrol_anew, wanted))
        if anew is None or not self._has_come(anew):
            return
        log.warning("members have to enrol their faces anew: the templates of another model are erased", members=anew.members)
        told, model = True, face_binding(wanted.models)
        while told:
            outcome = await self.desk.decide(end_other_models(model), place="", asked="another model of faces")
            told = isinstance(outcome, Recorded) and bool(outcome.events)
