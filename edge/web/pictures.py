"""The newest pictures of a ring, JPEG after JPEG, to a browser: a slow one gets fewer, never older ones, and nothing is kept."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from aiohttp import web

from drivers.wires.picture_ring import Picture, RingReader
from edge.web.sending import write_soon

LOOK_S = 0.015
BOUNDARY = b"--picture\r\n"


def picture_stream() -> web.StreamResponse:
    """The answer that ``send_pictures`` fills."""
    return web.StreamResponse(headers={"Content-Type": "multipart/x-mixed-replace; boundary=picture"})


async def send_pictures(
    request: web.Request, response: web.StreamResponse, ring_now: Callable[[], RingReader | None], allowed: Callable[[], bool]
) -> None:
    """Send until the reader goes or is not ``allowed`` any more; raises TimeoutError for one who stands still.

    ``ring_now`` is asked anew after every picture: a camera that was opened anew has another ring.
    """
    await response.prepare(request)
    await response.write(BOUNDARY)
    ring: RingReader | None = None
    after = 0
    while allowed():
        now = ring_now()
        if now is not ring:  # it counts from 1 again
            ring, after = now, 0
        picture = None if ring is None else ring.newest(after)
        if picture is None:
            if request.transport is None or request.transport.is_closing():
                return
            await asyncio.sleep(LOOK_S)
            continue
        after = picture.sequence
        await write_soon(response, part(picture))


def part(picture: Picture) -> bytes:
    """One picture of the stream. The next boundary goes with it: a browser draws a picture when it sees that it has ended."""
    head = b"Content-Type: image/jpeg\r\nContent-Length: %d\r\n\r\n" % len(picture.data)
    return head + picture.data + b"\r\n" + BOUNDARY
