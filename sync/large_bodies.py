"""Bodies too large for a long poll: NDJSON, fetched in parts that survive a cut line, believed only when the digest is right.

{"currency": "CNY"}                                  the body without its long list
{"sku": "4011", ...}                                 one line for each element of the list
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import ExitStack
from hashlib import file_digest
from pathlib import Path
from typing import BinaryIO

import aiohttp
import msgspec
from yarl import URL

from sync.adopters import DocumentRefused
from sync.cloud_address import AddressRefused
from sync.cloud_client import CloudClient
from sync.cloud_errors import BatchRefused, CloudAway, CloudOdd
from sync.disk import JournalUnavailable
from sync.documents import Manifest
from sync.identity import Claim

MAX_BODY_BYTES = 256 * 1024 * 1024
PROGRESS_S = 30.0
PART_BYTES = 256 * 1024


class LargeBodies:
    """Fetches into ``folder``; what a cut line left there is continued, also after a restart."""

    def __init__(
        self, client: CloudClient, claim: Callable[[], Claim | None], folder: Path, *, progress_s: float = PROGRESS_S
    ) -> None:
        self._client = client
        self._claim = claim
        self._folder = folder
        self._progress_s = progress_s

    async def fetch(self, manifest: Manifest) -> BinaryIO:
        """The whole NDJSON, open for reading; when it is closed it is gone.

        Raises DocumentRefused, or a CloudError or JournalUnavailable to try again later.
        """
        if manifest.size > MAX_BODY_BYTES:
            raise DocumentRefused(f"its body has {manifest.size} bytes; at most {MAX_BODY_BYTES} are fetched")
        try:
            url = self._client.address.within(manifest.url)
        except AddressRefused as error:
            raise DocumentRefused(f"its body is not fetched: {error}") from error
        part = self._folder / f"{manifest.sha256}.part"
        have = await asyncio.to_thread(self._prepared, part, manifest.size)
        if have < manifest.size:
            await self._download(url, manifest, part, have)
        return await asyncio.to_thread(_checked, part, manifest.sha256)

    def _prepared(self, part: Path, size: int) -> int:
        """How many bytes are here; leftovers of other documents are removed."""
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        for other in self._folder.glob("*.part"):
            if other != part or other.stat().st_size > size:
                other.unlink()
        part.touch()
        return part.stat().st_size

    async def _download(self, url: URL, manifest: Manifest, part: Path, have: int) -> None:
        """Append what is missing to ``part``; every ``progress_s`` something must arrive."""
        claim = self._claim()
        token = None if claim is None else claim.token
        late = f"{url} sent nothing for {self._progress_s:g} s; the rest is fetched later"
        try:
            async with asyncio.timeout(self._progress_s) as patience:
                headers = {"Range": f"bytes={have}-", "Accept": "application/x-ndjson", "Accept-Encoding": "identity"}
                async with self._client.open("GET", url, token=token, headers=headers) as response:
                    have = _begins_at(response, have)
                    async for chunk in response.content.iter_chunked(PART_BYTES):
                        patience.reschedule(asyncio.get_running_loop().time() + self._progress_s)
                        have = await asyncio.to_thread(_write, part, have, chunk)
                        if have > manifest.size:
                            await asyncio.to_thread(part.unlink)
                            raise DocumentRefused(f"its body is longer than the {manifest.size} bytes that were signed")
        except TimeoutError as error:
            raise CloudAway(late, late=True) from error
        except BatchRefused as error:
            raise DocumentRefused(f"its body cannot be fetched: {error}") from error
        except CloudOdd as error:
            if not error.missing:
                raise
            raise DocumentRefused(f"its body cannot be fetched: {error}") from error  # or it would hold up all others
        if have < manifest.size:
            raise CloudAway(f"{url} ended after {have} of {manifest.size} bytes; the rest is fetched later")


def _checked(part: Path, digest: str) -> BinaryIO:
    """The file, which no folder names any more. Raises DocumentRefused when it is another."""
    with ExitStack() as on_failure:
        content = on_failure.enter_context(part.open("rb"))
        part.unlink()
        if file_digest(content, "sha256").hexdigest() != digest:
            raise DocumentRefused("its body is not the one that was signed (sha256 differs); publish it again")
        content.seek(0)
        on_failure.pop_all()
    return content


def one_body(content: bytes, rows: str) -> bytes:
    """The NDJSON as one JSON object with the list ``rows``. Raises DocumentRefused."""
    first, *others = [line for line in content.split(b"\n") if line.strip()] or [b""]
    try:
        head = msgspec.json.decode(first, type=dict[str, msgspec.Raw])
        items = [msgspec.json.decode(line, type=msgspec.Raw) for line in others]
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise DocumentRefused(f"its body is no NDJSON that begins with an object: {error}") from error
    return msgspec.json.encode({**head, rows: items})


def _begins_at(response: aiohttp.ClientResponse, have: int) -> int:
    """Where the answer begins. Raises CloudOdd when that is not what was asked."""
    if response.status == 200:
        return 0
    told = response.headers.get("Content-Range", "")
    if not told.startswith(f"bytes {have}-"):
        raise CloudOdd(f"{response.url} sent {told or 'a part without Content-Range'} when bytes from {have} on were asked")
    return have


def _write(part: Path, at: int, chunk: bytes) -> int:
    """Put ``chunk`` at byte ``at``, the end from now on; the new length. Raises JournalUnavailable when the disk refuses."""
    try:
        with part.open("r+b") as file:
            file.seek(at)
            file.truncate()
            file.write(chunk)
    except OSError as error:
        raise JournalUnavailable(f"the body of a document does not fit on the disk: {error}; free space") from error
    return at + len(chunk)
