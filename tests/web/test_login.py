"""Logging in: the first password, the cookie, fixation, ten thousand guesses, and a password that is changed."""

from __future__ import annotations

from http.cookies import SimpleCookie
from pathlib import Path
from typing import TYPE_CHECKING

import aiohttp
import pytest

from edge.web.callers import SESSION_COOKIE
from edge.web.password import Password, PasswordDamaged, PasswordUnfit, fresh_password

if TYPE_CHECKING:
    from tests.web.conftest import Opens, Shop

LAN = "0.0.0.0:8080"


async def status_of(shop: Shop, browser: aiohttp.ClientSession) -> int:
    async with browser.get(f"{shop.url}/api/status") as answer:
        return answer.status


async def test_the_first_password_is_printed_once_and_opens(opens: Opens, browser: aiohttp.ClientSession) -> None:
    async with opens(listen=LAN) as shop:
        assert await shop.log_in(browser) == 303
        assert await status_of(shop, browser) == 200
    async with opens(listen=LAN) as again:
        assert again.asked.announced == []


@pytest.mark.usefixtures("shipped_passwords")
async def test_the_password_is_kept_as_argon2id_and_for_the_box_alone(opens: Opens, tmp_path: Path) -> None:
    async with opens(listen=LAN) as shop:
        kept = tmp_path / "web-password"
        assert kept.read_text().startswith("$argon2id$v=19$m=19456,t=2,p=1$")
        assert shop.password not in kept.read_text()
        assert kept.stat().st_mode & 0o777 == 0o600


async def test_a_wrong_password_says_so_in_the_readers_language(opens: Opens, browser: aiohttp.ClientSession) -> None:
    async with opens(listen=LAN, language="zh") as shop:
        for language, mistake in (("zh", "密码不正确。"), ("en", "That is not the password.")):
            address = f"{shop.url}/login?language={language}"
            async with browser.post(address, data={"password": "guess"}, headers=shop.origin) as answer:
                assert answer.status == 401
                assert mistake in await answer.text()
        assert await status_of(shop, browser) == 401


async def test_no_script_and_no_other_site_gets_the_session_cookie(opens: Opens, browser: aiohttp.ClientSession) -> None:
    async with (
        opens(listen=LAN) as shop,
        browser.post(f"{shop.url}/login", data={"password": shop.password}, headers=shop.origin, allow_redirects=False) as answer,
    ):
        cookie = SimpleCookie(answer.headers["Set-Cookie"])[SESSION_COOKIE]
        assert cookie["httponly"]
        assert cookie["samesite"] == "Strict"
        assert cookie["path"] == "/"
        assert cookie["max-age"] == "43200"
        assert len(cookie.value) >= 43  # 256 bits in base64


async def test_a_planted_session_is_not_taken_over(opens: Opens, browser: aiohttp.ClientSession) -> None:
    async with opens(listen=LAN) as shop:
        browser.cookie_jar.update_cookies({SESSION_COOKIE: "planted-by-someone"})
        assert await shop.log_in(browser) == 303
        async with aiohttp.ClientSession(cookies={SESSION_COOKIE: "planted-by-someone"}) as thief:
            assert await status_of(shop, thief) == 401
        assert await status_of(shop, browser) == 200


async def test_logging_in_again_ends_the_session_before(opens: Opens, browser: aiohttp.ClientSession) -> None:
    async with opens(listen=LAN) as shop:
        await shop.log_in(browser)
        before = {cookie.key: cookie.value for cookie in browser.cookie_jar}
        await shop.log_in(browser)
        async with aiohttp.ClientSession(cookies=before) as thief:
            assert await status_of(shop, thief) == 401


async def test_a_session_ends_after_twelve_hours(opens: Opens, browser: aiohttp.ClientSession) -> None:
    async with opens(listen=LAN) as shop:
        await shop.log_in(browser)
        shop.asked.clock.now += 12 * 3600 - 1
        assert await status_of(shop, browser) == 200
        shop.asked.clock.now += 2
        assert await status_of(shop, browser) == 401


