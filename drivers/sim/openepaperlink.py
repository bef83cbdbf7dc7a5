"""An OpenEPaperLink access point with price labels, for trying the box without them: HTTP, and what it tells by WebSocket.

storebox sim labels/openepaperlink --port 8080 --label 00000211B1C2D3E4

From the firmware of the access point, ESP32_AP-Flasher: ``web.cpp``, ``tag_db.cpp``, ``newproto.cpp``.
"""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import AsyncIterator, Coroutine, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from typing import Any, Self

from aiohttp import BodyPartReader, ClientConnectionResetError, WSCloseCode, web

from drivers.sim.orders import Orders, obey_until_quit, options, tell
from drivers.sim.paper_label import STATIC, Label

RUNNING, RADIO_ON = 2, 1


@dataclass(slots=True, kw_only=True)
class AccessPointSim:
    """``async with`` it and it listens on ``port``. The attributes are its moods; they may change at any time.

    ``mute``: it neither tells nor answers. ``old``: it does not count the pictures that a label fetched. ``refuses``: the status
    and words that an upload is answered with; ``swallows``: none is answered. ``moved_to``: where it sends everybody.
    ``list_of_labels``: what it says instead of the list.
    """

    port: int = 0
    labels: dict[str, Label] = field(default_factory=dict)
    tells_every_s: float = 0.2
    thinks_s: float = 0.02
    mute: bool = False
    old: bool = False
    refuses: tuple[int, str] | None = None
    moved_to: str = ""
    apstate: int = RADIO_ON
    stays_awake: int = 1
    page_bytes: int = 5_000
    list_of_labels: str = ""
    swallows: bool = False
    uploads: list[dict[str, str]] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)
    _runner: web.AppRunner | None = None
    _listening: set[web.WebSocketResponse] = field(default_factory=set)
    _tasks: set[asyncio.Task[None]] = field(default_factory=set)
    _closed: asyncio.Event = field(default_factory=asyncio.Event)

    async def __aenter__(self) -> Self:
        app = web.Application(middlewares=[self._mood])
        app.router.add_get("/ws", self._listen)
        app.router.add_get("/get_db", self._get_db)
        app.router.add_get("/get_ap_config", self._get_ap_config)
        app.router.add_post("/imgupload", self._upload)
        self._runner = web.AppRunner(app, shutdown_timeout=0.1)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", self.port)
        await site.start()
        self.port = self._runner.addresses[0][1]
        self._soon(self._beat())
        return self

    async def __aexit__(self, *exc: object) -> None:
        self._closed.set()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self.hang_up()
        if self._runner is not None:
            await self._runner.cleanup()

    def add(self, mac: str, **given: Any) -> Label:
        """A label that this access point knows."""
        self.labels[mac] = Label(mac=mac, **given)
        return self.labels[mac]

    async def hang_up(self) -> None:
        """End every WebSocket, as a restart does."""
        for socket in list(self._listening):
            await socket.close(code=WSCloseCode.GOING_AWAY, drain=False)

    async def say(self, text: str) -> None:
        """Any words to everybody who listens."""
        for socket in list(self._listening):
            with suppress(ClientConnectionResetError):
                await socket.send_str(text)

    async def check_in(self, mac: str) -> None:
        """A label wakes up, tells how it is and fetches what waits for it."""
        await self._fetch(self.labels[mac])

    def _soon(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work, name="access point")
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    @web.middleware
    async def _mood(self, request: web.Request, handler: Any) -> web.StreamResponse:
        self.asked.append(request.path_qs)
        if self.mute:
            await self._closed.wait()
        if self.moved_to:
            raise web.HTTPFound(self.moved_to)
        answer: web.StreamResponse = await handler(request)
        return answer

    async def _listen(self, request: web.Request) -> web.WebSocketResponse:
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        self._listening.add(socket)
        try:
            async for _ in socket:
                pass
        finally:
            self._listening.discard(socket)
        return socket

    async def _beat(self) -> None:
        while True:
            system = {"currtime": int(time.time()), "apstate": self.apstate, "runstate": RUNNING, "recordcount": len(self.labels)}
            if not self.mute:
                await self.say(json.dumps({"sys": system}))
            await asyncio.sleep(self.tells_every_s)

    async def _tell(self, label: Label) -> None:
        if not self.mute:
            await self.say(json.dumps({"tags": [label.record(old=self.old)]}))

    async def _get_db(self, request: web.Request) -> web.Response:
        if self.list_of_labels:
            return web.Response(text=self.list_of_labels)
        if "mac" in request.query:
            one = self.labels.get(request.query["mac"])
            return web.json_response({"tags": [] if one is None else [one.record(old=self.old)]})
        tags: list[dict[str, object]] = []
        for at, label in list(enumerate(self.labels.values()))[int(request.query.get("pos", "0")) :]:
            tags.append(label.record(old=self.old))
            if len(json.dumps(tags)) > self.page_bytes:
                return web.json_response({"tags": tags, "continu": at + 1})
        return web.json_response({"tags": tags})

    async def _get_ap_config(self, _request: web.Request) -> web.Response:
        return web.json_response({"C6": "0", "apstate": str(self.apstate), "channel": 11, "stopsleep": self.stays_awake})

    async def _upload(self, request: web.Request) -> web.Response:
        parts: dict[str, str] = {}
        picture = b""
        async for part in await request.multipart():
            if isinstance(part, BodyPartReader):
                if part.filename:
                    picture = bytes(await part.read())
                else:
                    parts[part.name or ""] = await part.text()
        self.uploads.append(parts)
        if self.swallows:
            await self._closed.wait()
        if self.refuses is not None:
            return web.Response(status=self.refuses[0], text=self.refuses[1])
        label = self.labels.get(parts.get("mac", ""))
        if label is None:
            return web.Response(status=400, text="mac not found")
        label.nextupdate = 0
        await self._tell(label)
        self._soon(self._draw(label, picture))
        return web.Response(text="Ok, saved")

    async def _draw(self, label: Label, picture: bytes) -> None:
        await asyncio.sleep(self.thinks_s)
        label.nextupdate = STATIC
        if picture == label.picture:
            await self.say(json.dumps({"logMsg": "new image is the same as current image. not updating tag."}))
            await self._tell(label)
            return
        label.pending, label.picture = label.pending + 1, picture
        await self._tell(label)
        if label.fetches_after_s is not None:
            await asyncio.sleep(label.fetches_after_s)
            await self._fetch(label)

    async def _fetch(self, label: Label) -> None:
        if label.pending and label.loses_power:
            label.pending = 0  # the access point gives up: it waits no more, and nothing is proved
        elif label.pending:
            label.fetch()
        await self._tell(label)


