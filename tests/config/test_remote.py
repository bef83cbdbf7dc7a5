"""Headquarters may say how the shop works; whoever stands in front of the box has the last word."""

from __future__ import annotations

import pytest

from config.mistakes import SettingsError
from config.remote import SAYABLE, over, overruled, read_remote
from config.schema import Insight, Pickup, Settings


def mistakes(content: str) -> dict[str, str]:
    """What is wrong with it, by key."""
    with pytest.raises(SettingsError) as error:
        read_remote(content)
    return {each.key: each.problem + (f"; {each.hint}" if each.hint else "") for each in error.value.mistakes}


def test_headquarters_counts_before_the_default_and_the_file_before_headquarters() -> None:
    said = read_remote('{"pickup": {"sla_minutes": 20, "keep_hours": 72}, "insight": {"slow_days_of": {"tea": 90}}}')
    written = Settings(pickup=Pickup(sla_minutes=40, printer="printer-1"))
    used = over(written, said)
    assert used.pickup == Pickup(sla_minutes=40, keep_hours=72, printer="printer-1")
    assert used.insight == Insight(slow_days_of={"tea": 90})
    assert overruled(written, said) == ("pickup.sla_minutes",)
    assert over(written, read_remote("{}")) == written


def test_what_the_file_says_alike_is_not_overruled() -> None:
    assert overruled(Settings(pickup=Pickup(keep_hours=72)), read_remote('{"pickup": {"keep_hours": 72}}')) == ()


def test_all_mistakes_are_told_at_once() -> None:
    found = mistakes(
        '{"pickup": {"sla_minutes": 0, "accept": "Auto", "keep": 1}, "members": {"phone": "(", "dynamic": "x"}, "kitchn": {},'
        ' "insight": {"slow_days_of": {"tea": "9"}}}'
    )
    assert found == {
        "pickup.sla_minutes": "0 is too small: at least 1",
        "pickup.accept": '"Auto" is not "auto" or "staff"; did you mean "auto"?',
        "pickup.keep": "unknown setting; this table knows accept, keep_hours, sla_minutes",
        "members.phone": "is set on the box only; headquarters may say phone_country, keep_seen_days",
        "members.dynamic": "is set on the box only; headquarters may say phone_country, keep_seen_days",
        "kitchn": 'unknown setting; did you mean "kitchen"?',
        "insight.slow_days_of.tea": "must be a whole number without quotes",
    }


def test_what_is_plugged_in_and_who_gets_in_is_the_boxs_own() -> None:
    found = mistakes(
        '{"pickup": {"printer": "printer-1"}, "web": {"listen": "0.0.0.0:80"}, "store": {"currency": "USD"}, "device": {}}'
    )
    assert found == {
        "pickup.printer": "is set on the box only; headquarters may say accept, sla_minutes, keep_hours",
        "web": "is set on the box only; headquarters may say kitchen, pickup, insight, members",
        "store": "is set on the box only; headquarters may say kitchen, pickup, insight, members",
        "device": "is set on the box only; headquarters may say kitchen, pickup, insight, members",
    }


@pytest.mark.parametrize("content", ["", "[]", "{", "1", "[" * 9_000])
def test_what_is_no_settings_at_all_is_told(content: str) -> None:
    assert list(mistakes(content)) == [""]


def test_a_device_is_in_no_setting_that_headquarters_may_say() -> None:
    wired = {"printer", "spare", "routes", "sounder", "sounder_property", "sounder_on", "sounder_off"}
    assert not wired & {name for _section, names in SAYABLE.values() for name in names}