async def test_logging_out_ends_the_session_at_the_box(opens: Opens, browser: aiohttp.ClientSession) -> None:
    async with opens(listen=LAN) as shop:
        await shop.log_in(browser)
        kept = {cookie.key: cookie.value for cookie in browser.cookie_jar}
        async with browser.post(f"{shop.url}/logout", headers=shop.origin, allow_redirects=False) as answer:
            assert (answer.status, answer.headers["Location"]) == (303, "/login")
        async with aiohttp.ClientSession(cookies=kept) as thief:
            assert await status_of(shop, thief) == 401


async def test_of_ten_thousand_guesses_twenty_are_checked(opens: Opens, browser: aiohttp.ClientSession) -> None:
    async with opens(listen=LAN) as shop:
        answers = [await shop.log_in(browser, f"guess number {number}") for number in range(40)]
        assert answers == [401] * 20 + [429] * 20
        assert await shop.log_in(browser) == 429  # the right one too: it is not even looked at
        guesses = shop.built.locks.guesses
        assert sum(guesses.wait_s("192.0.2.7") == 0 for _ in range(10_000)) == 20
        assert guesses.wait_s("192.0.2.8") == 0  # others are not locked out
        shop.asked.clock.now += 3600
        assert await shop.log_in(browser) == 303


async def test_a_guesser_is_told_how_long_to_wait(opens: Opens, browser: aiohttp.ClientSession) -> None:
    async with opens(listen=LAN) as shop:
        for _ in range(20):
            shop.built.locks.guesses.wait_s("127.0.0.1")
        async with browser.post(f"{shop.url}/login", data={"password": "guess"}, headers=shop.origin) as answer:
            assert answer.headers["Retry-After"] == "3600"
            assert "Too many tries from this address. Wait 60 min and try again." in await answer.text()
        async with browser.post(f"{shop.url}/api/tokens", json={"code": "AAAAAAAA"}, headers=shop.origin) as answer:
            assert answer.status == 429
            assert (await answer.json())["detail"] == "too many guesses from this address; wait 60 min"


async def test_whoever_logs_in_often_is_not_locked_out(opens: Opens, browser: aiohttp.ClientSession) -> None:
    async with opens(listen=LAN) as shop:
        assert {await shop.log_in(browser) for _ in range(25)} == {303}


async def test_a_new_password_logs_everyone_out(opens: Opens, browser: aiohttp.ClientSession) -> None:
    async with opens(listen=LAN) as shop:
        await shop.log_in(browser)
        change = {"current": shop.password, "new": "a new long password"}
        async with browser.post(f"{shop.url}/api/password", json=change, headers=shop.origin) as answer:
            assert answer.status == 204
        assert await status_of(shop, browser) == 401
        assert await shop.log_in(browser) == 401
        assert await shop.log_in(browser, "a new long password") == 303


async def test_a_new_password_needs_the_current_one(opens: Opens, browser: aiohttp.ClientSession) -> None:
    async with opens(listen=LAN) as shop:
        await shop.log_in(browser)
        change = {"current": "wrong", "new": "a new long password"}
        async with browser.post(f"{shop.url}/api/password", json=change, headers=shop.origin) as answer:
            assert answer.status == 403
            assert (await answer.json())["detail"] == "the current password is wrong; nothing was changed"
        assert await status_of(shop, browser) == 200


async def test_a_short_password_is_refused(opens: Opens, browser: aiohttp.ClientSession) -> None:
    async with opens() as shop, browser.post(f"{shop.url}/api/password", json={"new": "short"}, headers=shop.origin) as answer:
        assert answer.status == 422
        assert (await answer.json())["detail"] == "a password has 12 to 128 characters; this one has 5"


async def test_a_damaged_password_file_is_told_with_the_way_out(tmp_path: Path) -> None:
    password = Password(tmp_path / "web-password")
    password.path.write_text("not a hash")
    with pytest.raises(PasswordDamaged, match="cannot be read as a password; remove it and restart the box to get a new one"):
        await password.is_right("anything at all")


async def test_an_endless_guess_is_not_hashed(tmp_path: Path) -> None:
    assert not await Password(tmp_path / "no such file").is_right("x" * 129)


async def test_an_unfit_password_leaves_the_old_one(tmp_path: Path) -> None:
    password = Password(tmp_path / "web-password")
    first = await password.make_if_missing()
    assert first is not None
    with pytest.raises(PasswordUnfit):
        await password.change("x" * 129)
    assert await password.is_right(first)


def test_no_two_boxes_have_one_password() -> None:
    assert len({fresh_password() for _ in range(100)}) == 100
