from datetime import UTC, datetime

import pytest

from sync.backoff import Backoff, retry_after_s

NOW = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)


def test_waits_double_up_to_the_ceiling() -> None:
    backoff = Backoff(first_s=1, ceiling_s=10, chance=lambda: 0.0)
    assert [backoff.next_s() for _ in range(6)] == [1, 2, 4, 8, 10, 10]


def test_success_starts_over() -> None:
    backoff = Backoff(first_s=1, ceiling_s=10, chance=lambda: 0.0)
    backoff.next_s()
    backoff.next_s()
    backoff.reset()
    assert backoff.next_s() == 1


def test_waits_are_spread_and_never_nothing() -> None:
    waits = {Backoff(first_s=1).next_s() for _ in range(100)}
    assert len(waits) > 90
    assert all(0.5 <= wait <= 1 for wait in waits)


def test_ten_thousand_failures_do_not_overflow() -> None:
    backoff = Backoff(first_s=1, ceiling_s=60)
    assert max(backoff.next_s() for _ in range(10_000)) <= 60


def test_what_the_cloud_asks_for_is_waited_at_least() -> None:
    assert 7 <= Backoff(first_s=0.5).next_s(7) <= 7.5


@pytest.mark.parametrize(
    ("header", "date", "seconds"),
    [
        (None, None, None),
        ("120", None, 120),
        (" 5 ", None, 5),
        ("0", None, 0),
        ("99999999999999999999999999999999", None, 3600),
        ("-3", None, None),
        ("1.5", None, None),
        ("soon", None, None),
        ("٣", None, None),
        ("Sun, 01 Mar 2026 12:00:30 GMT", None, 30),
        ("Sun, 01 Mar 2026 11:00:00 GMT", None, 0),
        ("Sun, 08 Mar 2026 12:00:00 GMT", None, 3600),
        ("Sun, 01 Mar 2026 12:00:30 -0000", None, 30),
        ("Sun, 01 Mar 2026 12:00:30 GMT", "nonsense", 30),
    ],
)
def test_retry_after_is_read_and_bounded(header: str | None, date: str | None, seconds: float | None) -> None:
    assert retry_after_s(header, date, NOW) == seconds


def test_a_wrong_clock_waits_no_longer_than_asked() -> None:
    wrong = datetime(1970, 1, 1, tzinfo=UTC)
    assert retry_after_s("Sun, 01 Mar 2026 12:00:30 GMT", "Sun, 01 Mar 2026 12:00:00 GMT", wrong) == 30
