"""What programs can change: a device is asked, a document adopted, a store joined; and each refusal."""

from __future__ import annotations

from io import BytesIO
from typing import TYPE_CHECKING, Any

import aiohttp
import pytest

from drivers.commands import Tare
from edge.web.records import known_commands
from sync.disk import JournalUnavailable

if TYPE_CHECKING:
    from tests.web.conftest import Opens, Shop


async def post(shop: Shop, browser: aiohttp.ClientSession, path: str, body: Any) -> tuple[int, Any]:
    async with browser.post(shop.url + path, json=body, headers=shop.origin) as answer:
        return answer.status, await answer.json()


async def refusal(shop: Shop, browser: aiohttp.ClientSession, body: Any, device: str = "scale-1") -> tuple[int, str]:
    status, answer = await post(shop, browser, f"/api/devices/{device}/commands", body)
    return status, answer["detail"]


async def test_a_device_is_asked(opens: Opens, browser: aiohttp.ClientSession) -> None:
    async with opens() as shop:
        shop.weigh("scale-1", 5)
        asked = {"command": "tare", "deadline_ms": 500}
        assert await post(shop, browser, "/api/devices/scale-1/commands", asked) == (200, {"done": True, "detail": "Z A"})
        assert shop.asked.commands == [("scale-1", Tare(deadline_ms=500))]


async def test_a_device_that_refuses_says_why(opens: Opens, browser: aiohttp.ClientSession) -> None:
    async with opens() as shop:
        shop.weigh("scale-1", 5)
        shop.asked.refuse = "the pan moves; wait until it stands still"
        assert await refusal(shop, browser, {"command": "zero"}) == (409, shop.asked.refuse)


@pytest.mark.parametrize(
    ("body", "detail"),
    [
        ({}, "command is one of: clear-tare, set-property, tare, zero"),
        ({"command": ["tare"]}, "command is one of: clear-tare, set-property, tare, zero"),
        ({"command": "explode"}, "command is one of: clear-tare, set-property, tare, zero"),
        ({"command": "set-property", "property": "light"}, "set-property: Object missing required field `value`"),
        ({"command": "tare", "grams": 5}, "tare takes no grams"),
        ({"command": "tare", "deadline_ms": "1"}, "tare: Expected `int`, got `str` - at `$.deadline_ms`"),
        ({"command": "tare", "deadline_ms": 0}, "deadline_ms is from 1 to 30000"),
    ],
)
async def test_a_command_that_cannot_be_is_refused(
    opens: Opens, browser: aiohttp.ClientSession, body: dict[str, Any], detail: str
) -> None:
    async with opens() as shop:
        shop.weigh("scale-1", 5)
        assert await refusal(shop, browser, body) == (400, detail)
        assert shop.asked.commands == []


async def test_an_unknown_device_is_told_which_there_are(opens: Opens, browser: aiohttp.ClientSession) -> None:
    async with opens() as shop:
        assert await refusal(shop, browser, {"command": "tare"}, "s") == (404, "no device is called 's'; there are: none yet")
        shop.weigh("scale-1", 5)
        assert await refusal(shop, browser, {"command": "tare"}, "s") == (404, "no device is called 's'; there are: scale-1")


def test_every_command_has_a_name() -> None:
    assert set(known_commands()) == {"tare", "zero", "clear-tare", "set-property"}


async def test_a_document_is_adopted(opens: Opens, browser: aiohttp.ClientSession) -> None:
    async with opens() as shop:
        async with browser.post(f"{shop.url}/api/documents", data=b"aaa.bbb.ccc\n", headers=shop.origin) as answer:
            assert await answer.json() == {"adopted": True, "detail": "catalogue 7"}
        assert shop.asked.adopted == ["aaa.bbb.ccc"]
        async with browser.get(f"{shop.url}/api/documents") as answer:
            assert await answer.json() == []  # what is listed is what the journal holds


@pytest.mark.parametrize(
    ("sent", "refuse", "answered"),
    [
        (b"a.b.c", "the signature is not headquarters'", (422, "the signature is not headquarters'")),
        (b"a.b.c", JournalUnavailable("the disk is full"), (503, "not adopted yet, try again: the disk is full")),
        (b"\xff\xfe", "", (400, "a signed document is ASCII: three parts joined by dots")),
        (b"a" * (8 * 1024 * 1024 + 1), "", (413, "the body is larger than 8388608 bytes; send less")),
    ],
    ids=["refused", "not now", "not ASCII", "too large"],
)
async def test_a_document_that_is_not_adopted_says_why(
    opens: Opens, browser: aiohttp.ClientSession, sent: bytes, refuse: str | Exception, answered: tuple[int, str]
) -> None:
    async with opens() as shop:
        shop.asked.refuse = refuse
        async with browser.post(f"{shop.url}/api/documents", data=BytesIO(sent), headers=shop.origin) as answer:
            assert (answer.status, (await answer.json())["detail"]) == answered


async def test_a_box_is_claimed(opens: Opens, browser: aiohttp.ClientSession) -> None:
    async with opens() as shop:
        assert await post(shop, browser, "/api/claims", {"code": "ABC"}) == (200, {"store": "store of ABC"})
        shop.asked.refuse = "the code is used"
        status, answer = await post(shop, browser, "/api/claims", {"code": "ABC"})
        assert (status, answer["detail"]) == (422, "the code is used")


async def test_a_claim_that_cannot_be_written_says_so(opens: Opens, browser: aiohttp.ClientSession) -> None:
    async with opens() as shop:
        shop.asked.refuse = OSError("no space")
        status, answer = await post(shop, browser, "/api/claims", {"code": "ABC"})
        assert (status, answer["detail"]) == (
            503,
            "the claim cannot be written down (no space); mend the disk and claim again with the same code",
        )
