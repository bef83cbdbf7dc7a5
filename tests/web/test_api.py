"""The API: what it answers, what it asks of devices and documents, and each refusal."""

from __future__ import annotations

from datetime import UTC, datetime
from io import BytesIO
from typing import TYPE_CHECKING, Any

import aiohttp
import pytest

from drivers.commands import Tare
from drivers.readings import AnyReading, ItemChosen, MemberShown, Report, ShelfMoved
from edge.shop.order_events import OrderOpened, OrderPaid
from edge.status import SyncStatus
from edge.web.records import known_commands
from sync.disk import JournalUnavailable
from sync.letters import Letter

if TYPE_CHECKING:
    from tests.web.conftest import Opens, Shop

ORDER: dict[str, Any] = {"till": "till-1", "order": "1042", "business_day": "2026-11-21"}
REPORT = Report(id="r-1", digest=b"\0" * 32)


async def get(shop: Shop, browser: aiohttp.ClientSession, path: str) -> Any:
    async with browser.get(shop.url + path) as answer:
        assert answer.status == 200, await answer.text()
        return await answer.json()


async def post(shop: Shop, browser: aiohttp.ClientSession, path: str, body: Any) -> tuple[int, Any]:
    async with browser.post(shop.url + path, json=body, headers=shop.origin) as answer:
        return answer.status, await answer.json()


async def refusal(shop: Shop, browser: aiohttp.ClientSession, body: Any, device: str = "scale-1") -> tuple[int, str]:
    status, answer = await post(shop, browser, f"/api/devices/{device}/commands", body)
    return status, answer["detail"]


async def test_the_status_tells_everything_at_once(opens: Opens, browser: aiohttp.ClientSession) -> None:
    async with opens() as shop:
        shop.weigh("scale-1", 1234)
        shop.view.board.show_sync(SyncStatus(state="idle", sent=3))
        shop.view.board.raise_alarm("disk", "free some space")
        await shop.record(OrderOpened(lane="1", currency="CNY", **ORDER))
        status = await get(shop, browser, "/api/status")
    assert (status["box"], status["store"], status["version"], status["ready"]) == ("box-1", "Corner shop", "1.2.3", True)
    assert status["journal"]["queued"] == {"order": 1}
    assert status["journal"]["state"] == "ok"
    assert status["journal"]["oldest_queued_time"] is not None
    assert status["sync"]["sent"] == 3
    assert status["alarms"] == {"disk": "free some space"}
    assert status["takings"]["open_orders"] == 1
    assert status["devices"][0]["reading"] == {"type": "weight", "grams": 1234, "state": "stable"}
    assert status["devices"][0]["commands"] == ["tare", "zero"]


