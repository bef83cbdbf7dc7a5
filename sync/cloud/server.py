"""Runs the reference cloud: ``serve("127.0.0.1", 0, "sqlite:///cloud.db", ready=print)``."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from aiohttp import web

from sync.cloud.keys import admin_token, signing_key
from sync.cloud.news import News
from sync.cloud.routes import Cloud
from sync.cloud.sqlite_sink import SqliteSink, sink_file

SHUTDOWN_S = 1.0


class ListenRefused(OSError):
    """The address cannot be listened on."""


async def serve(host: str, port: int, sink_url: str, *, ready: Callable[[str], None] | None = None) -> None:
    """Serve until cancelled; ``ready`` is told the address once (port 0 chooses a free one).

    Raises SinkRefused, SinkNewer, KeyDamaged, ListenRefused.
    """
    path = sink_file(sink_url)
    sink = SqliteSink(path)
    try:
        news = News(sink)
        cloud = Cloud(
            sink=sink,
            news=news,
            signing_key=signing_key(path),
            admin_token=admin_token(path),
            large_bodies=path.with_name(f"{path.name}.bodies"),
        )
        runner = web.AppRunner(
            cloud.application(),
            access_log=None,
            auto_decompress=False,  # bodies stay packed until read_body unpacks them under its cap
            handler_cancellation=True,  # a long poll ends with the box that asked
            shutdown_timeout=SHUTDOWN_S,
        )
        await runner.setup()
        try:
            address = await _listen(runner, host, port)
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(news.watch(), name="cloud-news")
                if ready is not None:
                    ready(address)
        finally:
            await runner.cleanup()
    finally:
        await sink.close()


async def _listen(runner: web.AppRunner, host: str, port: int) -> str:
    site = web.TCPSite(runner, host, port)
    try:
        await site.start()
    except OSError as error:
        raise ListenRefused(f"cannot listen on {host}:{port}: {error.strerror}; is another cloud running there?") from error
    bound_host, bound_port = runner.addresses[0][:2]
    shown = f"[{bound_host}]" if ":" in bound_host else bound_host
    return f"http://{shown}:{bound_port}"
