"""Every route names its role, and a stranger gets nothing but the door."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import aiohttp
import pytest

from edge.web.roles import Caller, Role, covers

if TYPE_CHECKING:
    from tests.web.conftest import Opens, Shop

LAN = "0.0.0.0:8080"
OPEN_TO_ALL = {
    ("GET", "/healthz"),
    ("GET", "/readyz"),
    ("GET", "/static/{name}"),
    ("GET", "/login"),
    ("POST", "/login"),
    ("GET", "/screen"),
    ("POST", "/screen"),
    ("POST", "/api/tokens"),
    ("GET", "/goods/{code}"),
    ("GET", "/look/{token}"),
    ("GET", "/look/{token}/picture"),
}


def addresses(shop: Shop) -> set[tuple[str, str]]:
    """Every method and path that aiohttp's router answers."""
    return {(route.method, route.resource.canonical) for route in shop.built.app().router.routes() if route.resource}


async def test_every_route_names_its_role(opens: Opens) -> None:
    async with opens() as shop:
        named = {(route.method, route.path): route.role for route in shop.built.routes}
        assert addresses(shop) == set(named)
        assert {address for address, role in named.items() if role is Role.PUBLIC} == OPEN_TO_ALL


async def test_a_stranger_is_let_in_nowhere_but_at_the_door(opens: Opens, browser: aiohttp.ClientSession) -> None:
    async with opens(listen=LAN) as shop:
        refused = {}
        for method, path in addresses(shop) - OPEN_TO_ALL - {("GET", "/metrics")}:
            async with browser.request(method, shop.url + re.sub(r"{\w+}", "scale-1", path), headers=shop.origin) as answer:
                refused[method, path] = answer.status
        assert refused
        assert set(refused.values()) == {401}, refused


async def test_no_route_that_changes_anything_hears_another_site(opens: Opens, browser: aiohttp.ClientSession) -> None:
    async with opens() as shop:
        told = {}
        for method, path in addresses(shop):
            for origin in () if method in {"GET", "HEAD"} else ("http://evil.example", "null", None):
                headers = {} if origin is None else {"Origin": origin}
                async with browser.request(method, shop.url + re.sub(r"{\w+}", "scale-1", path), headers=headers) as answer:
                    told[method, path, origin] = (answer.status, (await answer.json(content_type=None) or {}).get("type"))
        assert len(told) > 100
        kinds = {"urn:storebox:problem:foreign-origin", "urn:storebox:problem:no-origin"}
        assert {each: said for each, said in told.items() if said[0] != 403 or said[1] not in kinds} == {}


async def test_a_stranger_sees_the_login_in_place_of_the_page(opens: Opens, browser: aiohttp.ClientSession) -> None:
    async with opens(listen=LAN) as shop, browser.get(shop.url, headers={"Accept": "text/html"}) as answer:
        assert answer.status == 401
        assert 'action="/login"' in await answer.text()


async def test_a_refusal_says_what_to_do(opens: Opens, browser: aiohttp.ClientSession) -> None:
    async with opens(listen=LAN) as shop, browser.get(f"{shop.url}/api/status") as answer:
        assert answer.content_type == "application/problem+json"
        assert await answer.json() == {
            "type": "urn:storebox:problem:login-needed",
            "title": "Unauthorized",
            "status": 401,
            "detail": "log in at /login, or send a paired token",
        }


async def test_a_screen_is_told_of_devices_and_of_nothing_else(opens: Opens, browser: aiohttp.ClientSession) -> None:
    async with opens(listen=LAN) as shop:
        screen = await shop.token()
        allowed = set()
        for method, path in addresses(shop) - OPEN_TO_ALL:
            async with browser.request(method, shop.url + re.sub(r"{\w+}", "scale-1", path), headers=screen) as answer:
                if answer.status not in {401, 403}:
                    allowed.add(path)
        assert allowed == {
            "/api/devices",
            "/api/catalogue",
            "/api/joins",
            "/stream",
            "/mirror/{id}",
            "/mirror/{id}/pictures",
            "/mirror/{id}/wire",
            "/shelf/{id}",
            "/shelf/{id}/mirrors",
            "/shelf/{id}/stream",
            "/api/shelves/{id}/member",
            "/lane/{id}",
            "/api/lanes/{id}",
            "/api/lanes/{id}/stream",
            "/api/lanes/{id}/goods",
            "/api/lanes/{id}/card",
            "/api/lanes/{id}/back",
            "/api/lanes/{id}/remove",
            "/api/lanes/{id}/pay",
            "/api/lanes/{id}/stop",
            "/api/lanes/{id}/call",
            "/api/lanes/{id}/leave",
            "/api/lanes/{id}/member",
            "/api/lanes/{id}/points",
            "/api/lanes/{id}/balance",
            "/api/lanes/{id}/coupon",
            "/api/lanes/{id}/coupon-off",
            "/api/lanes/{id}/join",
            "/api/lanes/{id}/forget",
            "/api/mirrors/{id}/member",
            "/api/mirrors/{id}/take-home",
            "/kiosk/{id}",
            "/kiosk/{id}/pictures",
            "/api/kiosks/{id}",
            "/api/kiosks/{id}/member",
            "/api/kiosks/{id}/end",
            "/api/kiosks/{id}/consent",
            "/api/kiosks/{id}/guardian",
            "/api/kiosks/{id}/badge",
            "/api/kiosks/{id}/enrol",
            "/api/kiosks/{id}/withdraw",
            "/api/kiosks/{id}/forget",
            "/api/places/{id}/face",
            "/api/places/{id}/attempts/{request}",
            "/api/places/{id}/attempts/{request}/cancel",
        }