ORDERS: Orders = {
    "add": ("MAC", AccessPointSim.add),
    "mute": ("", lambda sim: setattr(sim, "mute", True)),
    "unmute": ("", lambda sim: setattr(sim, "mute", False)),
    "sleep": ("MAC", lambda sim, mac: setattr(sim.labels[mac], "fetches_after_s", None)),
    "fetch-after": ("MAC SECONDS", lambda sim, mac, seconds: setattr(sim.labels[mac], "fetches_after_s", float(seconds))),
    "lose-power": ("MAC", lambda sim, mac: setattr(sim.labels[mac], "loses_power", True)),
}


def main(argv: Sequence[str] | None = None) -> int:
    """Serve labels until a signal or ``quit``."""
    parser = options("labels/openepaperlink", ORDERS)
    parser.add_argument("--port", type=int, default=8080, help="where it listens on 127.0.0.1")
    parser.add_argument("--label", action="append", default=[], metavar="MAC")
    given = parser.parse_args(argv)
    asyncio.run(obey_until_quit(lambda: _listening(given.port, given.label), ORDERS))
    return 0


@asynccontextmanager
async def _listening(port: int, macs: Sequence[str]) -> AsyncIterator[AccessPointSim]:
    async with AccessPointSim(port=port, tells_every_s=5) as sim:
        for mac in macs:
            sim.add(mac)
        tell({"listening": f"127.0.0.1:{sim.port}"})
        yield sim
