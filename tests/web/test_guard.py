"""Attacks on the page from elsewhere: foreign origins, names that are not ours, paths that climb, bodies that never end."""

from __future__ import annotations

import asyncio
from itertools import product
from typing import TYPE_CHECKING

import aiohttp
import pytest

from edge.web import body
from edge.web.hosts import host_of, is_loopback, known_hosts, split_listen

if TYPE_CHECKING:
    from tests.web.conftest import Opens, Shop

LAN = "0.0.0.0:8080"
OUR_NAMES = ("localhost", "127.0.0.1", "[::1]", "LOCALHOST", "localhost.", "shop.example")
FOREIGN_NAMES = ("evil.example", "127.0.0.1.evil.example", "localhost.evil.example", "192.0.2.7", "box-1", "")


async def test_the_box_answers_to_its_names(opens: Opens, browser: aiohttp.ClientSession) -> None:
    async with opens(hosts=("shop.example:443",)) as shop:
        for name in OUR_NAMES:
            async with browser.get(f"{shop.url}/healthz", headers={"Host": f"{name}:8080"}) as answer:
                assert answer.status == 200, name


async def test_the_box_answers_to_no_other_name(opens: Opens, browser: aiohttp.ClientSession) -> None:
    paths = ("/", "/healthz", "/login", "/static/page.css", "/api/status", "/stream", "/no/such")
    async with opens() as shop:
        for path, name in product(paths, FOREIGN_NAMES):
            async with browser.get(shop.url + path, headers={"Host": name}) as answer:
                assert answer.status == 421, (path, name)
                assert (await answer.json())["detail"] == (
                    "this box does not go by that name; use its address, or add the name to allowed_hosts in [web]"
                )


async def test_a_request_with_two_names_or_none_is_refused(opens: Opens) -> None:
    async with opens() as shop:
        for headers in ("", "Host: localhost\r\nHost: evil.example\r\n"):
            answer = await raw(shop, f"GET /api/status HTTP/1.1\r\n{headers}Connection: close\r\n\r\n")
            assert answer.split()[1] in {b"421", b"400"}, answer


async def test_a_foreign_page_changes_nothing(opens: Opens, browser: aiohttp.ClientSession) -> None:
    order = {"command": "tare"}
    async with opens() as shop:
        shop.weigh("scale-1", 0)
        for origin in ("http://evil.example", "null", "http://127.0.0.1:1", "http://localhost", "", "file://"):
            async with browser.post(f"{shop.url}/api/devices/scale-1/commands", json=order, headers={"Origin": origin}) as answer:
                assert answer.status == 403, origin
                assert (await answer.json())["detail"] == "this change was asked for by another site's page; use the box's own"
        assert shop.asked.commands == []


async def test_a_foreign_page_cannot_log_anyone_in(opens: Opens, browser: aiohttp.ClientSession) -> None:
    async with opens(listen=LAN) as shop:
        assert await shop.log_in(browser, Origin="http://evil.example") == 403


async def test_a_change_without_an_origin_needs_a_token(opens: Opens, browser: aiohttp.ClientSession) -> None:
    async with opens() as shop, browser.post(f"{shop.url}/api/pairings", json={"name": "lane-1"}) as answer:
        assert answer.status == 403
        assert (await answer.json())["detail"] == (
            "a change must name its Origin; a program sends 'Origin: http://HOST:PORT', a token, or uses the control socket"
        )


CLIMBING = (
    "/static/../app.py",
    "/static/..%2fapp.py",
    "/static/%2e%2e/app.py",
    "/static/....//app.py",
    "/static/%2fetc%2fpasswd",
    "/static//etc/passwd",
    "/static/page.css%00.js",
    "/static/..%5capp.py",
    "/static/",
    "/static/words.en.toml",
)


