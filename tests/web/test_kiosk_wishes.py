"""What is decided at a kiosk, and by staff for it: a guardian's consent, withdrawn again, forgotten; and the same at a lane."""

from __future__ import annotations

import sqlite3
from datetime import UTC, datetime
from functools import partial
from typing import TYPE_CHECKING, Any

import aiohttp
import pytest

from config.schema import Plugged
from drivers.mirrors.page import PageSettings
from edge.faces.window import FacesShown
from edge.shop.faces.here import name_at_kiosk
from edge.shop.members.identify import conceal_code
from edge.shop.models.document import adopt_models, parse_models
from sync.commits import carry_out
from tests.web.at_kiosk import at_kiosk
from tests.web.headquarters import PHONE, members
from tests.web.puppet_faces import NOTICE, PuppetFaces
from tests.web.self_checkout import self_checkout
from tests.web.test_staff import post, staff

if TYPE_CHECKING:
    from pathlib import Path

    from tests.web.at_kiosk import Kiosk
    from tests.web.conftest import Opens

GUARDIAN = "13900139000"
BADGE = "B-17"


@pytest.fixture
def stands(opens: Opens, tmp_path: Path, browser: aiohttp.ClientSession) -> Any:
    """``async with stands() as kiosk``."""
    return partial(at_kiosk, opens, browser, tmp_path)


async def fetch(kiosk: Kiosk, key: dict[str, str], path: str = "/staff?language=en") -> str:
    async with kiosk.browser.get(kiosk.shop.url + path, headers=key) as answer:
        return await answer.text()


async def test_a_childs_guardian_agrees_with_staff_beside(stands: Any) -> None:
    async with stands() as kiosk:
        await staff(kiosk.shop)
        key = await kiosk.shop.token("g-17", "staff")
        await kiosk.come()
        assert await kiosk.agree("guardian") == (
            "guardian-first",
            "A guardian has to agree first, and our staff to confirm it.",
        )
        assert await kiosk.ask("guardian", visit=kiosk.visit, code=PHONE, agreed=True) == (
            "guardian-is-the-child",
            "This is the child's own number. Please type the guardian's.",
        )
        assert "Do you see the guardian" not in await fetch(kiosk, key)
        told = await kiosk.ask("guardian", visit=kiosk.visit, code=GUARDIAN, agreed=True)
        assert told["visit"]["guardian"] == "asked"
        assert (await kiosk.agree("guardian"))[0] == "guardian-first"
        assert "kiosk-1: a child under 14 is to be enrolled. Do you see the guardian" in await fetch(kiosk, key)
        status, page = await post(kiosk.browser, kiosk.shop, "/staff/kiosks/kiosk-1/guardian", key, verdict="confirmed")
        assert (status, "Noted." in page) == (200, True)
        assert (await kiosk.get("/api/kiosks/kiosk-1"))[1]["visit"]["guardian"] == "confirmed"
        await kiosk.agree("guardian")
        rows = await kiosk.shop.view.journal.query(
            lambda db: db.execute("SELECT age, staff, guardian_ref != member_ref FROM face_consents").fetchall()
        )
        assert rows == [("guardian", "g-17", 1)]
        assert GUARDIAN not in "".join(await kiosk.shop.view.journal.query(lambda db: list(db.iterdump())))
        status, page = await post(kiosk.browser, kiosk.shop, "/staff/kiosks/kiosk-1/guardian", key, verdict="confirmed")
        assert (status, "This enrolment is over." in page) == (409, True)


async def test_without_a_guardian_in_sight_nothing_is_enrolled(stands: Any) -> None:
    async with stands() as kiosk:
        await staff(kiosk.shop)
        key = await kiosk.shop.token("g-17", "staff")
        await kiosk.come()
        await kiosk.ask("guardian", visit=kiosk.visit, code=GUARDIAN, agreed=True)
        assert (await kiosk.ask("guardian", visit=kiosk.visit, code=GUARDIAN, agreed=False))[0] == "bad-body"
        status, page = await post(kiosk.browser, kiosk.shop, "/staff/kiosks/kiosk-1/guardian", key, verdict="perhaps")
        assert (status, "verdict is confirmed or refused" in page) == (400, True)
        await post(kiosk.browser, kiosk.shop, "/staff/kiosks/kiosk-1/guardian", key, verdict="refused")
        assert (await kiosk.get("/api/kiosks/kiosk-1"))[1]["visit"]["guardian"] == "refused"
        assert (await kiosk.agree("guardian"))[0] == "guardian-first"
        assert await kiosk.rows("face_consents") == 0


