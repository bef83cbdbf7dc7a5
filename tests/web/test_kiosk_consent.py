"""What is agreed to at a kiosk: by who stands there, for as long as it is not taken back."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

import aiohttp
import pytest

from edge.shop.faces.consent import withdraw_consent
from tests.web.at_kiosk import at_kiosk

if TYPE_CHECKING:
    from pathlib import Path

    from tests.web.conftest import Opens


@pytest.fixture
def stands(opens: Opens, tmp_path: Path, browser: aiohttp.ClientSession) -> Any:
    """``async with stands() as kiosk``."""
    return partial(at_kiosk, opens, browser, tmp_path)


async def test_a_consent_that_was_taken_back_enrols_nobody_however_it_is_sent_again(stands: Any) -> None:
    async with stands() as kiosk:
        await kiosk.come()
        await kiosk.agree()
        await kiosk.ask("withdraw", visit=kiosk.visit, id="w-1")
        await kiosk.agree()  # the very same words, which were obeyed once
        assert (await kiosk.ask("enrol", visit=kiosk.visit))[0] == "consent-first"
        await kiosk.agree(id="w-anew")
        desk = kiosk.shop.view.desk
        await desk.decide(withdraw_consent("m-0001", "", "technician"), place="cli", asked="withdraw")
        assert (await kiosk.ask("enrol", visit=kiosk.visit))[0] == "consent-first"
        assert kiosk.faces.begun == [], "no face is looked at without consent"


async def test_nobody_agrees_for_a_member_from_elsewhere(stands: Any) -> None:
    async with stands() as kiosk:
        await kiosk.come()
        kiosk.key = await kiosk.shop.token("g-17", "staff")
        told = ("not-the-kiosk", "a member agrees and is enrolled at kiosk-1 itself; invite them there on the staff page")
        assert await kiosk.agree() == told
        assert await kiosk.ask("guardian", visit=kiosk.visit, code="13900139000", agreed=True) == told
        assert await kiosk.ask("enrol", visit=kiosk.visit) == told
        assert await kiosk.rows("face_consents") == 0
