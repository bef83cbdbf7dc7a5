"""One running box: its parts side by side, from the first to the last; ``assembly.py`` builds what they are made of.

Nothing is looked up while the box runs: what a part needs is handed to it here.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from functools import cache, partial
from importlib.metadata import version
from pathlib import Path
from typing import NoReturn

import structlog

from config.remote import over
from config.schema import Settings
from drivers.contract import DeviceGone, DeviceSilent
from drivers.wires.mqtt import Broker
from edge.asking import Asking
from edge.beginnings import tell_beginnings
from edge.bringing_models import Bringing
from edge.child import ProcessFailed
from edge.cloud_line import CloudLine, no_cloud
from edge.devices import Devices, needs_broker
from edge.discovery.hotplug import Hotplug
from edge.discovery.network import Network
from edge.faces.assembly import recognition_of
from edge.faces.recognition import Recognition
from edge.forgetting import Forgetting
from edge.home_assistant import HomeAssistant, NotAllowed
from edge.host.clock import boot_id, clock_state
from edge.host.metrics import metrics
from edge.host.notify import Notify
from edge.host.wall_clock import WallClock
from edge.host.watchdog import Pulse, feed
from edge.insights import Insights
from edge.job_desk import JobDesk
from edge.jobs import Jobs
from edge.lanes.codes import ShownCodes
from edge.lanes.doubts import LaneDoubts
from edge.lanes.paybacks import LanePaybacks
from edge.lanes.payers import Payers
from edge.lanes.payments import LanePayments
from edge.mirror.makeup import Makeup, mirrors_of
from edge.parts import Parts, turn_the_journal
from edge.premises import Premises
from edge.probing import Probing
from edge.recording import Recorder
from edge.rules import rules
from edge.scenes import SceneWatch
from edge.settings_in_use import InUse, closed_off, settings_in_use, show_problem
from edge.shop.registry import TIMERS
from edge.shop.settings.document import Said
from edge.shop.shop import Shop
from edge.shop_desk import ShopDesk
from edge.status import Board
from edge.timers import LOOK_S, Timers
from edge.told_models import ToldModels
from edge.told_settings import ToldSettings
from edge.vision.eyes import Eyes
from edge.vision.tally import Tally
from edge.web.app import Built, CannotListen, build, control_door, look_out, page_door
from edge.web.late_pickups import LatePickups
from edge.web.pairing import PairingsDamaged
from edge.web.view import View
from edge.web.words import load_words
from sync.adopters import DocumentRefused
from sync.disk import JournalUnavailable
from sync.document_desk import DocumentDesk, Refused
from sync.journal import Journal

log = structlog.get_logger()

VERSION = version("storebox")
BROKER_CEILING_S = 1.0
RESTART_NEEDED = "the settings changed beyond devices, lanes and kiosks: restart the box (systemctl restart storebox) to use them"


@dataclass(slots=True, kw_only=True)
class Box:
    """One box: what lives as long as the process. Parts that fail and come back are started by ``live``."""

    path: Path
    written: Settings
    said: Said
    in_use: InUse
    home: Premises
    clock: WallClock
    shop: Shop
    journal: Journal
    broker: Broker
    devices: Devices
    hotplug: Hotplug
    network: Network
    eyes: Eyes | None
    asking: Asking
    codes: ShownCodes
    jobs: Jobs
    job_desk: JobDesk
    desk: DocumentDesk
    line: CloudLine | None
    board: Board
    notify: Notify
    pulses: tuple[Pulse, Pulse]
    stopping: asyncio.Event
    reloading: asyncio.Event

    async def live(self) -> None:
        """Run every part until ``stopping``, or until the journal's thread dies: raises what killed it then."""
        async with asyncio.TaskGroup() as group:
            tasks = list(self._start(Parts(board=self.board, group=group)))
            await self._end()
            self.notify.stopping("the last commits are on their way")
            for task in tasks:
                task.cancel()
        if self.journal.failed.done():
            self.journal.failed.result()

    async def _end(self) -> None:
        """Wait until someone stops the box or its journal has died."""
        self.journal.failed.add_done_callback(lambda _failed: self.stopping.set())
        await self.stopping.wait()

    def _start(self, parts: Parts) -> Iterator[asyncio.Task[None]]:
        page_pulse, journal_pulse = self.pulses
        settings = self.in_use.settings
        yield parts.start("devices", partial(self.devices.keep_open, settings.device))
        if any(needs_broker(plugged) for plugged in settings.device.values()):
            lost = (DeviceGone, DeviceSilent)
            broker, ceiling_s = self.broker, BROKER_CEILING_S
            yield parts.start("broker", broker.run, expected=lost, ceiling_s=ceiling_s, works=lambda: broker.connected)
            told_home = HomeAssistant(broker=broker, settings=lambda: self.in_use.settings, version=VERSION)
            yield parts.start("home assistant", told_home.run, expected=(NotAllowed,))
        yield parts.start("hot-plug", self.hotplug.run)
        if settings.discovery.enabled:
            yield parts.start("discovery", self.network.run, expected=(OSError,))
        yield parts.start("jobs", self.jobs.run)
        yield parts.start("scenes", self._scene_watch().run, expected=(JournalUnavailable,))
        yield parts.start("insight", Insights(journal=self.journal, desk=self._shop_desk()).run, expected=(JournalUnavailable,))
        late = LatePickups(journal=self.journal, board=self.board, words=load_words()[settings.store.language])
        yield parts.start("late pickups", late.run, expected=(JournalUnavailable,))
        yield parts.start("timers", Timers(desk=self._shop_desk(), board=self.board, timers=TIMERS, look_s=self._look_s()).run)
        told = ToldSettings(
            journal=self.journal, board=self.board, written=lambda: self.written, use=self._use, known=self.said.version
        )
        yield parts.start("settings of headquarters", told.run, expected=(JournalUnavailable,))
        recognition = self._recognition()
        if recognition is not None:
            yield parts.start("faces", recognition.run, expected=(JournalUnavailable,), accidents=(ProcessFailed,))
        forgetting = Forgetting(desk=self._shop_desk(), board=self.board, faces=recognition)
        yield parts.start("forgetting", forgetting.run, expected=(JournalUnavailable,))
        payers = Payers(desk=self._shop_desk(), asking=self.asking.ask)
        yield parts.start("lanes", LanePayments(payers=payers, codes=self.codes).run, expected=(JournalUnavailable,))
        yield parts.start("doubted payments", LaneDoubts(payers=payers).run, expected=(JournalUnavailable,))
        yield parts.start("paybacks", LanePaybacks(payers=payers, board=self.board).run, expected=(JournalUnavailable,))
        if self.eyes is not None:
            tally = Tally(desk=self._shop_desk(), look_s=self._look_s())
            yield parts.start("tally", tally.run)
            yield parts.start("vision", partial(tally.flush_after, partial(self.eyes.run, tally)), accidents=(ProcessFailed,))
        if self.line is not None:
            yield parts.start("upload", self.line.uploader.run, expected=(JournalUnavailable,))
            yield parts.start("documents", self.line.follower.run)
            yield parts.start("sync", self.line.show)
        makeup = self._makeup()
        yield parts.start("mirror", makeup.run, accidents=(ProcessFailed,))
        told_models = ToldModels(
            desk=self._shop_desk(),
            board=self.board,
            bringing=Bringing(models_dir=self._models_dir()),
            lookers=[each for each in (self.eyes, recognition, makeup) if each is not None],
        )
        yield parts.start("models of headquarters", told_models.run, expected=(JournalUnavailable,))
        # Built by the first that needs it, inside its part: what cannot be built closes no shop.
        built = cache(partial(build, self._view(page_pulse, makeup, recognition)))
        yield parts.start("control", partial(self._keep_control, built), expected=(CannotListen,))
        yield parts.start("page", partial(self._keep_page, built), expected=(CannotListen, PairingsDamaged, OSError))
        yield parts.start("lookout", partial(self._look_out, built, page_pulse))
        yield parts.start("beginnings", partial(tell_beginnings, self.journal, VERSION, clock_state))
        yield parts.start("journal", partial(turn_the_journal, self.journal, journal_pulse))
        if self.notify.watchdog_s is not None:
            yield parts.start("watchdog", partial(feed, self.pulses, self.notify))
        yield parts.start("settings", self._follow_settings)

    def _shop_desk(self) -> ShopDesk:
        boot = boot_id() if self.clock.began is None else ""
        return ShopDesk(journal=self.journal, shop=lambda: self.shop, now=self.clock.now, boot=boot)

    def _scene_watch(self) -> SceneWatch:
        return SceneWatch(
            desk=self._shop_desk(), board=self.board, plugged=lambda: self.in_use.settings.device, look_s=self._look_s()
        )

    def _look_s(self) -> float:
        return max(LOOK_S / self.clock.speed, 0.05)

    def _models_dir(self) -> Path:
        return self.in_use.settings.vision.models_dir or self.home.data_dir / "models"

    def _makeup(self) -> Makeup:
        return Makeup(
            mirrors=lambda: mirrors_of(self.in_use.settings.device),
            models_dir=self._models_dir(),
            pictures=self.devices.wires.pictures,
            board=self.board,
        )

    def _recognition(self) -> Recognition | None:
        return recognition_of(
            lambda: self.in_use.settings,
            self.home.data_dir,
            os.environ,
            pictures=self.devices.wires.pictures,
            desk=self._shop_desk(),
            board=self.board,
        )

    def _view(self, pulse: Pulse, makeup: Makeup, recognition: Recognition | None) -> View:
        return View(
            settings=self.in_use.settings,
            version=VERSION,
            board=self.board,
            journal=self.journal,
            drivers=self.devices.drivers,
            ready=lambda: self.journal.state == "ok",
            ask=self.asking.ask,
            jobs=self.job_desk,
            desk=self._shop_desk(),
            restart=self.asking.restart,
            probe=Probing(devices=self.devices, board=self.board).find,
            record=Recorder(devices=self.devices, version=VERSION).recording,
            discoveries=lambda: self.hotplug.unused,
            adopt=self._adopt,
            join=no_cloud if self.line is None else self.line.join,
            metrics=self._metrics,
            written=lambda: self.written,
            plugged=lambda: self.in_use.settings.device,
            wires=self.devices.wires,
            pulse=pulse,
            announce=print,
            eyes=self.eyes,
            glass=makeup,
            faces=recognition,
        )

    async def _keep_page(self, built: Callable[[], Built]) -> None:
        """Serve the page. A shop sells on without it, so systemd must not wait for it."""
        try:
            await page_door(built(), self.in_use.settings.web.listen, self._opened)
        finally:
            if not self.stopping.is_set():
                self.notify.ready("the page is not open, see the log; everything else runs")

    def _opened(self, url: str) -> None:
        log.info(f"ready: {url}")
        self.network.page_opened(url)
        self.notify.ready(f"{len(self.in_use.settings.device)} devices in the settings; page at {url}")

    async def _keep_control(self, built: Callable[[], Built]) -> None:
        await control_door(built(), lambda control: log.info("commands are answered", control=str(control)))

    async def _look_out(self, built: Callable[[], Built], pulse: Pulse) -> None:
        """A shop sells on without it, so systemd must not miss its turns when it has failed."""
        pulse.turn()
        try:
            await look_out(built())
        finally:
            pulse.stop()

    async def _adopt(self, jws: str) -> str:
        verdict = await self.desk.adopt(jws)
        if isinstance(verdict, Refused):
            raise DocumentRefused(verdict.reason)
        return f"{verdict.kind} version {verdict.version}"

    async def _metrics(self) -> bytes:
        return metrics(self.board, await self.journal.figures(), version=VERSION, now=self.clock.now())

    async def _follow_settings(self) -> NoReturn:
        """Take over changed devices, lanes and kiosks when asked to reload; the other sections need a restart.

        Only that nobody is recognised by face any more waits for none, nor whether Home Assistant is told of the devices.
        """
        while True:
            await self.reloading.wait()
            self.reloading.clear()
            await self._take_over(settings_in_use(self.path, self.devices.catalogue))

    async def _take_over(self, found: InUse) -> None:
        show_problem(self.board, found.problem)
        if found.problem:
            await self._close_off(found.private)
            return
        before, after = self.written, found.settings
        faces = before.faces if after.faces.configured else after.faces
        mqtt = before.mqtt.model_copy(update={"home_assistant": after.mqtt.home_assistant})
        self.written = before.model_copy(
            update={"device": after.device, "lane": after.lane, "kiosk": after.kiosk, "faces": faces, "mqtt": mqtt}
        )
        if self.written != after:
            self.board.raise_alarm("restart", RESTART_NEEDED)
            log.warning(RESTART_NEEDED)
        await self._use(self.said)
        log.info("settings were read again", devices=len(after.device))

    async def _close_off(self, private: Collection[str]) -> None:
        """Of settings that are refused this counts at once: nobody is looked at where the shop says that nobody may be."""
        if private:
            self.written = closed_off(self.written, private)
            await self._use(self.said)

    async def _use(self, said: Said) -> None:
        """Work by the file, and below it by what headquarters ``said``."""
        self.said = said
        self.in_use = InUse(settings=over(self.written, said.settings))
        self.shop = shop_of(self.in_use.settings, self.home, self.clock)
        await self.devices.follow(self.in_use.settings.device, rules(self.shop, self.clock))
        self.broker.descriptions.news.set()  # Home Assistant may have to be told of others


def shop_of(settings: Settings, home: Premises, clock: WallClock) -> Shop:
    """The shop of ``settings`` in this box; its store is the one of the claim, or before that its name."""
    identity = home.identity.identity
    store = settings.store.name if identity.claim is None else identity.claim.store
    return Shop.from_settings(settings, home.member_key, box=identity.box, store=store, clock=clock.state)