async def test_staff_confirm_by_badge_at_the_kiosk(stands: Any) -> None:
    async with stands() as kiosk:
        await staff(kiosk.shop, badge=BADGE)
        await kiosk.come()
        assert (await kiosk.ask("badge", visit=kiosk.visit, code=BADGE))[0] == "no-guardian-waits"
        await kiosk.ask("guardian", visit=kiosk.visit, code=GUARDIAN, agreed=True)
        assert await kiosk.ask("badge", "zh", visit=kiosk.visit, code="B-99") == (
            "unknown-badge",
            "这不是今天在本店工作的员工的工牌。",
        )
        assert (await kiosk.ask("badge", visit=kiosk.visit, code=BADGE))["visit"]["guardian"] == "confirmed"
        await kiosk.agree("guardian")
        assert await kiosk.rows("face_consents") == 1


async def test_staff_invite_and_the_member_does_the_rest(stands: Any) -> None:
    async with stands() as kiosk:
        await kiosk.enrol()
        await kiosk.ask("end")
        key = await kiosk.shop.token("g-17", "staff")
        assert "Faces enrolled on the box of this shop: 1" in await fetch(kiosk, key)
        assert "/staff/kiosks/kiosk-2/enrol" not in await fetch(kiosk, key), "no face can be read there"
        status, page = await post(kiosk.browser, kiosk.shop, "/staff/kiosks/kiosk-1/enrol", key)
        assert (status, "kiosk-1 is ready: the member goes on at its screen." in page) == (200, True)
        assert (await kiosk.get("/api/kiosks/kiosk-1"))[1]["invited"] is True
        kiosk.shop.asked.clock.now += 301
        assert (await kiosk.get("/api/kiosks/kiosk-1"))[1]["invited"] is False, "whom staff meant is not there any more"
        await post(kiosk.browser, kiosk.shop, "/staff/kiosks/kiosk-1/enrol", key)
        await kiosk.ask("end")
        assert (await kiosk.get("/api/kiosks/kiosk-1"))[1]["invited"] is False
        status, page = await post(kiosk.browser, kiosk.shop, "/staff/kiosks/kiosk-2/enrol", key)
        assert (status, "No face can be read here now." in page) == (409, True)
        status, page = await post(kiosk.browser, kiosk.shop, "/staff/kiosks/hall/enrol", key)
        assert (status, "no kiosk is called &#39;hall&#39;: add [kiosk.hall] to the settings" in page) == (404, True)


async def test_staff_see_in_time_that_members_must_enrol_anew(stands: Any) -> None:
    async with stands() as kiosk:
        await kiosk.enrol()
        key = await kiosk.shop.token("g-17", "staff")
        await wants(kiosk.shop, b'{"models": {}}')
        assert "another model of faces" not in await fetch(kiosk, key)
        await wants(kiosk.shop, b'{"models": {}, "enrol_anew_from": "2999-01-01"}')
        told = "From 2999-01-01 on the cameras use another model of faces: the 1 members enrolled here must enrol once more then."
        assert told in await fetch(kiosk, key)


async def wants(shop: Any, body: bytes) -> None:
    """Headquarters' document of models; the template here is of another one."""

    def adopt(db: sqlite3.Connection) -> None:
        adopt_models(parse_models(body), 1, db)

    await carry_out(shop.view.journal, adopt, datetime.now(UTC))


async def test_where_no_face_can_be_learnt_members_are_still_recognised(stands: Any) -> None:
    async with stands() as kiosk:
        kiosk.faces.state = FacesShown(state="on", no_enrolment="face_landmarker.task is missing: storebox models fetch")
        told = await kiosk.come()
        assert (told["faces"], told["enrols"]) == (True, False)
        page = await fetch(kiosk, await kiosk.shop.token("g-17", "staff"))
        assert "/staff/kiosks/kiosk-1/enrol" not in page


async def test_a_face_is_withdrawn_and_the_member_stays(stands: Any) -> None:
    async with stands() as kiosk:
        await kiosk.enrol()
        told = await kiosk.ask("withdraw", visit=kiosk.visit, id="w-9")
        assert (told["visit"]["enrolled"], told["visit"]["member"]) == ("", "Member ****01 · gold")
        assert await kiosk.ask("withdraw", visit=kiosk.visit, id="w-9")  # the same wish, sent again
        assert (await kiosk.rows("face_templates"), await kiosk.rows("face_consents")) == (0, 0)
        assert kiosk.faces.waited == 2
        assert await kiosk.ask("withdraw", visit=kiosk.visit, id="w-10") == (
            "face-nothing-kept",
            "Nothing of your face is kept.",
        )
        await kiosk.agree(id="w-again")
        assert (await kiosk.ask("enrol", visit=kiosk.visit))["ended"] == ""


async def test_a_member_is_forgotten_and_the_visit_is_over(stands: Any) -> None:
    async with stands() as kiosk:
        await kiosk.enrol()
        told = await kiosk.ask("forget", visit=kiosk.visit, id="w-3")
        assert told["visit"] is None
        assert (await kiosk.rows("face_templates"), await kiosk.rows("members_at")) == (0, 0)
        assert (await kiosk.come())["visit"]["member"] == "", "nobody whom this box knows"
        slips = await kiosk.shop.view.journal.query(lambda db: db.execute("SELECT cause FROM jobs").fetchall())
        assert slips == [("storebox.face.consented",), ("storebox.member.forgotten",)]


