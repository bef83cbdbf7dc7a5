"""What a mirror's screen, a telephone and staff are answered, without a browser: member, list to take home, what is worn now."""

from __future__ import annotations

import asyncio
import os
import sqlite3
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import aiohttp
import msgspec
import pytest

from config.schema import Plugged
from drivers.mirrors.page import PageSettings
from drivers.wires.picture_ring import RingReader, RingWriter, make_ring
from edge.mirror.words import Look, Present
from edge.shop.mirror_visits import VisitEnded
from edge.shop.tryon.document import adopt_shades, parse_shades
from edge.web import mirror_wire
from edge.web.sittings import Sittings
from sync.entries import Entry, Recorded
from sync.events import EventClass
from tests.web.headquarters import PHONE, members
from tests.web.test_mirrors import LAN, Camera, answer_of, attended, end_of, next_picture, plugged

if TYPE_CHECKING:
    from collections.abc import Awaitable

    from tests.web.conftest import Opens, Shop

    Until = Callable[[Callable[[], bool]], Awaitable[None]]

DEADLINE_S = 30
EXAMPLE = Path(__file__).parents[2] / "config" / "examples" / "shades.json"
AT = "/api/mirrors/mirror-1"
RED = [["rouge-01", "lips", 60]]


class MadeUpGlass:
    """Stands for the box's side of the mirrors' process: one painted picture, and whoever the test says."""

    def __init__(self) -> None:
        self.descriptor = make_ring("painted", slot_bytes=64, width_px=8, height_px=4)
        self.writer, self.reader = RingWriter(self.descriptor), RingReader(self.descriptor)
        self.worn: list[tuple[tuple[Look, ...], int | None]] = []
        self.stands: Present | None = None
        self.paints = True

    def put(self, data: bytes) -> None:
        self.writer.room[: len(data)] = data
        self.writer.publish(len(data), 1)

    def ring(self, mirror: str) -> RingReader | None:
        return self.reader if self.paints and mirror == "mirror-1" else None

    def wear(self, mirror: str, looks: Sequence[Look], split_permille: int | None) -> None:
        self.worn.append((tuple(looks), split_permille))

    def present(self, mirror: str) -> Present | None:
        return self.stands

    def close(self) -> None:
        self.writer.close()
        self.reader.close()
        os.close(self.descriptor)


@pytest.fixture
async def glass() -> AsyncIterator[MadeUpGlass]:
    made = MadeUpGlass()
    yield made
    made.close()


async def adopt(shop: Shop, decide: Callable[[sqlite3.Connection], tuple[()]]) -> None:
    """What the adoption of a document does to the tables."""
    moment = shop.view.desk.moment()
    entry = Entry(decide=decide, event_class=EventClass.ORDER, at=moment.at, monotonic_ms=moment.monotonic_ms, told="document")
    assert isinstance(await shop.view.journal.record(entry), Recorded)


async def offer_shades(shop: Shop, body: bytes = EXAMPLE.read_bytes()) -> None:
    """Headquarters' ``shades`` document."""
    parsed = parse_shades(body)
    await adopt(shop, lambda db: adopt_shades(parsed, 1, db))


async def give_address(shop: Shop, goods_url: str) -> None:
    """Under which address telephones reach the box, by the ``planogram`` document."""

    def decide(db: sqlite3.Connection) -> tuple[()]:
        db.execute("INSERT OR REPLACE INTO planogram (only, version, goods_url) VALUES (1, 1, ?)", (goods_url,))
        return ()

    await adopt(shop, decide)


@asynccontextmanager
async def wired(browser: aiohttp.ClientSession, shop: Shop) -> AsyncIterator[aiohttp.ClientWebSocketResponse]:
    async with browser.ws_connect(f"{shop.url}/mirror/mirror-1/wire", headers=shop.origin) as wire:
        yield wire


async def presented(wire: aiohttp.ClientWebSocketResponse) -> Any:
    async with asyncio.timeout(DEADLINE_S):
        while "present" not in (told := await wire.receive_json()):
            pass
    return told["present"]


async def until_presented(wire: aiohttp.ClientWebSocketResponse, expected: dict[str, Any]) -> None:
    """It is said again and again, so what was true before may come once more."""
    async with asyncio.timeout(DEADLINE_S):
        while await presented(wire) != expected:
            pass


async def ask(browser: aiohttp.ClientSession, shop: Shop, path: str, body: Any, key: dict[str, str]) -> tuple[int, Any]:
    async with browser.post(shop.url + path, json=body, headers=shop.origin | key) as answer:
        return answer.status, await answer.json() if answer.content_length else None


