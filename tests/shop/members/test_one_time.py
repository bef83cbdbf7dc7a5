"""The one-time codes are those of RFC 6238."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from edge.shop.members.one_time import member_secret, one_time_code, steps_at

RFC_SECRET = b"12345678901234567890123456789012"  # RFC 6238 appendix B, with the errata of 2011


@pytest.mark.parametrize(
    ("at_s", "code"),
    [
        (59, "46119246"),
        (1111111109, "68084774"),
        (1111111111, "67062674"),
        (1234567890, "91819424"),
        (2000000000, "90698825"),
        (20000000000, "77737706"),
    ],
)
def test_the_examples_of_the_standard_hold(at_s: int, code: str) -> None:
    assert one_time_code(RFC_SECRET, at_s // 30, 8) == code
    assert one_time_code(RFC_SECRET, at_s // 30, 6) == code[2:]


def test_three_steps_count_the_present_one_first() -> None:
    assert list(steps_at(datetime.fromtimestamp(1234567890, UTC), 30)) == [41152263, 41152262, 41152264]


def test_each_member_has_a_key_of_its_own() -> None:
    assert member_secret(b"chain", "m-1") != member_secret(b"chain", "m-2")
