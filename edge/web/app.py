"""The page and the API behind two doors, each open or closed by itself: the address in the settings and the control socket.

``box.py`` fills a View, builds once and keeps three parts running: ``page_door``, ``control_door`` and ``look_out``. A port that
is taken closes the page; ``storebox status`` goes on by the socket.
"""

from __future__ import annotations

import asyncio
import errno
import socket
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, NoReturn
from zoneinfo import ZoneInfo

from aiohttp import web

from edge.shop.shop import Shop
from edge.web.api import Api
from edge.web.asks import Asks
from edge.web.callers import Callers
from edge.web.changes import Changes
from edge.web.discoveries import Discoveries
from edge.web.doors import Doors
from edge.web.feed import Feed
from edge.web.guard import Guard
from edge.web.headers import add_headers
from edge.web.hosts import known_hosts, split_listen
from edge.web.kiosk_cards import Kiosklist
from edge.web.locks import Locks, fit, locks_of
from edge.web.lookout import Lookout
from edge.web.mirrors import Mirrors
from edge.web.pages import Pages
from edge.web.probes import Probes
from edge.web.recordings import Recordings
from edge.web.routes import Route, all_routes
from edge.web.screens import Screens
from edge.web.search import Search
from edge.web.shop_routes import shop_routes
from edge.web.sittings import Sittings
from edge.web.stream import Stream
from edge.web.template import Template, load_static
from edge.web.tills import Tills
from edge.web.view import View
from edge.web.visits import Visits
from edge.web.words import load_words

SHUTDOWN_S = 2.0
KEEPALIVE_S = 30.0
LINGER_S = 1.0  # how long the rest of a refused body is read and thrown away
CONTROL_SOCKET = "control.sock"
CONTROL_MODE = 0o660


class CannotListen(Exception):
    """The page's address or the control socket cannot be opened; the text says what to do."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Built:
    """What both doors share: who is let in, what is there, and what it shows."""

    view: View
    guard: Guard
    routes: tuple[Route, ...]
    lookout: Lookout
    locks: Locks
    search: Search

    def app(self) -> web.Application:
        """All of it as one door serves it; a door that is opened again takes a new one."""
        app = web.Application(middlewares=[self.guard.middleware()])
        app.on_response_prepare.append(add_headers)
        app.on_shutdown.append(self._let_readers_go)
        for route in self.routes:
            app.router.add_route(route.method, route.path, route.handler)
        return app

    async def _let_readers_go(self, _app: web.Application) -> None:
        self.lookout.feed.end()


async def page_door(built: Built, listen: str, opened: Callable[[str], None]) -> NoReturn:
    """Keep the page open at ``listen`` until cancelled; ``opened`` is told its URL, with the port that was free for port 0.

    Raises CannotListen, PairingsDamaged, OSError.
    """
    await fit(built.locks, built.view)
    async with _running(built) as runner:
        opened(await _open_address(runner, listen))
        await asyncio.Event().wait()
    raise AssertionError("only a cancellation ends the wait")


async def control_door(built: Built, opened: Callable[[Path], None]) -> NoReturn:
    """Keep the control socket open until cancelled; ``opened`` is told where it is. Raises CannotListen."""
    async with _running(built) as runner:
        opened(await _open_control(runner, built.view.settings.box.run_dir))
        await asyncio.Event().wait()
    raise AssertionError("only a cancellation ends the wait")


async def look_out(built: Built) -> None:
    """Keep what is shown up to date, while anyone looks; never returns."""
    async with asyncio.TaskGroup() as group:
        group.create_task(built.lookout.watch_board(), name="page: board")
        group.create_task(built.lookout.watch_journal(), name="page: journal")
        group.create_task(built.search.keep_new(), name="page: search")


def build(view: View) -> Built:
    """Put together what the doors serve; touches no network and nothing in the box's folders."""
    settings = view.settings
    words, static_files, feed, locks = load_words(), load_static(), Feed(), locks_of(view)
    visits = Visits(clock=view.clock)
    kiosks = Kiosklist(shop=view.desk.shop, visits=visits, pairings=locks.pairings)
    lookout = Lookout(view=view, words=words, feed=feed, kiosks=kiosks)
    callers = Callers(sessions=locks.sessions, pairings=locks.pairings, login_demanded=locks.login_demanded)
    template = Template(
        words,
        static_files,
        settings.store.language,
        ZoneInfo(settings.store.timezone),
        store=settings.store.name,
        box=settings.box.name,
        version=view.version,
    )
    sittings = Sittings(clock=view.clock)
    mirrors = Mirrors(view=view, template=template, callers=callers, feed=feed, sittings=sittings)
    routes = all_routes(
        Pages(
            feed=feed,
            lookout=lookout,
            template=template,
            static_files=static_files,
            locks=locks,
            asks=Asks(view=view, template=template),
        ),
        Api(view=view, pairings=locks.pairings),
        Changes(view=view, pairings=locks.pairings),
        Doors(locks=locks, template=template),
        Stream(feed=feed, lookout=lookout, template=template, callers=callers),
        probes=Probes(view=view),
        recordings=Recordings(view=view),
        discoveries=Discoveries(view=view),
        mirrors=mirrors,
        screens=Screens(locks=locks, template=template, kind_of=lambda name: _kind_of(name, view.desk.shop())),
        tills=Tills(view=view),
    )
    search = Search(journal=view.journal)
    routes += shop_routes(view, template, search=search, feed=feed, callers=callers, mirrors=mirrors, visits=visits)
    hosts = known_hosts(settings.web.listen, settings.web.allowed_hosts)
    guard = Guard(callers=callers, hosts=hosts, routes=routes, template=template)
    return Built(view=view, guard=guard, routes=routes, lookout=lookout, locks=locks, search=search)


