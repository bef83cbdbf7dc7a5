"""A network camera that sends JPEGs over HTTP: a moving test picture that can stand still, go dark, stop, or be unplugged.

storebox sim camera/http-mjpeg --port 8090        then url = "http://127.0.0.1:8090/video"

The pictures are ffmpeg's (``testsrc2``), one second of them, sent round and round.
"""

from __future__ import annotations

import asyncio
import base64
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from typing import Self

from drivers.sim.orders import ON_OR_OFF, Orders, obey_until_quit, options, tell
from drivers.sim.tcp_server import TcpServer

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
        self.login, self.fps = login, fps
        self.frozen = self.black = self.mute = False
        self.logins = self.sent = 0
        self._moving: list[bytes] = []
        self._dark: list[bytes] = []
        self.server = TcpServer(self._serve, port=port)

    @property
    def url(self) -> str:
        """Where its pictures are."""
        return f"http://127.0.0.1:{self.server.port}/video"

    async def __aenter__(self) -> Self:
        self._moving = await _jpegs(f"testsrc2=size={SIZE}:rate={FPS}")
        self._dark = await _jpegs(f"color=black:size={SIZE}:rate=1")
        await self.server.plug()
        return self

    async def __aexit__(self, *exc: object) -> None:
        await self.server.unplug()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        refusal = self._refusal(await reader.readuntil(b"\r\n\r\n"))
        if refusal:
            writer.write(refusal)
            await writer.drain()
        else:
            await self._send(writer)

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


def _mood(name: str) -> tuple[str, Callable[..., object]]:
    return "on|off", lambda camera, word: setattr(camera, name, ON_OR_OFF[word])


ORDERS: Orders = {
    **{name: _mood(name) for name in ("frozen", "black", "mute")},
    "unplug": ("", lambda camera: camera.server.unplug()),
    "plug": ("", lambda camera: camera.server.plug()),
}


def main(argv: Sequence[str] | None = None) -> int:
    """Run a camera until a signal or ``quit``."""
    parser = options("camera/http-mjpeg", ORDERS)
    parser.add_argument("--port", type=int, default=8090)
    parser.add_argument("--fps", type=int, default=FPS, choices=range(1, 31), metavar="1..30")
    given = parser.parse_args(argv)
    asyncio.run(obey_until_quit(lambda: _filming(MjpegCameraSim(port=given.port, fps=given.fps)), ORDERS))
    return 0


@asynccontextmanager
async def _filming(camera: MjpegCameraSim) -> AsyncIterator[MjpegCameraSim]:
    async with camera:
        tell({"listening": camera.url})
        yield camera
