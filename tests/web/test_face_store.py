"""What technicians are told of faces, by program and by command: numbers and dates; the member's own export; never a template."""

from __future__ import annotations

import asyncio
import getpass
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

import aiohttp
import pytest

from config.schema import Faces, Kiosk
from edge.shop.faces.consent import Consent, give_consent
from edge.shop.faces.here import name_at_kiosk
from edge.shop.faces.templates import keep_template
from edge.shop.members.identify import conceal_code, pseudonym
from tests.cli.conftest import Ended, storebox_here

if TYPE_CHECKING:
    from tests.web.conftest import Opens, Shop

NOTICE = Faces(purpose_zh="免码", purpose_en="no code", assessment="PIA-7", contact="ann", notice="n-3")
PHONES = ("13800138001", "13800138002")
ANNA, BO = (pseudonym(phone, b"k" * 32) for phone in PHONES)
SEALED = b"sealed canary " * 56
Run = Callable[..., Any]


@pytest.fixture
def enrolled(opens: Opens) -> Callable[[], Any]:
    """A shop in which Anna is enrolled, and Bo has agreed; Anna agreed for him."""

    @asynccontextmanager
    async def shop_of_two() -> AsyncIterator[Shop]:
        async with opens(notice=NOTICE, kiosks={"kiosk-1": Kiosk()}, control=True) as shop:
            await agree(shop, PHONES[0], consent="c-1", member_ref=ANNA, age="adult")
            kept = keep_template(template="t-1", consent="c-1", sealed=SEALED, model="m@1", clock="synced")
            await shop.view.desk.decide(kept, place="kiosk-1", asked="test")
            await agree(shop, PHONES[1], PHONES[0], consent="c-2", member_ref=BO, age="guardian", guardian_ref=ANNA, staff="g-7")
            yield shop

    return shop_of_two


async def agree(shop: Shop, *phones: str, **told: Any) -> None:
    desk = shop.view.desk
    for phone in phones:
        shown = conceal_code(phone, till="kiosk-1", order=None, at=desk.now(), shop=desk.shop())
        await desk.decide(name_at_kiosk("kiosk-1", shown), place="kiosk-1", asked="test")
    given = Consent(place="kiosk-1", notice="n-3", language="en", **told)
    await desk.decide(give_consent(given), place="kiosk-1", asked="test")


async def storebox(shop: Shop, *words: str) -> Ended:
    """A command beside the box."""
    return await asyncio.to_thread(storebox_here, "faces", *words, "--socket", str(shop.control))


async def test_how_many_are_kept_is_counted_and_listed_by_the_day_and_nobody_is_named(enrolled: Run) -> None:
    async with enrolled() as shop:
        assert (await storebox(shop, "count")).out == "1\n"
        listed = json.loads((await storebox(shop, "list", "--json")).out)
        (row,) = listed["enrolments"]
        assert (listed["configured"], listed["notice"], listed["templates"]) == (True, "n-3", 1)
        assert (row["notice"], row["members"]) == ("n-3", 1)
        assert row["enrolled"] < row["expires"]
        shown = (await storebox(shop, "list")).out
        assert shown.startswith("1 templates; notice n-3\n")
        assert row["expires"] in shown
        assert ANNA not in shown + json.dumps(listed)


async def test_a_shop_without_faces_says_so(opens: Opens) -> None:
    async with opens(control=True) as shop:
        assert (await storebox(shop, "list")).out.startswith("0 templates; off: nobody is recognised by face\n")


async def test_a_member_is_told_what_is_kept_and_it_stands_in_the_audit(enrolled: Run) -> None:
    async with enrolled() as shop:
        told = json.loads((await storebox(shop, "export", ANNA)).out)
        own, childs = told["kept"]
        assert told["member"] == ANNA
        assert (own["of_a_child"], own["notice"], own["language"], own["place"]) == (False, "n-3", "en", "kiosk-1")
        assert own["template"]["bytes"] == len(SEALED)
        assert own["template"]["model"] == "m@1"
        assert (childs["of_a_child"], childs["staff"], childs["template"]) == (True, "g-7", None)
        assert BO not in json.dumps(told), "whose guardian somebody is stands nowhere but in the table"
        acts = json.loads((await storebox(shop, "audit", "--json")).out)["acts"]
        assert [act["what"] for act in acts] == ["exported", "exported", "consented", "enrolled", "consented"]
        assert {act["by"] for act in acts[:2]} == {getpass.getuser()}, "who is at the control socket"
        assert ANNA not in json.dumps(acts)
        shown = (await storebox(shop, "audit", "--limit", "1")).out
        assert "exported" in shown
        assert "enrolled" not in shown


async def test_a_consent_is_taken_back_by_command(enrolled: Run) -> None:
    async with enrolled() as shop:
        ended = await storebox(shop, "withdraw", ANNA)
        assert (
            ended.out == "the consent is taken back and the template is deleted; within a minute the files have no byte of it\n"
        )
        assert (await storebox(shop, "count")).out == "0\n"
        for command in ("withdraw", "export"):
            refused = await storebox(shop, command, ANNA)
            assert (refused.code, refused.err) == (2, "nothing is kept of this member's face\n")


async def test_no_answer_has_the_template(enrolled: Run, browser: aiohttp.ClientSession) -> None:
    async with enrolled() as shop:
        for method, path in (
            ("GET", "/api/faces"),
            ("GET", "/api/faces/audit"),
            ("POST", f"/api/members/{ANNA}/face/export"),
            ("GET", "/api/events?limit=100"),
            ("GET", "/metrics"),
        ):
            async with browser.request(method, shop.url + path, headers=shop.origin) as answer:
                assert answer.status == 200, path
                assert b"canary" not in await answer.read()
