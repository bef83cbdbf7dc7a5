"""A network camera that sends JPEGs over HTTP: a moving test picture that can stand still, go dark, stop, or be unplugged.

storebox sim camera/http-mjpeg --port 8090        then url = "http://127.0.0.1:8090/video"

The pictures are ffmpeg's (``testsrc2``), one second of them, sent round and round.
"""

from __future__ import annotations

import argparse
import asyncio
import base64
import os
import signal
import threading
from collections.abc import Callable, Sequence
from typing import Self

FPS = 10
SIZE = "320x180"
SOI, EOI = b"\xff\xd8", b"\xff\xd9"
HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: multipart/x-mixed-replace; boundary=frame\r\nCache-Control: no-store\r\n\r\n"
NO_LOGIN = b'HTTP/1.1 401 Unauthorized\r\nWWW-Authenticate: Basic realm="camera"\r\nContent-Length: 0\r\n\r\n'
NO_PATH = b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n"


class MjpegCameraSim:
    """``frozen`` repeats one picture, ``black`` has the lens cap on, ``mute`` keeps the connection and sends nothing.

    ``login`` is (user, password) or None; ``logins`` counts the right ones.
    """

    def __init__(self, *, port: int = 0, login: tuple[str, str] | None = None, fps: int = FPS) -> None:
        self.port, self.login, self.fps = port, login, fps
        self.frozen = self.black = self.mute = False
        self.logins = self.sent = 0
        self._moving: list[bytes] = []
        self._dark: list[bytes] = []
        self._server: asyncio.Server | None = None
        self._lines: set[asyncio.StreamWriter] = set()

    @property
    def url(self) -> str:
        """Where its pictures are."""
        return f"http://127.0.0.1:{self.port}/video"

    async def __aenter__(self) -> Self:
        self._moving = await _jpegs(f"testsrc2=size={SIZE}:rate={FPS}")
        self._dark = await _jpegs(f"color=black:size={SIZE}:rate=1")
        await self.plug()
        return self

    async def __aexit__(self, *exc: object) -> None:
        await self.unplug()

    async def plug(self) -> None:
        """Listen, on the same port as before."""
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", self.port)
        self.port = self._server.sockets[0].getsockname()[1]

    async def unplug(self) -> None:
        """Pull the cable: nobody listens, and every connection is cut."""
        server, self._server = self._server, None
        if server is not None:
            server.close()
        for line in list(self._lines):
            line.transport.abort()
        while self._lines:  # noqa: ASYNC110 (each connection's own task takes it out)
            await asyncio.sleep(0.005)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._lines.add(writer)
        try:
            head = await reader.readuntil(b"\r\n\r\n")
            refusal = self._refusal(head)
            if refusal:
                writer.write(refusal)
                await writer.drain()
            else:
                await self._send(writer)
        except (ConnectionError, asyncio.IncompleteReadError):
            pass
        finally:
            self._lines.discard(writer)
            writer.close()

    def _refusal(self, head: bytes) -> bytes:
        if not head.startswith(b"GET /video "):
            return NO_PATH
        if self.login is None:
            return b""
        wanted = base64.b64encode(":".join(self.login).encode())
        right = b"authorization: basic " + wanted.lower() in head.lower()
        self.logins += right
        return b"" if right else NO_LOGIN

    async def _send(self, writer: asyncio.StreamWriter) -> None:
        writer.write(HEAD)
        while True:
            if not self.mute:
                turn = 0 if self.frozen else self.sent
                jpeg = self._dark[0] if self.black else self._moving[turn % len(self._moving)]
                writer.write(b"--frame\r\nContent-Type: image/jpeg\r\nContent-Length: %d\r\n\r\n%b\r\n" % (len(jpeg), jpeg))
                self.sent += 1
            await writer.drain()
            await asyncio.sleep(1 / self.fps)


async def _jpegs(source: str) -> list[bytes]:
    """One second of ``source`` as JPEGs."""
    made = await asyncio.create_subprocess_exec(
        *("ffmpeg", "-nostdin", "-loglevel", "error", "-f", "lavfi", "-i", source, "-t", "1"),
        *("-c:v", "mjpeg", "-q:v", "5", "-pix_fmt", "yuvj420p", "-f", "image2pipe", "pipe:1"),
        stdout=asyncio.subprocess.PIPE,
    )
    stream, _ = await made.communicate()
    return [SOI + each + EOI for each in (part.partition(EOI)[0] for part in stream.split(SOI)[1:])]


ORDERS: dict[str, Callable[[MjpegCameraSim, bool], None]] = {
    "frozen": lambda camera, on: setattr(camera, "frozen", on),
    "black": lambda camera, on: setattr(camera, "black", on),
    "mute": lambda camera, on: setattr(camera, "mute", on),
}


def main(argv: Sequence[str] | None = None) -> int:
    """Run a camera until a signal or ``quit``."""
    orders = f"orders on standard input: {', '.join(f'{order} on|off' for order in ORDERS)}, unplug, plug, quit"
    parser = argparse.ArgumentParser(prog="storebox sim camera/http-mjpeg", epilog=orders)
    parser.add_argument("--port", type=int, default=8090)
    parser.add_argument("--fps", type=int, default=FPS, choices=range(1, 31), metavar="1..30")
    given = parser.parse_args(argv)
    asyncio.run(_obey_until_quit(MjpegCameraSim(port=given.port, fps=given.fps)))
    return 0


async def obey(camera: MjpegCameraSim, line: str) -> str:
    """Do one order; returns what is wrong with it, or nothing."""
    match line.split():
        case ["plug"]:
            await camera.plug()
        case ["unplug"]:
            await camera.unplug()
        case [order, ("on" | "off") as state] if order in ORDERS:
            ORDERS[order](camera, state == "on")
        case _:
            return f"cannot do {line!r}: the orders are {', '.join(f'{order} on|off' for order in ORDERS)}, unplug, plug, quit"
    return ""


async def _obey_until_quit(camera: MjpegCameraSim) -> None:
    loop = asyncio.get_running_loop()
    lines: asyncio.Queue[str] = asyncio.Queue()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, lines.put_nowait, "quit")
    threading.Thread(target=_read_orders, args=(loop, lines), name="standard input", daemon=True).start()
    async with camera:
        print(camera.url, flush=True)
        while (line := await lines.get()) != "quit":
            problem = await obey(camera, line)
            if problem:
                print(problem, flush=True)


def _read_orders(loop: asyncio.AbstractEventLoop, lines: asyncio.Queue[str]) -> None:
    """On a thread, from the descriptor itself: a thread inside sys.stdin holds its lock while Python wants to end."""
    rest = b""
    while data := os.read(0, 4096):
        *whole, rest = (rest + data).split(b"\n")
        for line in whole:
            loop.call_soon_threadsafe(lines.put_nowait, line.decode("utf-8", "replace").strip())
