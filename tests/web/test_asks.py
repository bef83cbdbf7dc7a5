"""The buttons of the cards and the decisions about jobs, as forms that work without scripts."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import partial
from typing import TYPE_CHECKING, Any

import aiohttp
import pytest

from drivers.commands import Accepted, Answer, Done, Line, OpenDrawer, Print, Refused, Tare, Unknown
from edge.asking import Asker
from edge.shop.job_events import JobFinished
from edge.shop.jobs import find_job, newest_jobs
from edge.web.asks import Button, tell
from edge.web.words import load_words
from sync.disk import JournalUnavailable
from sync.entries import Entry, Happened
from sync.events import EventClass

if TYPE_CHECKING:
    from tests.web.conftest import Opens, Shop

JSON = {"Accept": "application/json"}
HTML = {"Accept": "text/html"}


async def form(
    shop: Shop, browser: aiohttp.ClientSession, path: str, wants: dict[str, str] = JSON, **fields: str
) -> tuple[int, Any]:
    """Send a form as a page does; the answer's status and JSON or text."""
    async with browser.post(shop.url + path, data=fields, headers={**shop.origin, **wants}, allow_redirects=False) as answer:
        return answer.status, await (answer.json(content_type=None) if wants is JSON else answer.text())


async def finish(shop: Shop, job: str, outcome: Any, detail: str = "silent") -> None:
    """The runner's answer to ``job``."""
    event = JobFinished(job=job, device="printer-1", command="print", outcome=outcome, detail=detail)
    entry = Entry(decide=Happened((event,)), event_class=EventClass.ORDER, at=datetime.now(UTC), monotonic_ms=0)
    await shop.view.journal.record(entry)


def show_printer(shop: Shop) -> None:
    shop.show("printer-1", kind="printer", driver="printer/escpos")


async def test_a_button_asks_and_the_answer_is_said(opens: Opens, browser: aiohttp.ClientSession) -> None:
    async with opens() as shop:
        shop.weigh("scale-1", 5)
        said = {"look": "good", "word": "Done", "detail": "Z A"}
        assert await form(shop, browser, "/devices/scale-1/ask", command="tare") == (200, said)
        assert shop.asked.commands == [("scale-1", Tare())]
        assert shop.asked.askers == [Asker(by="this machine", origin="page")]


async def test_without_scripts_the_answer_is_a_page(opens: Opens, browser: aiohttp.ClientSession) -> None:
    async with opens() as shop:
        shop.weigh("scale-1", 5)
        shop.asked.refuse = "the pan <moves>"
        status, html = await form(shop, browser, "/devices/scale-1/ask", HTML, command="tare")
        assert status == 200
        assert "Not done" in html
        assert "the pan &lt;moves&gt;" in html


async def test_a_drawer_is_opened_with_the_reason_that_was_typed(opens: Opens, browser: aiohttp.ClientSession) -> None:
    async with opens() as shop:
        show_printer(shop)
        assert (await form(shop, browser, "/devices/printer-1/ask", command="open-drawer", reason="change"))[0] == 200
        assert shop.asked.commands == [("printer-1", OpenDrawer(reason="change"))]


async def test_a_test_print_is_a_job(opens: Opens, browser: aiohttp.ClientSession) -> None:
    async with opens() as shop:
        show_printer(shop)
        status, said = await form(shop, browser, "/devices/printer-1/ask", command="print")
        assert (status, said["word"]) == (200, "Left as job")
        job = await shop.view.journal.query(partial(find_job, job=said["detail"]))
        assert job is not None
        assert (job.device, job.command, job.state, job.origin) == ("printer-1", "print", "queued", "page")
        assert '"Test print"' in job.content
        assert shop.asked.commands == []


async def test_a_device_is_opened_anew_by_a_button(opens: Opens, browser: aiohttp.ClientSession) -> None:
    async with opens() as shop:
        shop.weigh("scale-1", 5)
        assert (await form(shop, browser, "/devices/scale-1/ask", command="restart-device"))[0] == 200
        assert shop.asked.restarted == ["scale-1"]


WRONG_FORMS = (
    ({"command": "set-tare", "grams": "5.5"}, 400, "grams is a whole number, such as 250"),
    ({"command": "set-tare"}, 400, "grams is a whole number, such as 250"),
    ({"command": "pay", "amount_minor": "5"}, 400, "pay: Object missing required field `amount_minor`"),
    ({"command": "print"}, 409, "scale-1 cannot print; it can: tare, zero"),
)


