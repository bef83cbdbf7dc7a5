"""From a settings file to a living box: everything is opened here in order, handed on, and closed in reverse.

storebox run --settings /etc/storebox/storebox.toml
"""

from __future__ import annotations

import asyncio
import os
import signal
from contextlib import AsyncExitStack, suppress
from datetime import timedelta
from functools import partial
from pathlib import Path

import structlog

from config.remote import over
from config.schema import Settings
from drivers.catalogue import Catalogue, installed
from drivers.contract import Wires
from drivers.wires.mqtt import Broker
from edge.asking import Asking
from edge.box import VERSION, Box, shop_of
from edge.cloud_commands import command_kinds
from edge.cloud_line import CloudLine
from edge.devices import Devices
from edge.discovery.announcement import announcement
from edge.discovery.hotplug import Hotplug
from edge.discovery.network import Network
from edge.host.clock import boot_id, clock_state
from edge.host.credentials import credential
from edge.host.logs import set_up_logs
from edge.host.notify import Notify
from edge.host.threads import LooseThreads
from edge.host.wall_clock import WallClock
from edge.host.watchdog import Pulse
from edge.job_desk import JobDesk
from edge.jobs import Jobs
from edge.lanes.codes import ShownCodes
from edge.premises import CannotStart, Premises, premises
from edge.rules import rules
from edge.settings_in_use import InUse, keep_as_last_good, settings_in_use, show_problem
from edge.shop.registry import EVENTS, MIGRATIONS, adopters
from edge.status import Board
from edge.told_settings import said_before
from edge.vision.assembly import eyes_of
from sync.cloud_address import AddressRefused
from sync.cloud_client import CloudClient
from sync.command_desk import CommandDesk
from sync.document_desk import DocumentDesk, no_fetch
from sync.document_events import SYNC_EVENTS
from sync.entries import Limits, Stamp
from sync.events import Registry
from sync.follower import Follower
from sync.identity import Claim, Trust, trust, with_token_file
from sync.journal import Journal
from sync.large_bodies import LargeBodies
from sync.migrations import SchemaNewer
from sync.schema import JOURNAL_MIGRATIONS
from sync.uploader import Uploader

log = structlog.get_logger()

MIB = 1024 * 1024
PAGE_LIMIT_S = 20.0
JOURNAL_LIMIT_S = 60.0
"""A commit on a worn disk takes seconds; a minute is a hang."""


def run(path: Path, clock: WallClock) -> None:
    """Run the box with the settings of ``path`` until SIGTERM or SIGINT. Raises CannotStart."""
    asyncio.run(_run(path, clock))


async def _run(path: Path, clock: WallClock) -> None:
    asyncio.get_running_loop().set_default_executor(LooseThreads())
    catalogue = installed()
    in_use = settings_in_use(path, catalogue)
    set_up_logs(in_use.settings.log)
    _make_run_dir(in_use.settings.box.run_dir)
    with premises(in_use.settings.box.data_dir) as home:
        async with AsyncExitStack() as held:
            box = await _assemble(path, in_use, catalogue, home, held, clock=clock)
            _obey_signals(box)
            show_problem(box.board, in_use.problem)
            if not in_use.problem:
                _remember(path, home)
            await box.live()
    log.info("stopped")


async def _assemble(
    path: Path, in_use: InUse, catalogue: Catalogue, home: Premises, held: AsyncExitStack, *, clock: WallClock
) -> Box:
    written, board = in_use.settings, Board()
    journal = await _open(journal_of(written, home, board), held)
    said = await said_before(journal)
    in_use = InUse(settings=over(written, said.settings), problem=in_use.problem)
    settings = in_use.settings
    shop = shop_of(settings, home, clock)
    broker = await held.enter_async_context(Broker(settings.mqtt, settings.box.name, _broker_password(settings, board)))
    codes = ShownCodes(shop=lambda: box.shop)
    devices = Devices(
        catalogue=catalogue,
        wires=Wires(broker=broker),
        journal=journal,
        board=board,
        rules=rules(shop, clock),
        keep_code=codes.keep,
    )
    network = Network(settings=settings.discovery, announcement=partial(announcement, box=settings.box.name, version=VERSION))
    asking = Asking(devices=devices, journal=journal, board=board, now=clock.now)
    desk, line = await _cloud(settings, home, journal, board, held, clock=clock)
    if clock.began is not None:
        _warn(board, "clock", f"this box runs on a simulated clock, {clock.speed:g} times as fast as the real one: sell nothing")
    box = Box(
        path=path,
        written=written,
        said=said,
        in_use=in_use,
        home=home,
        clock=clock,
        shop=shop,
        journal=journal,
        broker=broker,
        devices=devices,
        hotplug=Hotplug(
            devices=devices,
            board=board,
            network=network.found,
            also_used=frozenset({f"{settings.mqtt.host}:{settings.mqtt.port}"}),
        ),
        network=network,
        eyes=eyes_of(settings.vision, home.data_dir, devices.wires.pictures, journal, board),
        asking=asking,
        codes=codes,
        jobs=Jobs(journal=journal, devices=devices, asking=asking, board=board, shop=lambda: box.shop, now=clock.now),
        job_desk=JobDesk(journal=journal, driver_of=devices.driver_of, now=clock.now),
        desk=desk,
        line=line,
        board=board,
        notify=Notify.from_environment(os.environ),
        pulses=(Pulse("page", limit_s=PAGE_LIMIT_S), Pulse("journal", limit_s=JOURNAL_LIMIT_S)),
        stopping=asyncio.Event(),
        reloading=asyncio.Event(),
    )
    return box