async def events(shop: Shop) -> list[tuple[str, Any]]:
    kept = await shop.view.journal.latest(9)
    return [(each.envelope.type, msgspec.json.decode(each.envelope.data)) for each in reversed(kept)]


async def test_the_page_offers_what_headquarters_says_by_the_part_of_the_face(
    opens: Opens, browser: aiohttp.ClientSession, tmp_path: Path
) -> None:
    async with opens(plugged=plugged(tmp_path)) as shop:
        await offer_shades(shop)
        async with browser.get(f"{shop.url}/mirror/mirror-1?language=zh") as answer:
            page = await answer.text()
        assert [page.find(f'data-region="{region}"') > 0 for region in ("lips", "eyes", "cheeks", "skin", "brows")] == [True] * 5
        assert "正红" in page
        assert 'fill="#a3283c"' in page
        assert 'fill="#6a5144"' in page, "a swatch goes before the colour"
        assert 'data-sku="&lt;b&gt;"' not in page, "the settings' own are for a shop without the document"


async def test_five_hundred_shades_are_all_on_the_page(opens: Opens, browser: aiohttp.ClientSession, tmp_path: Path) -> None:
    many = [{"sku": f"rouge-{n}", "region": "lips", "srgb": f"#{n:06x}"} for n in range(501)]
    async with opens(plugged=plugged(tmp_path)) as shop:
        await offer_shades(shop, msgspec.json.encode({"shades": many}))
        async with browser.get(f"{shop.url}/mirror/mirror-1") as answer:
            assert (await answer.text()).count("data-sku=") == 500


async def test_what_is_touched_is_worn_until_the_visit_ends(
    opens: Opens, browser: aiohttp.ClientSession, tmp_path: Path, glass: MadeUpGlass
) -> None:
    glass.put(b"painted")
    async with opens(plugged=plugged(tmp_path), glass=glass) as shop, attended(shop.view.wires):
        await offer_shades(shop)
        async with wired(browser, shop) as wire:
            shown = {"painted": True, "picture": True}
            assert await presented(wire) == shown | {"faces": 0, "problem": ""}
            glass.stands = Present(mirror="mirror-1", faces=2, problem="two-faces", at_ns=1)
            await until_presented(wire, shown | {"faces": 2, "problem": "two-faces"})
            glass.paints = False
            await until_presented(wire, {"painted": False, "picture": False, "faces": 0, "problem": ""})

            looks = [RED, [["shadow-07", "eyes", 30], ["gone-99", "lips", 10]]]
            await wire.send_json({"n": 1, "name": "wear", "body": {"session": "v-1", "looks": looks, "split": 250}})
            assert await answer_of(wire) == {"n": 1, "ok": True, "retry": False, "problem": ""}
            (first, second), split = glass.worn[-1]
            assert [(each.shade.srgb, each.intensity_percent) for each in first] == [("#a3283c", 60)]
            assert [each.shade.sku for each in second] == ["shadow-07"], "what is on offer no more is not painted"
            assert split == 250

            await wire.send_json({"n": 2, "name": "wear", "body": {"session": "v-1", "looks": [[["a", "lips", 101]]]}})
            told = await answer_of(wire)
            assert (told["ok"], told["retry"]) == (False, False)
            assert told["problem"].startswith("wear: Expected `int` <= 100")

            await wire.send_json({"n": 3, "name": "ended", "body": {"id": "e-0", "session": "v-0"}})
            assert (await answer_of(wire))["ok"]
            assert len(glass.worn) == 1, "that was another visit"
            await wire.send_json({"n": 4, "name": "ended", "body": {"id": "e-1", "session": "v-1"}})
            assert (await answer_of(wire))["ok"]
            assert glass.worn[-1] == ((), None)


async def wear(wire: aiohttp.ClientWebSocketResponse, n: int, session: str) -> Any:
    """Put rouge-01 on; the answer."""
    await wire.send_json({"n": n, "name": "wear", "body": {"session": session, "looks": [RED]}})
    return await answer_of(wire)


async def test_a_page_that_comes_back_too_late_is_told_that_its_visit_is_over(
    opens: Opens, browser: aiohttp.ClientSession, tmp_path: Path, glass: MadeUpGlass
) -> None:
    async with opens(plugged=plugged(tmp_path), glass=glass) as shop:
        await offer_shades(shop)
        async with wired(browser, shop) as wire:
            assert (await wear(wire, 1, "v-1"))["ok"]
            await shop.record(VisitEnded(mirror="mirror-1", session="v-1"))
            assert await wear(wire, 2, "v-1") == {"over": "v-1"}
            assert await answer_of(wire) == {"n": 2, "ok": False, "retry": False, "problem": "this visit is over"}
            assert (await wear(wire, 3, "v-2"))["ok"]


