"""What is there and not used: for programs and on the page of a technician; recordings over HTTP."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from config.schema import Plugged
from edge.discovery.discovery import Discovery
from edge.recording import CannotRecord

if TYPE_CHECKING:
    import aiohttp

    from tests.web.conftest import Opens

PORT = "/dev/serial/by-id/usb-FTDI-if00-port0"
SERIAL = Discovery(what="serial", name="FTDI", address=PORT, kind="scale", lines={"driver": "…", "port": PORT})
PRINTER = Discovery(
    what="printer",
    name="EPSON",
    address="192.0.2.7:9100",
    kind="printer",
    lines={"driver": "printer/escpos", "address": "192.0.2.7:9100"},
)
WEB = Discovery(what="web", name="NAS", address="192.0.2.8:80")
SCALE = Plugged(driver="scale/mt-sics", settings=None)


async def test_programs_are_told_with_the_lines_that_would_use_each(opens: Opens, browser: aiohttp.ClientSession) -> None:
    async with opens(plugged={"scale-1": SCALE}) as shop:
        shop.asked.discovered = (SERIAL, PRINTER, WEB)
        async with browser.get(f"{shop.url}/api/discoveries") as answer:
            assert await answer.json() == [
                {
                    "what": "serial",
                    "name": "FTDI",
                    "address": PORT,
                    "settings": f'[device.scale-2]\ndriver = "…"\nport = "{PORT}"',
                    "probe": f"storebox probe {PORT}",
                },
                {
                    "what": "printer",
                    "name": "EPSON",
                    "address": "192.0.2.7:9100",
                    "settings": '[device.printer-1]\ndriver = "printer/escpos"\naddress = "192.0.2.7:9100"',
                    "probe": "",
                },
                {"what": "web", "name": "NAS", "address": "192.0.2.8:80", "settings": "", "probe": ""},
            ]


@pytest.mark.parametrize(("language", "heading"), [("en", "Seen but not configured: 2"), ("zh", "已发现但未配置：2")])
async def test_people_are_shown_lines_to_copy(language: str, heading: str, opens: Opens, browser: aiohttp.ClientSession) -> None:
    async with opens(language=language) as shop:
        shop.asked.discovered = (SERIAL, PRINTER)
        async with browser.get(shop.url) as answer:
            page = await answer.text()
    assert heading in page
    assert f"storebox probe {PORT}</code>" in page
    assert "[device.printer-1]\ndriver = &#34;printer/escpos&#34;\naddress = &#34;192.0.2.7:9100&#34;</pre>" in page


async def test_a_box_that_uses_all_shows_no_section(opens: Opens, browser: aiohttp.ClientSession) -> None:
    async with opens() as shop, browser.get(shop.url) as answer:
        assert 'id="discoveries" aria-labelledby="discoveries-title" hidden>' in await answer.text()


async def test_screens_are_not_told(opens: Opens, browser: aiohttp.ClientSession) -> None:
    async with opens(listen="192.0.2.1:80") as shop:
        token = await shop.token()
        for address in ("/api/discoveries", "/api/devices/scale-1/recording"):
            async with browser.get(f"{shop.url}{address}", headers=token) as answer:
                assert answer.status == 403


async def test_a_recording_comes_line_by_line(opens: Opens, browser: aiohttp.ClientSession) -> None:
    async with opens() as shop:
        shop.show("scale-1")
        async with browser.get(f"{shop.url}/api/devices/scale-1/recording?seconds=1") as answer:
            assert (answer.status, answer.content_type) == (200, "application/x-ndjson")
            assert json.loads(await answer.text()) == {"device": "scale-1"}


NOT_RECORDED = (
    ("scale-9/recording", 404, "no device is called 'scale-9'"),
    ("scale-1/recording?seconds=0", 400, "seconds is a number from 1 to 3600"),
    ("scale-1/recording?seconds=9999", 400, "seconds is a number from 1 to 3600"),
    ("scale-1/recording?seconds=x", 400, "seconds is a number from 1 to 3600"),
    ("scale-1/recording", 409, "scale-1 is a till"),
)


async def test_what_cannot_be_recorded_is_refused(opens: Opens, browser: aiohttp.ClientSession) -> None:
    async with opens() as shop:
        shop.show("scale-1")
        shop.asked.refuse = CannotRecord("scale-1 is a till")
        for address, status, detail in NOT_RECORDED:
            async with browser.get(f"{shop.url}/api/devices/{address}") as answer:
                assert (answer.status, (await answer.json())["detail"]) == (status, detail)
