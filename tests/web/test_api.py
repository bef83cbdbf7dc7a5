"""What programs can read: the status, devices, events, dead letters, and each refusal."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import aiohttp
import pytest

from drivers.reading import Report
from drivers.readings import AnyReading, ItemChosen, MemberShown, ShelfMoved
from edge.faces.window import FacesShown
from edge.shop.orders.closing_events import OrderPaid
from edge.shop.orders.events import OrderOpened
from edge.status import SyncStatus
from edge.vision.window import CameraShown, VisionStatus
from edge.vision.words import CameraFigures, Inference
from sync.disk import JournalUnavailable
from sync.letters import Letter, set_aside

if TYPE_CHECKING:
    from tests.web.conftest import Opens, Shop

ORDER: dict[str, Any] = {"till": "till-1", "order": "1042", "business_day": "2026-11-21"}
REPORT = Report(id="r-1", digest=b"\0" * 32)


async def get(shop: Shop, browser: aiohttp.ClientSession, path: str) -> Any:
    async with browser.get(shop.url + path) as answer:
        assert answer.status == 200, await answer.text()
        return await answer.json()


async def test_the_status_tells_everything_at_once(opens: Opens, browser: aiohttp.ClientSession) -> None:
    async with opens() as shop:
        shop.weigh("scale-1", 1234)
        shop.view.board.show_sync(SyncStatus(state="idle", sent=3))
        shop.view.board.raise_alarm("disk", "free some space")
        cameras = {"cam-door": CameraShown(state="watched", fps_in=5.0, figures=CameraFigures(people=2))}
        people = Inference(model="yolox-nano", state="on", ms=24.1)
        shop.view.board.show_vision(VisionStatus(state="on", cameras=cameras, inferences={"people": people}))
        shop.view.board.show_faces(FacesShown(state="down", problem="put the key back", templates=3))
        await shop.record(OrderOpened(lane="1", currency="CNY", **ORDER))
        status = await get(shop, browser, "/api/status")
        async with browser.get(f"{shop.url}/?language=en") as answer:
            page = await answer.text()
    assert "Members by face" in page
    assert "put the key back" in page
    assert (status["box"], status["store"], status["version"], status["ready"]) == ("box-1", "Corner shop", "1.2.3", True)
    assert status["journal"]["queued"] == {"order": 1}
    assert status["journal"]["state"] == "ok"
    assert status["journal"]["oldest_queued_time"] is not None
    assert status["sync"]["sent"] == 3
    assert status["alarms"] == {"disk": "free some space"}
    assert status["vision"]["cameras"]["cam-door"]["figures"]["people"] == 2
    assert status["vision"]["inferences"]["people"]["ms"] == 24.1
    assert status["faces"] == {
        "state": "down",
        "problem": "put the key back",
        "templates": 3,
        "restarts": 0,
        "rss_bytes": 0,
        "no_enrolment": "",
    }
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
        assert status["vision"] is None
        assert status["faces"] is None
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


async def test_a_limit_that_cannot_be_is_refused(opens: Opens, browser: aiohttp.ClientSession) -> None:
    async with opens() as shop:
        for limit in ("0", "501", "-1", "many", "٣", "9" * 40):
            async with browser.get(f"{shop.url}/api/events", params={"limit": limit}) as answer:
                assert answer.status == 400, limit
                assert (await answer.json())["detail"] == "limit is a number from 1 to 500"


async def test_dead_letters_are_listed(opens: Opens, browser: aiohttp.ClientSession) -> None:
    async with opens() as shop:
        letter = Letter(kind="unreadable", device="till-1", reason="not JSON", told="{", at=datetime.now(UTC))
        await shop.view.journal.record(set_aside(letter))
        await shop.view.journal.record(set_aside(letter))
        (listed,) = await get(shop, browser, "/api/dead-letters")
        assert (listed["device"], listed["reason"], listed["told"], listed["times"]) == ("till-1", "not JSON", "{", 2)


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
