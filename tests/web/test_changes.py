"""What programs can change: a device is asked, a document adopted, a store joined; and each refusal."""

from __future__ import annotations

import os
import pwd
from base64 import b64encode
from io import BytesIO
from typing import TYPE_CHECKING, Any

import aiohttp
import pytest

from drivers.commands import Accepted, Answer, Charged, Done, DrawLabel, Tare, Unknown
from edge.asking import Asker
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
        assert shop.asked.askers == [Asker(by="this machine", origin="page")]


async def test_a_command_that_is_nested_without_end_is_refused(opens: Opens, browser: aiohttp.ClientSession) -> None:
    async with opens() as shop:
        shop.weigh("scale-1", 5)
        body = b'{"command": ' + b"[" * 200_000
        async with browser.post(f"{shop.url}/api/devices/scale-1/commands", data=body, headers=shop.origin) as answer:
            assert answer.status == 400
            assert (await answer.json())["detail"].startswith("the body is not what this address takes: maximum recursion depth")


@pytest.mark.parametrize(
    ("answer", "status", "said"),
    [
        (Done(detail="S"), 200, {"done": True, "detail": "S"}),
        (Accepted(detail="waits for the label"), 202, {"done": False, "detail": "waits for the label"}),
        (
            Charged(amount_minor=2350, receipt="0042", card="622202******1234", scheme="UnionPay"),
            200,
            {
                "done": True,
                "detail": "receipt 0042",
                "amount_minor": 2350,
                "receipt": "0042",
                "card": "622202******1234",
                "scheme": "UnionPay",
            },
        ),
    ],
)
async def test_each_answer_has_its_status(
    opens: Opens, browser: aiohttp.ClientSession, answer: Answer, status: int, said: dict[str, Any]
) -> None:
    async with opens() as shop:
        shop.show("till-1")
        shop.asked.answer = answer
        body = {"command": "pay", "amount_minor": 2350}
        assert await post(shop, browser, "/api/devices/till-1/commands", body) == (status, said)


async def test_when_nobody_can_tell_that_is_said(opens: Opens, browser: aiohttp.ClientSession) -> None:
    async with opens() as shop:
        shop.show("printer-1")
        shop.asked.answer = Unknown(reason="the printer fell silent: look at the paper")
        body = {"command": "print", "blocks": [{"type": "line", "text": "Hello"}]}
        assert await refusal(shop, browser, body, "printer-1") == (504, "the printer fell silent: look at the paper")


async def test_a_picture_comes_as_base64_and_may_be_larger_than_other_bodies(
    opens: Opens, browser: aiohttp.ClientSession
) -> None:
    async with opens() as shop:
        shop.show("labels-1")
        picture = bytes(range(256)) * 256
        body = {"command": "draw-label", "label": "0A1B", "jpeg": b64encode(picture).decode()}
        assert (await post(shop, browser, "/api/devices/labels-1/commands", body))[0] == 200
        assert shop.asked.commands == [("labels-1", DrawLabel(label="0A1B", jpeg=picture))]


async def test_a_device_is_closed_and_opened_by_hand(opens: Opens, browser: aiohttp.ClientSession) -> None:
    async with opens() as shop:
        shop.weigh("scale-1", 5)
        assert (await post(shop, browser, "/api/devices/scale-1/restart", {}))[0] == 200
        assert shop.asked.restarted == ["scale-1"]
        assert (await post(shop, browser, "/api/devices/scale-9/restart", {}))[0] == 404


async def test_over_the_control_socket_the_login_of_the_box_is_who_asked(opens: Opens) -> None:
    async with (
        opens(control=True) as shop,
        aiohttp.ClientSession(connector=aiohttp.UnixConnector(str(shop.control))) as control,
    ):
        shop.weigh("scale-1", 5)
        async with control.post("http://storebox/api/devices/scale-1/commands", json={"command": "tare"}) as answer:
            assert answer.status == 200
        assert shop.asked.askers == [Asker(by=pwd.getpwuid(os.getuid()).pw_name, origin="cli")]


async def test_a_device_that_refuses_says_why(opens: Opens, browser: aiohttp.ClientSession) -> None:
    async with opens() as shop:
        shop.weigh("scale-1", 5)
        shop.asked.refuse = "the pan moves; wait until it stands still"
        assert await refusal(shop, browser, {"command": "zero"}) == (409, shop.asked.refuse)


async def test_what_is_no_command_is_refused(opens: Opens, browser: aiohttp.ClientSession) -> None:
    async with opens() as shop:
        shop.weigh("scale-1", 5)
        assert await refusal(shop, browser, {"command": "tare", "grams": 5}) == (
            400,
            "tare takes no grams; it takes: deadline_ms",
        )
        assert shop.asked.commands == []


async def test_an_unknown_device_is_told_which_there_are(opens: Opens, browser: aiohttp.ClientSession) -> None:
    async with opens() as shop:
        assert await refusal(shop, browser, {"command": "tare"}, "s") == (404, "no device is called 's'; there are: none yet")
        shop.weigh("scale-1", 5)
        assert await refusal(shop, browser, {"command": "tare"}, "s") == (404, "no device is called 's'; there are: scale-1")


async def test_a_document_is_adopted(opens: Opens, browser: aiohttp.ClientSession) -> None:
    async with opens() as shop:
        async with browser.post(f"{shop.url}/api/documents", data=b"aaa.bbb.ccc\n", headers=shop.origin) as answer:
            assert await answer.json() == {"adopted": True, "detail": "catalogue 7"}
        assert shop.asked.adopted == ["aaa.bbb.ccc"]
        async with browser.get(f"{shop.url}/api/documents") as answer:
            assert await answer.json() == []  # what is listed is what the journal holds


NOT_ADOPTED = (
    (b"a.b.c", "the signature is not headquarters'", (422, "the signature is not headquarters'")),
    (b"a.b.c", JournalUnavailable("the disk is full"), (503, "not adopted yet, try again: the disk is full")),
    (b"\xff\xfe", "", (400, "a signed document is ASCII: three parts joined by dots")),
    (b"a" * (8 * 1024 * 1024 + 1), "", (413, "the body is larger than 8388608 bytes; send less")),
)


async def test_a_document_that_is_not_adopted_says_why(opens: Opens, browser: aiohttp.ClientSession) -> None:
    async with opens() as shop:
        for sent, refuse, answered in NOT_ADOPTED:
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