async def test_a_form_that_cannot_be_says_why(opens: Opens, browser: aiohttp.ClientSession) -> None:
    async with opens() as shop:
        shop.weigh("scale-1", 5)
        for fields, status, detail in WRONG_FORMS:
            answered, said = await form(shop, browser, "/devices/scale-1/ask", JSON, **fields)
            assert (answered, said["detail"]) == (status, detail)
            assert shop.asked.commands == []


@pytest.mark.parametrize(
    ("answer", "look", "word"),
    [
        (Done(), "good", "Done"),
        (Accepted(detail="x"), "moving", "Taken, not proved yet"),
        (Refused(reason="x"), "warn", "Not done"),
        (Unknown(reason="x"), "bad", "Nobody can tell: look first"),
    ],
)
def test_each_answer_has_its_look(answer: Answer, look: str, word: str) -> None:
    told = tell(answer, load_words()["en"])
    assert (told.look, told.word) == (look, word)


async def test_a_card_has_the_buttons_that_its_driver_allows(opens: Opens) -> None:
    async with opens() as shop:
        shop.weigh("scale-1", 5)
        show_printer(shop)
        shop.show("odd-1", driver="no/such")
        restart = Button(command="restart-device")
        pages = next(route.handler.__self__ for route in shop.built.routes if route.path == "/")  # type: ignore[attr-defined]
        assert pages.asks.buttons() == {
            "scale-1": (Button(command="tare"), Button(command="zero"), restart),
            "printer-1": (Button(command="print"), Button(command="open-drawer", fields=("reason",)), restart),
            "odd-1": (restart,),
        }


async def test_jobs_are_left_and_listed_without_what_they_print(opens: Opens, browser: aiohttp.ClientSession) -> None:
    async with opens() as shop:
        show_printer(shop)
        body = {"command": "print", "blocks": [{"type": "line", "text": "SECRET"}]}
        async with browser.post(f"{shop.url}/api/devices/printer-1/jobs", json=body, headers=shop.origin) as answer:
            assert answer.status == 202
            job = (await answer.json())["job"]
        async with browser.get(f"{shop.url}/api/jobs") as answer:
            (listed,) = await answer.json()
        assert (listed["id"], listed["device"], listed["state"], listed["by"]) == (job, "printer-1", "queued", "this machine")
        assert "SECRET" not in str(listed)
        async with browser.post(f"{shop.url}/api/devices/printer-9/jobs", json=body, headers=shop.origin) as answer:
            assert answer.status == 404


async def test_a_person_decides_about_a_job_over_the_api(opens: Opens, browser: aiohttp.ClientSession) -> None:
    async with opens() as shop:
        show_printer(shop)
        job = await shop.view.jobs.leave("printer-1", Print(blocks=(Line(text="a"),)), Asker(by="t", origin="page"))
        await finish(shop, job, "unknown")
        async with browser.post(f"{shop.url}/api/jobs/{job}/again", headers=shop.origin) as answer:
            assert answer.status == 202
            again = (await answer.json())["job"]
        await finish(shop, again, "failed")
        async with browser.post(f"{shop.url}/api/jobs/{again}/dismiss", headers=shop.origin) as answer:
            assert answer.status == 204
        async with browser.post(f"{shop.url}/api/jobs/{again}/dismiss", headers=shop.origin) as answer:
            assert answer.status == 409
            assert (await answer.json())["detail"] == (
                f"job {again} is dismissed: only one that is unknown or failed waits for a person"
            )


async def test_a_person_decides_about_a_job_by_a_form(opens: Opens, browser: aiohttp.ClientSession) -> None:
    async with opens() as shop:
        show_printer(shop)
        for choice in ("again", "dismiss"):
            job = await shop.view.jobs.leave("printer-1", Print(blocks=(Line(text="a"),)), Asker(by="t", origin="page"))
            await finish(shop, job, "unknown")
            assert (await form(shop, browser, f"/jobs/{job}/{choice}", HTML))[0] == 303
        states = [job.state for job in await shop.view.journal.query(partial(newest_jobs, limit=9))]
        assert states == ["dismissed", "queued", "dismissed"]


async def test_a_job_that_cannot_be_written_down_is_not_left(
    opens: Opens, browser: aiohttp.ClientSession, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with opens() as shop:
        show_printer(shop)

        async def full(*_any: object) -> None:
            raise JournalUnavailable("the disk is full")

        monkeypatch.setattr(type(shop.view.jobs), "_record", full)
        assert await form(shop, browser, "/devices/printer-1/ask", command="print") == (
            503,
            {
                "type": "urn:storebox:problem:not-left",
                "title": "Service Unavailable",
                "status": 503,
                "detail": "not written down yet, try again: the disk is full",
            },
        )
