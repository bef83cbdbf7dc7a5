"""The page and the control socket open by themselves; what cannot be opened says what to do and closes nothing else."""

from __future__ import annotations

import asyncio
import errno
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import aiohttp
import pytest

from config.schema import Box
from edge.web.app import CannotListen, advice, build, control_door, page_door
from edge.web.pairing import PairingsDamaged

if TYPE_CHECKING:
    from tests.web.conftest import Opens, Shop

DAMAGED = "web-pairings.json cannot be read"


async def test_a_port_in_use_is_told(opens: Opens) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        async with opens() as shop:
            with pytest.raises(CannotListen, match=r"is another program there\? Set listen in \[web\] to a free port"):
                await page_door(shop.built, f"127.0.0.1:{other.getsockname()[1]}", print)


async def test_an_address_of_another_machine_is_told(opens: Opens) -> None:
    async with opens() as shop:
        with pytest.raises(CannotListen, match=r"cannot open the page at 192\.0\.2\.9:0: .*; is that this machine's address\?"):
            await page_door(shop.built, "192.0.2.9:0", print)


@pytest.mark.parametrize(
    ("error", "told"),
    [
        (
            PermissionError(errno.EACCES, "permission denied"),
            "ports below 1024 are not for storebox: set listen in [web] to a higher one",
        ),
        (
            socket.gaierror(socket.EAI_NONAME, "Name or service not known"),
            "is that this machine's address? `ip address` shows those it has; set listen in [web] to one, or to 0.0.0.0",
        ),
    ],
)
def test_an_address_that_does_not_open_comes_with_what_to_do(error: OSError, told: str) -> None:
    assert advice(error) == told


async def test_a_run_dir_that_is_not_there_is_told(opens: Opens, tmp_path: Path) -> None:
    async with opens() as shop:
        box = Box(data_dir=tmp_path, run_dir=tmp_path / "none")
        settings = shop.view.settings.model_copy(update={"box": box})
        with pytest.raises(CannotListen, match=r"does run_dir in \[box\] exist and is it ours\?"):
            await control_door(build(replace(shop.view, settings=settings)), print)


@asynccontextmanager
async def control_only(shop: Shop) -> AsyncIterator[aiohttp.ClientSession]:
    """The control socket of a box like ``shop`` whose page is not open."""
    built = build(shop.view)
    opened: asyncio.Future[Path] = asyncio.get_running_loop().create_future()
    control = asyncio.create_task(control_door(built, opened.set_result), name="control")
    async with asyncio.timeout(30):
        connector = aiohttp.UnixConnector(str(await opened))
    async with aiohttp.ClientSession("http://storebox", connector=connector) as session:
        yield session
    control.cancel()
    await asyncio.wait({control})


async def refused(answer: aiohttp.ClientResponse) -> tuple[int, Any]:
    return answer.status, (await answer.json())["detail"]


async def test_what_is_not_read_yet_is_not_overwritten(opens: Opens, tmp_path: Path) -> None:
    async with opens() as shop, control_only(shop) as control:
        async with control.get("/api/status") as answer:
            assert answer.status == 200
        async with control.post("/api/pairings", json={"name": "lane-1"}) as answer:
            assert await refused(answer) == (503, "the paired screens are not read yet; try again")
        async with control.delete("/api/pairings/1") as answer:
            assert await refused(answer) == (503, "the paired screens are not read yet; try again")
        assert not (tmp_path / "web-pairings.json").exists()


async def test_damaged_pairings_close_the_page_and_nothing_else(opens: Opens, tmp_path: Path) -> None:
    file = tmp_path / "web-pairings.json"
    async with opens(control=True) as shop:
        file.write_text("[{")
        with pytest.raises(PairingsDamaged, match=DAMAGED):
            await page_door(shop.built, "127.0.0.1:0", print)
        connector = aiohttp.UnixConnector(str(shop.control))
        async with aiohttp.ClientSession("http://storebox", connector=connector) as control:
            async with control.get("/api/status") as answer:
                assert answer.status == 200
            async with control.get("/api/pairings") as answer:
                status, detail = await refused(answer)
                assert (status, DAMAGED in detail) == (503, True)
            assert file.read_text() == "[{"
            file.unlink()
            await shop.built.locks.pairings.load()
            async with control.get("/api/pairings") as answer:
                assert await answer.json() == []
