"""The page and the API as one application, and its two doors: the address in the settings and the control socket.

``box.py`` fills a View and keeps ``serve(view, opened)`` running; everything else of the page is below this file.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from zoneinfo import ZoneInfo

from aiohttp import web

from edge.web.api import Api
from edge.web.callers import Callers
from edge.web.changes import Changes
from edge.web.doors import Doors
from edge.web.feed import Feed
from edge.web.guard import Guard
from edge.web.headers import add_headers
from edge.web.hosts import known_hosts, split_listen
from edge.web.locks import Locks, fit, locks_of
from edge.web.lookout import Lookout
from edge.web.pages import Pages
from edge.web.routes import Route, all_routes
from edge.web.stream import Stream
from edge.web.template import Template, load_static
from edge.web.view import View
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
    """The application and what must run beside it."""

    app: web.Application
    routes: tuple[Route, ...]
    lookout: Lookout
    locks: Locks


@dataclass(frozen=True, slots=True, kw_only=True)
class Served:
    """Where the page is: ``url`` has the port that was free when the settings said 0."""

    url: str
    control: Path


async def serve(view: View, opened: Callable[[Served], None]) -> None:
    """Keep the page open until cancelled; ``opened`` is told where it is. Raises CannotListen, PairingsDamaged, OSError."""
    await keep_open(build(view), view, view.settings.web.listen, opened)


async def keep_open(built: Built, view: View, listen: str, opened: Callable[[Served], None]) -> None:
    """As ``serve``, at the address ``listen`` (``127.0.0.1:0``) whatever the settings say."""
    await fit(built.locks, view)
    async with _listening(built, view.settings.box.run_dir, listen) as served:
        opened(served)
        async with asyncio.TaskGroup() as group:
            group.create_task(built.lookout.watch_board(), name="page: board")
            group.create_task(built.lookout.watch_journal(), name="page: journal")


def build(view: View) -> Built:
    """Put the application together; touches no network and nothing in the box's folders."""
    settings = view.settings
    words, static_files, feed, locks = load_words(), load_static(), Feed(), locks_of(view)
    lookout = Lookout(view=view, words=words, feed=feed)
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
    routes = all_routes(
        Pages(feed=feed, lookout=lookout, template=template, static_files=static_files, locks=locks),
        Api(view=view, pairings=locks.pairings),
        Changes(view=view, pairings=locks.pairings),
        Doors(locks=locks, template=template),
        Stream(feed=feed, lookout=lookout, template=template, callers=callers),
    )
    hosts = known_hosts(settings.web.listen, settings.web.allowed_hosts)
    app = web.Application(middlewares=[Guard(callers=callers, hosts=hosts, routes=routes, template=template).middleware()])
    app.on_response_prepare.append(add_headers)
    for route in routes:
        app.router.add_route(route.method, route.path, route.handler)
    return Built(app=app, routes=routes, lookout=lookout, locks=locks)


@asynccontextmanager
async def _listening(built: Built, run_dir: Path, listen: str) -> AsyncIterator[Served]:
    runner = web.AppRunner(
        built.app,
        access_log=None,
        handle_signals=False,
        shutdown_timeout=SHUTDOWN_S,
        keepalive_timeout=KEEPALIVE_S,
        lingering_time=LINGER_S,
    )
    await runner.setup()
    try:
        control = await _open_control(runner, run_dir)
        yield Served(url=await _open_address(runner, listen), control=control)
    finally:
        built.lookout.feed.end()
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


async def _open_address(runner: web.AppRunner, listen: str) -> str:
    host, port = split_listen(listen)
    site = web.TCPSite(runner, host, port)
    try:
        await site.start()
    except OSError as error:
        raise CannotListen(
            f"cannot open the page at {listen}: {error.strerror}; is another program there? Set listen in [web] to a free port"
        ) from error
    free_port = runner.addresses[-1][1]
    return f"http://{f'[{host}]' if ':' in host else host}:{free_port}"