def _kind_of(screen: str, shop: Shop) -> Literal["lane", "kiosk", "mirror"]:
    if shop.self_checkout(screen) is not None:
        return "lane"
    return "kiosk" if screen in shop.kiosks else "mirror"


@asynccontextmanager
async def _running(built: Built) -> AsyncIterator[web.AppRunner]:
    runner = web.AppRunner(
        built.app(),
        access_log=None,
        handle_signals=False,
        shutdown_timeout=SHUTDOWN_S,
        keepalive_timeout=KEEPALIVE_S,
        lingering_time=LINGER_S,
    )
    await runner.setup()
    try:
        yield runner
    finally:
        await runner.cleanup()


async def _open_control(runner: web.AppRunner, run_dir: Path) -> Path:
    path = run_dir / CONTROL_SOCKET
    try:
        await web.UnixSite(runner, path).start()
        path.chmod(CONTROL_MODE)
    except OSError as error:
        raise CannotListen(
            f"cannot open the control socket {path}: {error}; does run_dir in [box] exist and is it ours?"
        ) from error
    return path


def advice(error: OSError) -> str:
    """What to do about an address that does not open."""
    match error:
        case OSError(errno=errno.EADDRNOTAVAIL) | socket.gaierror():
            return "is that this machine's address? `ip address` shows those it has; set listen in [web] to one, or to 0.0.0.0"
        case OSError(errno=errno.EACCES):
            return "ports below 1024 are not for storebox: set listen in [web] to a higher one"
    return "is another program there? Set listen in [web] to a free port"


async def _open_address(runner: web.AppRunner, listen: str) -> str:
    host, port = split_listen(listen)
    site = web.TCPSite(runner, host, port)
    try:
        await site.start()
    except OSError as error:
        raise CannotListen(f"cannot open the page at {listen}: {error.strerror}; {advice(error)}") from error
    free_port = runner.addresses[-1][1]
    return f"http://{f'[{host}]' if ':' in host else host}:{free_port}"
