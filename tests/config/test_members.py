"""By which form a member code is told from a phone is a setting, and a form that cannot be is a mistake with its line."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from config.load import load
from config.mistakes import SettingsError


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ('phone = "0[67"', "members.phone: '0[67' is no regular expression: unterminated character set at position 1"),
        ('dynamic = "[0-9]{8}"', "members.dynamic: it must name the two parts of a code: (?P<member>...) and (?P<otp>...)"),
        ('phone_country = "+86"', "members.phone_country: is not written as the pattern ^[1-9][0-9]{0,3}$ asks"),
    ],
)
def test_a_form_that_cannot_be_is_named(settings_file: Callable[[str], Path], line: str, told: str) -> None:
    path = settings_file(f"[members]\n{line}\n")
    with pytest.raises(SettingsError) as caught:
        load(path, {})
    assert str(caught.value).replace(str(path), "").removeprefix(":2: ") == told