async def test_nobody_is_forgotten_for_somebody_else(stands: Any) -> None:
    async with stands() as kiosk:
        await kiosk.come()
        desk = kiosk.shop.view.desk
        shown = conceal_code(GUARDIAN, till="kiosk-1", order=None, at=desk.now(), shop=desk.shop())
        await desk.decide(name_at_kiosk("kiosk-1", shown), place="faces", asked="member")
        for wish in ("forget", "withdraw"):
            assert await kiosk.ask(wish, visit=kiosk.visit, id=f"w-{wish}") == (
                "member-not-here",
                "You have not said who you are, or too long ago. Please show your member code or type your number again.",
            )
        assert await kiosk.rows("member_forgettings") == 0


async def test_staff_erase_whoever_asks_them(stands: Any) -> None:
    async with stands() as kiosk:
        await kiosk.enrol()
        key = await kiosk.shop.token("g-17", "staff")
        forget = partial(post, kiosk.browser, kiosk.shop, "/staff/forget", key)
        for form, said in (
            ({"code": PHONE, "id": "f-1"}, "Please make sure first that the shopper is here in person."),
            ({"code": "1380013", "id": "f-1", "sure": "yes", "what": "all"}, "We found no member with this number."),
        ):
            status, page = await forget(**form)
            assert (status, said in page) == (409, True)
        status, page = await forget(code=PHONE, id="f-0", sure="yes", what="face")
        assert (status, await kiosk.rows("face_templates"), await kiosk.rows("member_forgettings")) == (200, 0, 0)
        status, page = await forget(code=PHONE, id="f-0", sure="yes", what="face")
        assert (status, "Nothing of your face is kept." in page) == (409, True)
        status, page = await forget(code=PHONE, id="f-1", sure="yes", what="all")
        assert (status, "It is erased, and a slip is printed." in page) == (200, True)
        assert (await forget(code=PHONE, id="f-1", sure="yes", what="all"))[0] == 200
        assert await kiosk.rows("member_forgettings") == 1
        assert kiosk.faces.waited == 3


async def test_a_lane_recognises_and_forgets(opens: Opens, browser: aiohttp.ClientSession) -> None:
    faces = PuppetFaces(places={"sco-1"})
    async with self_checkout(opens, notice=NOTICE, faces=faces) as lane:
        await members(lane.shop)
        at = f"{lane.shop.url}/api/places/sco-1/face"
        async with browser.get(at) as answer:
            assert await answer.json() == {"offered": True}
        async with browser.post(at, json={}, headers=lane.shop.origin) as answer:
            assert (await answer.json())["ended"] == ""
        await lane.scan("6901234567892")
        async with browser.post(at, json={}, headers=lane.shop.origin) as answer:
            assert answer.status == 200
        assert faces.orders[0] is None
        assert faces.orders[1] is not None, "the order on the screen"
        wish = f"{lane.shop.url}/api/lanes/sco-1/forget?language=en"
        async with browser.post(wish, json={"id": "w-1"}, headers=lane.shop.origin) as answer:
            assert (answer.status, (await answer.json())["type"].rpartition(":")[2]) == (409, "member-not-here")
        await lane.show("77001")
        async with browser.post(wish, json={"id": "w-1"}, headers=lane.shop.origin) as answer:
            told = await answer.json()
        assert (told["member"], told["due"], faces.waited) == ("", "¥12.50", 1)


async def test_a_mirror_tells_which_visit_is_to_be_named(opens: Opens, browser: aiohttp.ClientSession) -> None:
    faces = PuppetFaces(places={"mirror-1"})
    plugged = {"mirror-1": Plugged(driver="mirror/page", settings=PageSettings(camera="cam-1"))}
    async with opens(plugged=plugged, notice=NOTICE, faces=faces) as shop:
        at = f"{shop.url}/api/places/mirror-1/face"
        async with browser.post(at, json={"session": "v-17"}, headers=shop.origin) as answer:
            assert answer.status == 200
        async with browser.post(at, json={"session": "v 17"}, headers=shop.origin) as answer:
            assert answer.status == 400
        assert faces.orders == ["v-17"]


async def test_the_overview_shows_kiosks_open_and_paired(stands: Any) -> None:
    async with stands() as kiosk:
        await kiosk.come()
        key = await kiosk.shop.token("g-17", "staff")
        page = await fetch(kiosk, key, "/?language=en")
        assert "Its page is open" not in page
        assert page.count("Paired, its page is not open") == 1
        assert page.count("Not paired yet") == 1
        await kiosk.get("/api/kiosks/kiosk-1")
        assert "Its page is open" in await fetch(kiosk, key, "/?language=en")
        kiosk.shop.asked.clock.now += 60
        assert "Its page is open" not in await fetch(kiosk, key, "/?language=en")