async def test_no_path_climbs_out_of_the_static_files(opens: Opens) -> None:
    async with opens() as shop:
        for path in CLIMBING:
            answer = await raw(shop, f"GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
            assert answer.startswith((b"HTTP/1.1 404", b"HTTP/1.1 400")), (path, answer)


async def test_static_files_are_kept_by_the_browser_as_long_as_they_are_the_same(
    opens: Opens, browser: aiohttp.ClientSession
) -> None:
    async with opens() as shop:
        async with browser.get(f"{shop.url}/static/page.css") as answer:
            assert answer.headers["Cache-Control"] == "no-cache"
            assert answer.content_type == "text/css"
        async with browser.get(shop.url) as page:
            address = (await page.text()).partition('rel="stylesheet" href="')[2].partition('"')[0]
        async with browser.get(shop.url + address) as answer:
            assert answer.headers["Cache-Control"] == "public, max-age=31536000, immutable"


async def test_a_body_that_is_too_large_is_refused(opens: Opens, browser: aiohttp.ClientSession) -> None:
    async with opens() as shop, browser.post(f"{shop.url}/api/pairings", data=b" " * 200_000, headers=shop.origin) as answer:
        assert answer.status == 413
        assert (await answer.json())["detail"] == "the body is larger than 16384 bytes; send less"


async def test_a_body_that_never_ends_is_refused(opens: Opens, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(body, "DEADLINE_S", 0.05)
    async with opens() as shop:
        answer = await raw(
            shop,
            "POST /api/pairings HTTP/1.1\r\nHost: localhost\r\nOrigin: http://localhost\r\n"
            "Content-Length: 100\r\nConnection: close\r\n\r\n{",
        )
        assert answer.startswith(b"HTTP/1.1 408")
        assert b"the body did not arrive within 0 s" in answer


WRONG_BODIES = (
    (b"{", "the body is not what this address takes: Input data was truncated"),
    (b"\xff", "the body is not what this address takes: "),
    (b'{"name": 7}', "the body is not what this address takes: Expected `str`, got `int` - at `$.name`"),
    (b'{"name": "a", "colour": 1}', "the body is not what this address takes: Object contains unknown field `colour`"),
)


async def test_a_body_that_is_not_what_it_should_be_is_told_where(opens: Opens, browser: aiohttp.ClientSession) -> None:
    async with opens() as shop:
        for sent, problem in WRONG_BODIES:
            async with browser.post(f"{shop.url}/api/pairings", data=sent, headers=shop.origin) as answer:
                assert answer.status == 400, sent
                assert (await answer.json())["detail"].startswith(problem)


async def test_a_form_that_cannot_be_read_is_refused(opens: Opens, browser: aiohttp.ClientSession) -> None:
    async with opens(listen=LAN) as shop:
        for form in (b"password=%ff%fe", b"&".join(b"a%d=1" % number for number in range(20))):
            async with browser.post(f"{shop.url}/login", data=form, headers=shop.origin) as answer:
                assert answer.status == 400, form
                assert (await answer.json())["detail"].startswith("the form cannot be read: ")


async def test_what_is_not_there_is_told_in_the_form_that_was_asked_for(opens: Opens, browser: aiohttp.ClientSession) -> None:
    async with opens() as shop:
        async with browser.get(f"{shop.url}/no/such") as answer:
            assert (answer.status, answer.content_type) == (404, "application/problem+json")
            assert (await answer.json())["detail"] == "there is nothing at this address"
        async with browser.get(f"{shop.url}/no/such", headers={"Accept": "text/html"}) as answer:
            assert (answer.status, answer.content_type) == (404, "text/html")
            assert "there is nothing at this address" in await answer.text()
        async with browser.get(f"{shop.url}/api/tokens") as answer:
            assert answer.status == 405
            assert (await answer.json())["detail"] == "GET is not possible here; try POST"


async def test_every_answer_carries_the_security_headers(opens: Opens, browser: aiohttp.ClientSession) -> None:
    async with opens(listen=LAN) as shop:
        for path in ("/", "/healthz", "/api/status", "/no/such", "/static/page.js", "/login"):
            async with browser.get(shop.url + path) as answer:
                policy = answer.headers["Content-Security-Policy"]
                assert "default-src 'none'" in policy, path
                assert "frame-ancestors 'none'" in policy, path
                assert "unsafe" not in policy, path
                assert answer.headers["X-Content-Type-Options"] == "nosniff", path
                assert answer.headers["Referrer-Policy"] == "same-origin", path
                assert answer.headers["Server"] == "storebox", path


def test_the_names_of_a_box() -> None:
    assert {"localhost", "127.0.0.1", "::1", "192.0.2.1", "shop.example"} <= known_hosts("192.0.2.1:80", ["Shop.example:443"])


@pytest.mark.parametrize(("netloc", "host"), [("a.B:80", "a.b"), ("[::1]:80", "::1"), ("[fe80::1]", "fe80::1"), ("a.", "a")])
def test_the_host_in_a_netloc(netloc: str, host: str) -> None:
    assert host_of(netloc) == host


@pytest.mark.parametrize(
    ("address", "loopback"),
    [
        ("127.0.0.1", True),
        ("127.9.9.9", True),
        ("::1", True),
        ("::ffff:127.0.0.1", True),
        ("192.0.2.1", False),
        ("::", False),
        ("", False),
    ],
)
def test_what_is_loopback(address: str, loopback: bool) -> None:
    assert is_loopback(address) is loopback


def test_a_listen_address_is_split() -> None:
    assert split_listen("[::1]:8080") == ("::1", 8080)


async def raw(shop: Shop, request: str) -> bytes:
    """What the box answers to exactly these bytes."""
    host, port = shop.url.removeprefix("http://").split(":")
    async with asyncio.timeout(30):
        reader, writer = await asyncio.open_connection(host, int(port))
        writer.write(request.encode())
        answer = await reader.read()
        writer.close()
        await writer.wait_closed()
        return answer