def journal_of(settings: Settings, home: Premises, board: Board) -> Journal:
    """The journal of this box with the events and tables of the shop; not open yet."""

    def alarm(name: str, text: str) -> None:
        if text:
            board.raise_alarm(name, text)
        else:
            board.clear_alarm(name)

    return Journal(
        home.journal,
        limits=Limits(
            quota_bytes=settings.journal.quota_mib * MIB,
            ballast_bytes=settings.journal.ballast_mib * MIB,
            keep_sent=timedelta(days=settings.journal.keep_sent_days),
            keep_receipts=timedelta(days=settings.journal.keep_receipts_days),
        ),
        registry=Registry([*EVENTS, *SYNC_EVENTS]),
        migrations=[*JOURNAL_MIGRATIONS, *MIGRATIONS],
        stamp=Stamp(box=home.identity.identity.box, boot=boot_id(), tz=settings.store.timezone, clock=clock_state),
        alarm=alarm,
    )


async def _open(journal: Journal, held: AsyncExitStack) -> Journal:
    try:
        return await held.enter_async_context(journal)
    except SchemaNewer as error:
        raise CannotStart(str(error)) from error


async def _cloud(
    settings: Settings, home: Premises, journal: Journal, board: Board, held: AsyncExitStack, *, clock: WallClock
) -> tuple[DocumentDesk, CloudLine | None]:
    """Documents are adopted from a file too, so there is a desk without a cloud."""
    client, identity = await _client(settings, board, held), home.identity

    def claim() -> Claim | None:
        return with_token_file(identity.identity.claim, settings.cloud.token_file)

    def trusted() -> Trust | None:
        return trust(identity.identity.claim, settings.cloud.signing_key_file)

    box = identity.identity.box
    desk = DocumentDesk(
        journal,
        adopters(shop_of(settings, home, clock)),
        box=box,
        trust=trusted,
        clock=clock_state,
        now=clock.now,
        fetch=no_fetch if client is None else LargeBodies(client, claim, home.data_dir / "bodies").fetch,
    )
    if client is None:
        return desk, None
    uploader = Uploader(journal, client, claim, tenant=settings.store.tenant, batch_events=settings.cloud.batch_events)
    commands = CommandDesk(journal, command_kinds(clock.now), box=box, trust=trusted, clock=clock_state, now=clock.now)
    follower = Follower(journal, desk, commands, client, claim)
    return desk, CloudLine(client=client, identity=identity, board=board, uploader=uploader, follower=follower)


async def _client(settings: Settings, board: Board, held: AsyncExitStack) -> CloudClient | None:
    """The connection to the cloud; a shop whose cloud cannot be used sells on without it."""
    if settings.cloud.url is None:
        return None
    try:
        client = CloudClient(settings.cloud.url, ca_file=settings.cloud.ca_file)
    except AddressRefused as error:
        _warn(board, "cloud", f"{error}; events are kept until then")
        return None
    return await held.enter_async_context(client)


def _broker_password(settings: Settings, board: Board) -> str | None:
    file = settings.mqtt.password_file or credential("mqtt-password", os.environ)
    if file is None:
        return None
    try:
        return file.read_text("utf-8").strip() or None
    except (OSError, UnicodeDecodeError) as error:
        _warn(board, "broker password", f"[mqtt] password_file {file} cannot be read: {error}; mend it, then restart the box")
        return None


def _warn(board: Board, name: str, problem: str) -> None:
    log.error(problem)
    board.raise_alarm(name, problem)


def _make_run_dir(run_dir: Path) -> None:
    """systemd makes it; without systemd it may be missing, and the page must not be missing with it."""
    with suppress(OSError):
        run_dir.mkdir(mode=0o750, parents=True, exist_ok=True)


def _remember(path: Path, home: Premises) -> None:
    try:
        keep_as_last_good(path, home.data_dir)
    except OSError as error:
        log.warning("the settings could not be kept as the last good ones", problem=str(error))


def _obey_signals(box: Box) -> None:
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, box.stopping.set)
    loop.add_signal_handler(signal.SIGHUP, box.reloading.set)
