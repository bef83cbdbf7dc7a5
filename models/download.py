"""A file from the web: without it a broken line would begin 70 MB again, and a server that never ends would fill the disk."""

from __future__ import annotations

from http import HTTPStatus

import aiohttp
from yarl import URL

from models.part import AnotherFile, Part

CONNECT_S = 10.0
PROGRESS_S = 30.0
"""A line that brings nothing for so long is dead."""


class NotBrought(Exception):
    """One source did not bring the file; the text says why. The next source is asked."""


async def download(url: str, part: Part) -> None:
    """Go on with ``part`` from ``url``, by the proxies of the environment. Raises NotBrought, AnotherFile, FolderUnusable."""
    timeout = aiohttp.ClientTimeout(total=None, sock_connect=CONNECT_S, sock_read=PROGRESS_S)
    # An answer must not be compressed: what is there already is counted in bytes of the file.
    headers = {"Accept-Encoding": "identity"}
    try:
        async with aiohttp.ClientSession(timeout=timeout, trust_env=True, headers=headers) as session:
            await _exchange(session, url, part)
    except (aiohttp.ClientError, OSError) as error:
        raise NotBrought(f"no answer: {error or type(error).__name__}") from error


async def _exchange(session: aiohttp.ClientSession, url: str, part: Part) -> None:
    there = part.length if 0 < part.length < part.file.bytes else 0
    async with session.get(url, headers={"Range": f"bytes={there}-"} if there else {}) as answer:
        if answer.status == HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE:
            raise AnotherFile(f"it ends before byte {there}")
        if answer.status not in (HTTPStatus.OK, HTTPStatus.PARTIAL_CONTENT):
            raise NotBrought(f"it answers {answer.status} {answer.reason or ''}".rstrip())
        if answer.status == HTTPStatus.OK:
            part.restart()
        coming = answer.content_length
        if coming is not None and part.length + coming != part.file.bytes:
            raise AnotherFile(f"it has {part.length + coming} bytes instead of {part.file.bytes}")
        async for piece in answer.content.iter_any():
            part.append(piece)


def shown(url: str) -> str:
    """``url`` as people may see it: a mirror's may hold a password."""
    return str(URL(url).with_user(None).with_query(None))
