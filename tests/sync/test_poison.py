from collections.abc import Callable, Sequence

import pytest

from sync.cloud_errors import BatchRefused, BatchTooLarge, CloudOdd
from sync.cloudevents import Encoded
from sync.poison import Search, Settled


def _events(count: int) -> list[Encoded]:
    return [Encoded(id=str(number), sequence=number, json=b"{}") for number in range(count)]


def _search(count: int, refuses: Callable[[Sequence[Encoded]], BatchRefused | None]) -> tuple[list[int], Settled, int]:
    """What was accepted, what is poison, and how many requests it took."""
    search = Search(_events(count))
    accepted: list[int] = []
    requests = 0
    while (part := search.next_part()) is not None:
        requests += 1
        refusal = refuses(part)
        if refusal is None:
            search.accepted()
            accepted += [event.sequence for event in part]
        else:
            search.refused(part, refusal)
    return accepted, search.poison(), requests


def _bad(*poison: int) -> Callable[[Sequence[Encoded]], BatchRefused | None]:
    return lambda part: BatchRefused("400 bad") if any(event.sequence in poison for event in part) else None


@pytest.mark.parametrize("poison", [(0,), (499,), (250,), (3, 4), (0, 100, 200, 300, 400), tuple(range(0, 500, 50))])
def test_every_poison_and_nothing_else_is_found(poison: tuple[int, ...]) -> None:
    accepted, settled, requests = _search(500, _bad(*poison))
    assert sorted(accepted) == sorted(set(range(500)) - set(poison))
    assert sorted(settled.rejected) == [(number, "400 bad") for number in poison]
    assert requests <= 1 + 20 * len(poison)


def test_a_good_batch_is_one_request() -> None:
    assert _search(500, _bad()) == (list(range(500)), Settled(rejected=[]), 1)


def test_a_cloud_that_refuses_everything_gets_nothing_parked() -> None:
    for count in (1, 2, 30, 500):
        with pytest.raises(CloudOdd, match="the cloud refuses every event, none is given up: 400 bad"):
            _search(count, _bad(*range(500)))


def test_a_doubted_cloud_is_not_asked_a_thousand_times() -> None:
    asked = 0

    def refuses(_part: Sequence[Encoded]) -> BatchRefused:
        nonlocal asked
        asked += 1
        return BatchRefused("400 bad")

    with pytest.raises(CloudOdd):
        _search(500, refuses)
    assert asked <= 64


def test_one_event_that_is_too_large_alone_is_parked() -> None:
    accepted, settled, _ = _search(1, lambda _part: BatchTooLarge("413 too large"))
    assert (accepted, settled.rejected) == ([], [(0, "413 too large")])


def test_a_batch_too_large_is_halved_until_it_fits() -> None:
    accepted, settled, _ = _search(100, lambda part: BatchTooLarge("413") if len(part) > 10 else None)
    assert (sorted(accepted), settled.rejected) == (list(range(100)), [])