async def test_what_was_worn_is_taken_off_when_the_page_does_not_come_back(
    opens: Opens, browser: aiohttp.ClientSession, tmp_path: Path, glass: MadeUpGlass, until: Until
) -> None:
    settings = PageSettings.model_construct(camera="cam-1", silent_after_s=1, try_after_s=3, shades=())
    mirror = {"mirror-1": Plugged(driver="mirror/page", settings=settings)}
    async with opens(plugged=plugged(tmp_path) | mirror, glass=glass) as shop:
        await offer_shades(shop)
        async with wired(browser, shop) as wire:
            assert (await wear(wire, 1, "v-1"))["ok"]
            await end_of(wire)  # a page that says nothing hangs
        await until(lambda: glass.worn[-1] == ((), None))


def test_a_mirror_is_left_by_the_page_that_went_last() -> None:
    sittings = Sittings()
    first = sittings.opened("mirror-1")
    sittings.shut("mirror-1")
    assert sittings.is_left("mirror-1", first)
    second = sittings.opened("mirror-1")
    assert not sittings.is_left("mirror-1", second)
    sittings.shut("mirror-1")
    assert not sittings.is_left("mirror-1", first), "it came back in time"
    assert sittings.is_left("mirror-1", second)


async def test_the_painted_picture_is_shown_and_else_the_camera_s_own(
    opens: Opens, browser: aiohttp.ClientSession, tmp_path: Path, glass: MadeUpGlass
) -> None:
    camera = Camera()
    camera.put(b"plain")
    glass.put(b"painted")
    async with opens(plugged=plugged(tmp_path), glass=glass) as shop:
        shop.view.wires.pictures.rings["cam-1"] = camera.rings
        async with browser.get(f"{shop.url}/mirror/mirror-1/pictures") as answer:
            assert await next_picture(answer) == b"painted"
            glass.paints = False
            assert await next_picture(answer) == b"plain"
        del shop.view.wires.pictures.rings["cam-1"]
    camera.close()


async def test_a_second_screen_is_told_that_the_mirror_is_taken(
    opens: Opens, browser: aiohttp.ClientSession, tmp_path: Path
) -> None:
    async with opens(plugged=plugged(tmp_path)) as shop:
        async with wired(browser, shop) as first:
            assert not (await presented(first))["painted"]
            async with wired(browser, shop) as second, asyncio.timeout(DEADLINE_S):
                assert (await second.receive()).data == mirror_wire.TAKEN
        async with asyncio.timeout(DEADLINE_S):
            while True:  # the box hears that the first has gone
                async with wired(browser, shop) as third:
                    if (await third.receive()).type is aiohttp.WSMsgType.TEXT:
                        break


