"""What the cameras counted, on the page of the figures and for programs."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import aiohttp

from edge.shop.footfall.events import FootfallCounted, QueueMeasured, ShelfReached, ZoneVisited
from edge.shop.footfall.hourly_events import CameraWatched, Edge, HeatMapped, PathWalked
from edge.shop.footfall.layouts import ZonesChanged
from edge.vision.layout import Layout, Zone
from edge.web.roles import Role
from sync.entries import Entry, Recorded
from sync.events import Event, EventClass

if TYPE_CHECKING:
    from tests.web.conftest import Opens, Shop

DAY = "2026-03-01"
DAYS = f"first={DAY}&last={DAY}"
AT: dict[str, Any] = {"camera": "cam-door", "business_day": DAY, "hour": 18}
MINUTE = AT | {"minute": f"{DAY}T10:00Z"}
PART = AT | {"since": f"{DAY}T10:00Z", "until": f"{DAY}T10:15Z"}
QUEUE: dict[str, Any] = {"looks": 60, "queued": 90, "median": 1, "longest": 3, "waits": 1, "wait_ms": 75_000}
COUNTED: tuple[Event, ...] = (
    FootfallCounted(**MINUTE, line="door", entered=40, departed=3, entrance=True),
    ZoneVisited(**MINUTE, zone="lips", visits=4, dwell_ms=62_000, dwells=(1, 1, 2, 0, 0, 0, 0)),
    QueueMeasured(**MINUTE, **QUEUE, zone="till", median_wait_ms=75_000, longest_wait_ms=75_000),
    ShelfReached(**MINUTE, zone="lips", shelf="shelf-1", reaches=2),
    PathWalked(**PART, edges=(Edge(origin="lips", destination="till", walks=7),)),
    HeatMapped(**PART, grid="floor", columns=48, rows=32, cell_mm=250, cells="BA8AAw"),
    CameraWatched(**PART, entrance=True, watched_ms=900_000, processed=4_000, skipped=9, starved=0, lost_minutes=1),
)


async def happened(shop: Shop, *events: Event, step: Callable[[sqlite3.Connection], object] = lambda _db: None) -> None:
    def decide(db: sqlite3.Connection) -> Iterable[Event]:
        step(db)
        return events

    entry = Entry(decide=decide, event_class=EventClass.TELEMETRY, at=datetime(2026, 3, 1, 10, tzinfo=UTC), monotonic_ms=1)
    assert isinstance(await shop.view.journal.record(entry), Recorded)


async def counted(shop: Shop) -> None:
    """An hour of visitors, of whom eight bought, and an hour with an order in which nobody watched the door."""
    hours = "INSERT INTO insight_hours (day, hour, orders) VALUES (?, 18, 8), (?, 20, 1)"
    await happened(shop, *COUNTED, step=lambda db: db.execute(hours, (DAY, DAY)))


async def get(shop: Shop, path: str) -> tuple[int, Any]:
    async with aiohttp.ClientSession() as browser, browser.get(f"{shop.url}{path}") as answer:
        return answer.status, await (answer.json() if path.startswith("/api") else answer.text())


async def test_the_page_begins_at_the_door_and_goes_on_to_zones_and_queues(opens: Opens) -> None:
    async with opens() as shop:
        await counted(shop)
        status, page = await get(shop, f"/insight?{DAYS}&language=en")
        assert status == 200
        told = ["Came in", "watched 0 h 15 min", "20.0 %", "10.5 to 34.8 % (95 %)", "40 came in", "door not watched"]
        told += ["Hours with sales in which a door was not watched: 1.", "4 visits · 0:16", "50.0 % stayed 10 s and longer"]
        told += ["2 hands", "longest 3 · on average 1.5", "1 waited 1:15 on average", "lips → till", "1 min lost"]
        assert [text for text in told if text not in page] == []
        assert "No camera watches the door" not in page
        status, page = await get(shop, f"/insight?{DAYS}&language=zh")
        assert [text for text in ("进店客流", "成交转化率", "区域到访与停留", "顾客动线") if text not in page] == []


async def test_places_are_called_as_people_call_them(opens: Opens) -> None:
    corners = ((0.1, 0.1), (0.5, 0.1), (0.5, 0.5))
    zones = (Zone(name="lips", corners=corners, label_zh="口红柜"), Zone(name="till", corners=corners, label_en="Till"))
    async with opens() as shop:
        layout = ZonesChanged(camera="cam-door", digest="", by="technician", layout=Layout(zones=zones))
        await happened(shop, *COUNTED, layout)
        _, page = await get(shop, f"/insight?{DAYS}&language=zh")
        assert "口红柜 → Till" in page, "what has no name in the reader's language has one in the other"


async def test_without_a_camera_at_the_door_the_funnel_begins_at_the_mirror(opens: Opens) -> None:
    async with opens() as shop:
        _, page = await get(shop, "/insight?language=en")
        assert "No camera watches the door: the funnel begins at the mirror." in page
        assert [text for text in ("Came in", "Visitors who bought", "Queues") if text in page] == []


async def test_orders_and_visitors_that_cannot_be_compared_are_not(opens: Opens) -> None:
    async with opens() as shop:
        await happened(
            shop,
            COUNTED[0],
            step=lambda db: db.execute("INSERT INTO insight_hours (day, hour, orders) VALUES (?, 18, 99)", (DAY,)),
        )
        _, page = await get(shop, f"/insight?{DAYS}&language=en")
        assert "Orders and visitors cannot be compared." in page


async def test_a_program_hears_all_that_was_counted(opens: Opens) -> None:
    async with opens() as shop:
        await happened(shop, *COUNTED)
        status, told = await get(shop, f"/api/footfall?{DAYS}")
        assert (status, told["first"], told["last"]) == (200, DAY, DAY)
        (line,), (way,), (camera,) = told["lines"], told["paths"], told["cameras"]
        assert (line["line"], line["hour"], line["entered"], line["entrance"]) == ("door", 18, 40, True)
        assert (way["origin"], way["destination"], way["walks"]) == ("lips", "till", 7)
        assert (camera["watched_ms"], camera["lost_minutes"]) == (900_000, 1)
        assert [len(told[name]) for name in ("zones", "queues")] == [1, 1]


async def test_a_program_hears_the_heat_of_the_floor_and_of_a_camera(opens: Opens) -> None:
    async with opens() as shop:
        await happened(shop, *COUNTED)
        for path in (f"/api/heat?{DAYS}", f"/api/heat?camera=cam-door&{DAYS}"):
            status, told = await get(shop, path)
            assert (status, told["grid"], told["columns"], told["cells"]) == (200, "floor", 48, [[4, 15], [5, 3]])


async def test_heat_that_is_not_there_is_not_an_empty_map(opens: Opens) -> None:
    async with opens() as shop:
        for path, of in (("/api/heat?", "the floor plan"), ("/api/heat?camera=cam-9&", "a camera 'cam-9'")):
            status, told = await get(shop, f"{path}{DAYS}")
            assert (status, told["detail"]) == (404, f"there is no heat of {of} from {DAY} to {DAY}")
        status, told = await get(shop, "/api/heat?first=then")
        assert status == 400


async def test_counts_are_for_technicians_and_managers(opens: Opens) -> None:
    async with opens() as shop:
        asked = {route.path: route.role for route in shop.built.routes if route.path in {"/api/footfall", "/api/heat"}}
        assert asked == {"/api/footfall": Role.TECHNICIAN, "/api/heat": Role.TECHNICIAN}
