"""Screens and tills: a code that works once, a token that is kept as a digest, listed and taken back."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import aiohttp
import pytest

from edge.web.pairing import MOST_CODES, Pairings, PairingsDamaged

if TYPE_CHECKING:
    from tests.web.conftest import Opens, Shop

LAN = "0.0.0.0:8080"
WRONG = "this code is wrong, used or over; ask a technician for a new one"


async def exchange(shop: Shop, screen: aiohttp.ClientSession, code: str) -> tuple[int, dict[str, str]]:
    async with screen.post(f"{shop.url}/api/tokens", json={"code": code}) as answer:
        return answer.status, await answer.json()


async def code_for(shop: Shop, technician: aiohttp.ClientSession, name: str = "lane-1") -> str:
    await shop.log_in(technician)
    async with technician.post(f"{shop.url}/api/pairings", json={"name": name}, headers=shop.origin) as answer:
        assert answer.status == 201
        offer = await answer.json()
        assert (offer["name"], offer["role"], offer["expires_in_s"]) == (name, "screen", 600)
        return str(offer["code"])


async def test_a_code_buys_a_token_once(opens: Opens, browser: aiohttp.ClientSession) -> None:
    async with opens(listen=LAN) as shop, aiohttp.ClientSession() as screen:
        code = await code_for(shop, browser)
        status, bought = await exchange(shop, screen, code)
        assert (status, bought["name"], bought["role"]) == (201, "lane-1", "screen")
        async with screen.get(f"{shop.url}/api/devices", headers={"Authorization": f"Bearer {bought['token']}"}) as answer:
            assert answer.status == 200
        status, refused = await exchange(shop, screen, code)
        assert (status, refused["detail"]) == (403, WRONG)


async def test_a_code_is_over_after_ten_minutes(opens: Opens, browser: aiohttp.ClientSession) -> None:
    async with opens(listen=LAN) as shop, aiohttp.ClientSession() as screen:
        code = await code_for(shop, browser)
        shop.asked.clock.now += 601
        assert (await exchange(shop, screen, code))[0] == 403


async def test_a_code_may_be_typed_as_it_is_read(opens: Opens, browser: aiohttp.ClientSession) -> None:
    async with opens(listen=LAN) as shop, aiohttp.ClientSession() as screen:
        code = await code_for(shop, browser)
        assert (await exchange(shop, screen, f" {code[:4]}-{code[4:]} ".lower()))[0] == 201


async def test_a_wrong_code_buys_nothing(opens: Opens) -> None:
    async with opens(listen=LAN) as shop, aiohttp.ClientSession() as screen:
        for code in ("", "AAAAAAAA", "é", "0"):
            assert (await exchange(shop, screen, code))[0] == 403, code


async def test_tokens_survive_a_restart_and_are_kept_as_digests(
    opens: Opens, browser: aiohttp.ClientSession, tmp_path: Path
) -> None:
    async with opens(listen=LAN) as shop, aiohttp.ClientSession() as screen:
        bought = (await exchange(shop, screen, await code_for(shop, browser)))[1]
    kept = tmp_path / "web-pairings.json"
    assert bought["token"] not in kept.read_text()
    assert kept.stat().st_mode & 0o777 == 0o600
    pairings = Pairings(path=kept)
    await pairings.load()
    found = pairings.of_token(bought["token"])
    assert found is not None
    assert found.name == "lane-1"


async def test_a_token_is_listed_and_taken_back(opens: Opens, browser: aiohttp.ClientSession) -> None:
    async with opens(listen=LAN) as shop, aiohttp.ClientSession() as screen:
        bought = (await exchange(shop, screen, await code_for(shop, browser)))[1]
        async with browser.get(f"{shop.url}/api/pairings") as answer:
            (listed,) = await answer.json()
            assert set(listed) == {"id", "name", "role", "paired_at"}
        async with browser.delete(f"{shop.url}/api/pairings/{listed['id']}", headers=shop.origin) as answer:
            assert answer.status == 204
        async with screen.get(f"{shop.url}/api/devices", headers={"Authorization": f"Bearer {bought['token']}"}) as answer:
            assert answer.status == 401
        async with browser.delete(f"{shop.url}/api/pairings/{listed['id']}", headers=shop.origin) as answer:
            assert answer.status == 404
            assert (await answer.json())["detail"] == "no screen or till is paired under this id; list them at /api/pairings"


async def test_a_name_that_cannot_be_is_refused(opens: Opens, browser: aiohttp.ClientSession) -> None:
    told = "a name has 1 to 32 small letters, digits and hyphens, for example lane-1"
    async with opens() as shop:
        for name in ("", "Lane 1", "a" * 33, "../x", "<b>"):
            async with browser.post(f"{shop.url}/api/pairings", json={"name": name}, headers=shop.origin) as answer:
                assert (answer.status, (await answer.json())["detail"]) == (422, told), name


async def test_a_role_that_cannot_be_is_refused(opens: Opens, browser: aiohttp.ClientSession) -> None:
    async with opens() as shop:
        form = {"name": "lane-1", "role": "manager"}
        async with browser.post(f"{shop.url}/pair", data=form, headers=shop.origin) as answer:
            assert answer.status == 422
            assert (await answer.json())["detail"] == "role is screen, device or staff"


async def test_the_page_pairs_and_takes_back_without_a_script(opens: Opens, browser: aiohttp.ClientSession) -> None:
    async with opens() as shop:
        form = {"name": "till-1", "role": "device"}
        async with browser.post(f"{shop.url}/pair", data=form, headers=shop.origin) as answer:
            assert "Code for till-1" in await answer.text()
        await shop.token("till-2", "device")
        (listed,) = shop.built.locks.pairings.listed()
        address = f"{shop.url}/pair/{listed.id}/revoke"
        async with browser.post(address, headers=shop.origin, allow_redirects=False) as answer:
            assert (answer.status, answer.headers["Location"]) == (303, "/pair")
        assert shop.built.locks.pairings.listed() == []


async def test_a_damaged_file_is_told_with_the_way_out(tmp_path: Path) -> None:
    path = tmp_path / "web-pairings.json"
    path.write_text("[{")
    with pytest.raises(PairingsDamaged, match="remove it and pair the screens again"):
        await Pairings(path=path).load()


async def test_codes_do_not_pile_up(tmp_path: Path) -> None:
    pairings = Pairings(path=tmp_path / "none", clock=lambda: 0.0)
    await pairings.load()
    codes = {pairings.offer(f"lane-{number}", "screen").code for number in range(100)}
    assert len(codes) == 100
    assert len(pairings._offers) == MOST_CODES