async def test_a_page_hears_who_stands_there_also_when_nothing_changes(
    opens: Opens, browser: aiohttp.ClientSession, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(mirror_wire, "AGAIN_S", 0.1)
    async with opens(plugged=plugged(tmp_path)) as shop, wired(browser, shop) as wire:
        first = await presented(wire)
        assert [await presented(wire), await presented(wire)] == [first, first]


async def test_a_visit_is_linked_to_the_member_who_types_a_number(
    opens: Opens, browser: aiohttp.ClientSession, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    async with opens(listen=LAN, plugged=plugged(tmp_path)) as shop:
        key = await shop.token("mirror-1")
        await members(shop)
        assert await ask(browser, shop, f"{AT}/member", {"session": "v-1", "code": PHONE}, key) == (204, None)
        *_, (first, identified), (second, named) = await events(shop)
        assert (first, second) == ("storebox.member.identified", "storebox.mirror.named")
        assert (named["mirror"], named["session"], named["verified"]) == ("mirror-1", "v-1", True)
        assert named["member_ref"] == identified["member_ref"]
        everything = "\n".join(await shop.view.journal.query(lambda db: list(db.iterdump())))
        assert PHONE not in everything + caplog.text

        status, told = await ask(browser, shop, f"{AT}/member", {"session": "v-1", "code": "1380013"}, key)
        assert (status, told["type"], told["detail"][:35]) == (
            409,
            "urn:storebox:problem:member-not-found",
            "We found no member with this number",
        )
        assert (await ask(browser, shop, f"{AT}/member", {"session": "v-1", "code": "x" * 99}, key))[0] == 400
        for _ in range(60):
            status, told = await ask(browser, shop, f"{AT}/member", {"session": "v-1", "code": "1380013"}, key)
        assert (status, told["type"]) == (429, "urn:storebox:problem:too-many-guesses")
        other = await shop.token("lane-1")
        status, told = await ask(browser, shop, f"{AT}/member", {"session": "v-1", "code": PHONE}, other)
        assert (status, told["detail"]) == (403, "this screen is lane-1; pair it under the name mirror-1")


async def test_a_look_goes_home_as_a_list_for_ten_minutes(
    opens: Opens, browser: aiohttp.ClientSession, tmp_path: Path, glass: MadeUpGlass
) -> None:
    glass.put(b"painted")
    async with opens(listen=LAN, plugged=plugged(tmp_path), glass=glass, hosts=("shop.lan",)) as shop:
        key = await shop.token("mirror-1")
        lan = key | {
            "Host": f"shop.lan:{shop.url.rpartition(':')[2]}",
            "Origin": f"http://shop.lan:{shop.url.rpartition(':')[2]}",
        }
        body = {"session": "v-1", "skus": ["rouge-01", "rouge-01", "<b>"]}
        async with browser.post(f"{shop.url}{AT}/take-home", json=body, headers=lan) as answer:
            told = await answer.json()
        assert (told["minutes"], told["picture"], told["qr"]["modules"] > 20) == (10, False, True)
        assert told["address"].startswith("http://shop.lan:")
        path = "/look/" + told["address"].rpartition("/")[2]
        async with browser.get(shop.url + path) as answer:
            page = await answer.text()
        assert (answer.status, page.count("rouge-01"), "&lt;b&gt;" in page, "<img" in page) == (200, 1, True, False)
        async with browser.get(f"{shop.url}{path}/picture") as answer:
            assert answer.status == 410
            assert (await answer.json())["detail"] == "this look is over: take it home anew at the mirror"

        async with browser.post(f"{shop.url}{AT}/take-home", json=body | {"picture": True}, headers=lan) as answer:
            told = await answer.json()
        path = "/look/" + told["address"].rpartition("/")[2]
        async with browser.get(f"{shop.url}{path}/picture") as answer:
            assert (answer.content_type, await answer.read()) == ("image/jpeg", b"painted")
        shop.asked.clock.now += 600
        for path_ in (path, "/look/made-up"):
            async with browser.get(shop.url + path_, headers={"Accept-Language": "en"}) as answer:
                assert answer.status == 410
                assert "This look is over" in await answer.text()
        everything = "\n".join(await shop.view.journal.query(lambda db: list(db.iterdump())))
        assert "painted" not in everything
        assert path.rpartition("/")[2] not in everything


async def test_a_token_may_look_like_a_card_number(opens: Opens, browser: aiohttp.ClientSession, tmp_path: Path) -> None:
    async with opens(plugged=plugged(tmp_path)) as shop:
        for path in ("/look/4929107853461286aabbccddeeffaabb", "/look/4929107853461286aabbccddeeffaabb/picture"):
            async with browser.get(shop.url + path) as answer:
                assert answer.status == 410, "chance gives one in 1200 such digits: its QR code must open"


async def test_a_screen_on_the_box_itself_says_that_phones_need_an_address(
    opens: Opens, browser: aiohttp.ClientSession, tmp_path: Path
) -> None:
    async with opens(plugged=plugged(tmp_path)) as shop:
        body = {"session": "v-1", "skus": ["rouge-01"]}
        status, told = await ask(browser, shop, f"{AT}/take-home", body, {})
        assert (status, told["title"]) == (409, "Phones cannot reach this mirror yet: please ask a colleague.")
        assert told["detail"] == (
            "telephones cannot reach the box under the address of this screen: open the mirror by the box's address in the"
            " shop's network, or set goods_url in the planogram document"
        )


async def test_staff_see_what_is_worn_now(opens: Opens, browser: aiohttp.ClientSession, tmp_path: Path) -> None:
    async with opens(plugged=plugged(tmp_path)) as shop:
        async with browser.get(f"{shop.url}/mirrors") as answer:
            assert "Its page is not open" in await answer.text()
        async with wired(browser, shop) as wire:
            await wire.send_json({"n": 1, "name": "wear", "body": {"session": "v-1", "looks": [RED]}})
            assert (await answer_of(wire))["ok"]
            async with browser.get(f"{shop.url}/mirrors") as answer:
                page = await answer.text()
        assert "In use" in page
        assert "rouge-01" in page
        assert "60 %" in page
        assert "Not in stock" in page
        assert "mirror-2" not in page
    async with opens() as shop, browser.get(f"{shop.url}/mirrors") as answer:
        assert "This shop has no mirror on a page of the box." in await answer.text()
