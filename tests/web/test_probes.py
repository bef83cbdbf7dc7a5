"""``POST /api/probe``: what is found is answered, and why a port cannot be looked at."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import aiohttp
import pytest

from drivers.contract import DeviceGone
from edge.probing import PortInUse

if TYPE_CHECKING:
    from tests.web.conftest import Opens, Shop

PORT = {"port": "/dev/ttyUSB0"}


async def probe(shop: Shop, browser: aiohttp.ClientSession, body: Any) -> tuple[int, Any]:
    async with browser.post(f"{shop.url}/api/probe", json=body, headers=shop.origin) as answer:
        return answer.status, await answer.json()


async def test_what_is_found_comes_with_its_settings(opens: Opens, browser: aiohttp.ClientSession) -> None:
    async with opens() as shop:
        assert await probe(shop, browser, PORT) == (
            200,
            {"settings": {"driver": "scale/x", "port": "/dev/ttyUSB0", "baud": 9600}, "heard": {"": "b'1.234'"}, "refused": []},
        )
        assert shop.asked.probed == ["/dev/ttyUSB0"]


async def test_what_nobody_knows_comes_with_its_bytes(opens: Opens, browser: aiohttp.ClientSession) -> None:
    async with opens() as shop:
        shop.asked.refuse = "nothing"
        assert await probe(shop, browser, PORT) == (
            200,
            {"settings": None, "heard": {"9600": "b'ab'"}, "refused": ["scale/x: unsafe"]},
        )


@pytest.mark.parametrize(
    ("error", "status", "kind"),
    [
        (PortInUse("/dev/ttyUSB0 is the port of scale-1"), 409, "port-in-use"),
        (DeviceGone("no port /dev/ttyUSB0"), 422, "port-unusable"),
    ],
)
async def test_a_port_that_cannot_be_looked_at(
    error: Exception, status: int, kind: str, opens: Opens, browser: aiohttp.ClientSession
) -> None:
    async with opens() as shop:
        shop.asked.refuse = error
        answered, problem = await probe(shop, browser, PORT)
    assert (answered, problem["type"], problem["detail"]) == (status, f"urn:storebox:problem:{kind}", str(error))


async def test_a_port_is_a_whole_path(opens: Opens, browser: aiohttp.ClientSession) -> None:
    async with opens() as shop:
        status, problem = await probe(shop, browser, {"port": "ttyUSB0"})
    assert (status, problem["detail"]) == (400, "port is the whole path of a serial port, such as /dev/ttyUSB0")