async def test_the_status_answers_also_when_the_journal_does_not(
    opens: Opens, browser: aiohttp.ClientSession, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with opens() as shop:
        shop.weigh("scale-1", 5)
        monkeypatch.setattr(shop.view.journal, "query", unreadable)
        status = await get(shop, browser, "/api/status")
        assert status["journal"] is None
        assert status["devices"][0]["reading"]["grams"] == 5
        async with browser.get(f"{shop.url}/api/events") as answer:
            assert answer.status == 503
            assert answer.headers["Retry-After"] == "5"
            assert (await answer.json())["detail"] == (
                "the journal cannot be read now; recording goes on by itself (no space left)"
            )
        async with browser.get(shop.url) as page:
            assert "The journal cannot be read now" in await page.text()


@pytest.mark.parametrize(
    ("reading", "shown"),
    [
        (
            MemberShown(device="d", at=datetime.now(UTC), monotonic_ms=1, report=REPORT, order="7", code="M-SECRET-1"),
            {"type": "member-shown", "order": "7"},
        ),
        (
            ItemChosen(device="d", at=datetime.now(UTC), monotonic_ms=1, report=REPORT, order="7", code="690", qty=2),
            {"type": "item-chosen", "order": "7", "code": "690", "qty": 2},
        ),
    ],
)
async def test_a_reading_is_told_without_what_is_personal(
    opens: Opens, browser: aiohttp.ClientSession, reading: AnyReading, shown: dict[str, Any]
) -> None:
    async with opens() as shop:
        shop.show("till-1", reading=reading)
        (device,) = await get(shop, browser, "/api/devices")
        assert device["reading"] == shown
        async with browser.get(shop.url) as page:
            assert "M-SECRET-1" not in await page.text()


async def test_a_shelf_tells_what_moved(opens: Opens, browser: aiohttp.ClientSession) -> None:
    async with opens() as shop:
        moved = ShelfMoved(
            device="s",
            at=datetime.now(UTC),
            monotonic_ms=1,
            report=REPORT,
            slot="a1",
            kind="pick",
            delta_g=-9,
            before_g=9,
            after_g=0,
        )
        shop.show("s", reading=moved, kind="shelf")
        (device,) = await get(shop, browser, "/api/devices")
        assert device["reading"]["type"] == "shelf-moved"
        assert device["reading"]["kind"] == "pick"


async def test_events_are_listed_newest_first(opens: Opens, browser: aiohttp.ClientSession) -> None:
    async with opens() as shop:
        paid = OrderPaid(amount_minor=4350, total_minor=4350, difference_minor=0, currency="CNY", tender="cash", **ORDER)
        await shop.record(OrderOpened(lane="1", currency="CNY", **ORDER), paid)
        await shop.view.journal.settle(done=[1], rejected=[(2, "unknown tender")])
        events = await get(shop, browser, "/api/events?limit=2")
        assert [(each["sequence"], each["type"], each["state"], each["problem"]) for each in events] == [
            (2, "storebox.order.paid", "rejected", "unknown tender"),
            (1, "storebox.order.opened", "done", ""),
        ]
        assert events[0]["data"]["amount_minor"] == 4350


@pytest.mark.parametrize("limit", ["0", "501", "-1", "many", "٣", "9" * 40])
async def test_a_limit_that_cannot_be_is_refused(opens: Opens, browser: aiohttp.ClientSession, limit: str) -> None:
    async with opens() as shop, browser.get(f"{shop.url}/api/events", params={"limit": limit}) as answer:
        assert answer.status == 400
        assert (await answer.json())["detail"] == "limit is a number from 1 to 500"


async def test_dead_letters_are_listed(opens: Opens, browser: aiohttp.ClientSession) -> None:
    async with opens() as shop:
        letter = Letter(kind="unreadable", device="till-1", reason="not JSON", told="{", at=datetime.now(UTC))
        await shop.view.journal.park(letter)
        await shop.view.journal.park(letter)
        (listed,) = await get(shop, browser, "/api/dead-letters")
        assert (listed["device"], listed["reason"], listed["told"], listed["times"]) == ("till-1", "not JSON", "{", 2)


async def test_a_device_is_asked(opens: Opens, browser: aiohttp.ClientSession) -> None:
    async with opens() as shop:
        shop.weigh("scale-1", 5)
        asked = {"command": "tare", "deadline_ms": 500}
        assert await post(shop, browser, "/api/devices/scale-1/commands", asked) == (200, {"done": True, "detail": "Z A"})
        assert shop.commands == [("scale-1", Tare(deadline_ms=500))]


async def test_a_device_that_refuses_says_why(opens: Opens, browser: aiohttp.ClientSession) -> None:
    async with opens() as shop:
        shop.weigh("scale-1", 5)
        shop.refuse = "the pan moves; wait until it stands still"
        assert await refusal(shop, browser, {"command": "zero"}) == (409, shop.refuse)


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
        assert shop.commands == []


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
        assert shop.adopted == ["aaa.bbb.ccc"]
        assert await get(shop, browser, "/api/documents") == []


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
        shop.refuse = refuse
        async with browser.post(f"{shop.url}/api/documents", data=BytesIO(sent), headers=shop.origin) as answer:
            assert (answer.status, (await answer.json())["detail"]) == answered


async def test_a_box_is_claimed(opens: Opens, browser: aiohttp.ClientSession) -> None:
    async with opens() as shop:
        assert await post(shop, browser, "/api/claims", {"code": "ABC"}) == (200, {"store": "store of ABC"})
        shop.refuse = "the code is used"
        status, answer = await post(shop, browser, "/api/claims", {"code": "ABC"})
        assert (status, answer["detail"]) == (422, "the code is used")


async def test_a_claim_that_cannot_be_written_says_so(opens: Opens, browser: aiohttp.ClientSession) -> None:
    async with opens() as shop:
        shop.refuse = OSError("no space")
        status, answer = await post(shop, browser, "/api/claims", {"code": "ABC"})
        assert (status, answer["detail"]) == (
            503,
            "the claim cannot be written down (no space); mend the disk and claim again with the same code",
        )


async def test_liveness_and_readiness_are_two_things(opens: Opens, browser: aiohttp.ClientSession) -> None:
    ready = False
    async with opens(listen="0.0.0.0:8080", ready=lambda: ready) as shop:
        async with browser.get(f"{shop.url}/healthz") as answer:
            assert (answer.status, await answer.text()) == (200, "ok\n")
        async with browser.get(f"{shop.url}/readyz") as answer:
            assert (answer.status, await answer.text()) == (503, "not ready\n")
        ready = True
        async with browser.get(f"{shop.url}/readyz") as answer:
            assert (answer.status, await answer.text()) == (200, "ready\n")


async def unreadable(*_args: object) -> Any:
    raise JournalUnavailable("no space left")