async def test_a_till_is_no_screen(opens: Opens, browser: aiohttp.ClientSession) -> None:
    async with (
        opens(listen=LAN) as shop,
        browser.get(f"{shop.url}/api/devices", headers=await shop.token("till-1", "device")) as answer,
    ):
        assert answer.status == 403
        assert (await answer.json())["detail"] == "this needs the role screen; till-1 is device"


async def test_a_token_that_was_not_given_out_is_refused(opens: Opens, browser: aiohttp.ClientSession) -> None:
    async with opens() as shop:
        for header in ("Bearer made-up", "Basic dXNlcjpwYXNz", "Bearer "):
            async with browser.get(f"{shop.url}/api/devices", headers={"Authorization": header}) as answer:
                assert answer.status == 401
                assert (await answer.json())["detail"] == "this token is not known here; pair the screen or till again"


async def test_on_a_loopback_address_nobody_logs_in(opens: Opens, browser: aiohttp.ClientSession) -> None:
    async with opens() as shop:
        assert shop.asked.announced == []
        async with browser.get(f"{shop.url}/api/status") as answer:
            assert answer.status == 200
        async with browser.get(f"{shop.url}/login", allow_redirects=False) as answer:
            assert (answer.status, answer.headers["Location"]) == (303, "/")


async def test_the_control_socket_is_the_technician(opens: Opens) -> None:
    async with (
        opens(listen=LAN, control=True) as shop,
        aiohttp.ClientSession(connector=aiohttp.UnixConnector(str(shop.control))) as control,
        control.post("http://storebox/api/pairings", json={"name": "lane-1"}) as answer,
    ):
        assert answer.status == 201
        assert shop.control.stat().st_mode & 0o777 == 0o660


async def test_metrics_are_for_the_box_itself(opens: Opens, browser: aiohttp.ClientSession) -> None:
    async with opens(listen=LAN, hosts=("shop.example",)) as shop:
        async with browser.get(f"{shop.url}/metrics") as answer:
            assert answer.status == 200
            assert "storebox_journal_queued" in await answer.text()
        # a proxy on the box calls from loopback too, but for someone else
        async with browser.get(f"{shop.url}/metrics", headers={"Host": "shop.example"}) as answer:
            assert answer.status == 401


@pytest.mark.parametrize("header", ["X-Forwarded-For", "Forwarded", "X-Real-IP"])
async def test_a_proxy_opens_a_loopback_page_to_nobody(opens: Opens, browser: aiohttp.ClientSession, header: str) -> None:
    async with opens() as shop, browser.get(f"{shop.url}/api/status", headers={header: "192.0.2.7"}) as answer:
        assert answer.status == 403
        assert (await answer.json())["detail"] == (
            "a proxy forwards to a page that is for this machine only; put the proxy's name into allowed_hosts in [web]"
        )


async def test_behind_a_named_proxy_everyone_logs_in(opens: Opens, browser: aiohttp.ClientSession) -> None:
    async with opens(hosts=("shop.example",)) as shop:
        for host in ("shop.example", "localhost"):
            async with browser.get(f"{shop.url}/api/status", headers={"Host": host}) as answer:
                assert answer.status == 401
        assert await shop.log_in(browser) == 303


@pytest.mark.parametrize("role", Role)
def test_every_role_covers_itself_and_the_public(role: Role) -> None:
    assert {role, Role.PUBLIC} <= covers(role)


def test_nobody_but_a_device_acts_as_one() -> None:
    assert [role for role in Role if Role.DEVICE in covers(role)] == [Role.DEVICE]


def test_staff_do_not_act_as_technicians() -> None:
    assert not Caller(role=Role.STAFF, name="till 1").may(Role.TECHNICIAN)
    assert Caller(role=Role.MANAGER, name="manager").may(Role.TECHNICIAN)
