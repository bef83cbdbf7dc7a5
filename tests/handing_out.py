"""Which tests go to which worker and in which order, and which are traced; without it they would take half as long again."""

from __future__ import annotations

import gc
from collections.abc import Generator, Iterator
from itertools import chain
from operator import itemgetter
from typing import Any

import coverage
import pytest
from _pytest.runner import runtestprotocol
from xdist.scheduler import LoadScopeScheduling  # type: ignore[import-untyped]

ONE_BY_ONE = (
    "faults/test_whole_shop.py",
    "repository/test_install.py",
    "edge/test_full_disk.py",
    "edge/test_box.py",
    "edge/test_tills_under_load.py",
    "edge/test_killed_while_printing.py",
    "edge/test_stopping.py",
    "drivers/test_probing.py",
)
"""Long tests that share nothing: each is handed out by itself. Every other file goes to one worker as a whole."""
TOGETHER = {
    "web/browser/test_mirror": "mirror",
    "web/browser/": "browser",
    "cli/test_probe.py": "running box",
    "cli/test_recordings.py": "running box",
    "cli/test_running_box.py": "running box",
}
"""What shares a browser or a running box goes to one worker: a second one costs more than it saves. The mirror waits longest."""
WAITING = (
    "web/browser/",
    "faults/test_whole_shop.py",
    "drivers/scales/test_streaming_scales.py",
    "drivers/scales/test_scales_on_the_wire.py",
    "edge/lanes/test_doubts.py",
    "vision/test_eyes.py",
    "drivers/cameras/",
    "edge/test_face_box.py",
    "mirror/test_makeup.py",
    "edge/test_price_changes.py",
    "drivers/test_probing.py",
    "edge/test_box.py",
    "edge/test_full_disk.py",
    "edge/test_face_egress.py",
    "drivers/payments/",
    "cli/test_probe.py",
    "edge/test_counting_box.py",
    "sync/cloud/test_upload_failures.py",
    "sync/cloud/test_follower.py",
    "drivers/test_re",
    "drivers/pos/",
    "edge/",
    "drivers/",
    "cli/",
)
"""What waits for a wire, a process or the clock most of the time, the longest first; last the box that runs to the very end."""
BUSY = ("shop/test_shop_at_work.py", "sync/cloud/", "repository/", "shop/", "sync/")
"""What computes and takes longest, first."""
WAITING_BEHIND = 0.9
"""How much of the others stands between those that wait: most of the workers wait at any moment, and none does at the end."""
TRACED = ("drivers/", "fuzz/", "shop/", "sync/", "edge/test_job")
"""The tests that hold the coverage that is promised, but for the floods, which run the same lines ten thousand times.

Only ``.ci/test --coverage`` traces: a test that is traced takes half as long again.
"""
RARELY = (20_000, 20, 20)
"""How many new objects make Python look for garbage: as it comes, one second of ten is spent on looking."""
FLOODS = ("sync/cloud/test_exactly_once.py", "drivers/wires/test_mqtt_bound.py", "shop/test_shop_at_work.py")


class ByTheFile(LoadScopeScheduling):  # type: ignore[misc]
    """Which tests go to one worker together. (The mark ``xdist_group`` does nothing under pytest 9.2.)"""

    def _split_scope(self, nodeid: str) -> str:
        return _unit(nodeid)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> ByTheFile:
    """Hand the tests out as ``ByTheFile`` says."""
    return ByTheFile(config, log)


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put those that wait evenly between those that compute."""
    units: dict[str, list[pytest.Item]] = {}
    for item in items:
        units.setdefault(_unit(item.nodeid), []).append(item)
    waiting = [unit for unit in units.values() if _path(unit[0].nodeid).startswith(WAITING)]
    busy = [unit for unit in units.values() if not _path(unit[0].nodeid).startswith(WAITING)]
    when = [(place * WAITING_BEHIND, unit) for place, unit in _in_turn(waiting, WAITING)] + list(_in_turn(busy, BUSY))
    items[:] = chain.from_iterable(unit for _, unit in sorted(when, key=itemgetter(0)))


def _in_turn(units: list[list[pytest.Item]], first: tuple[str, ...]) -> Iterator[tuple[float, list[pytest.Item]]]:
    """Each with its place between 0 and 1, those of ``first`` in its order before all others."""

    def rank(unit: list[pytest.Item]) -> int:
        path = _path(unit[0].nodeid)
        return next((n for n, place in enumerate(first) if path.startswith(place)), len(first))

    return ((number / len(units), unit) for number, unit in enumerate(sorted(units, key=rank)))


def _unit(nodeid: str) -> str:
    path = _path(nodeid)
    if path.startswith(ONE_BY_ONE):
        return nodeid
    return next((unit for place, unit in TOGETHER.items() if path.startswith(place)), nodeid.partition("::")[0])


def _path(nodeid: str) -> str:
    return nodeid.removeprefix("tests/")


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_collection() -> Generator[None, object, object]:
    """What is collected stays to the end: to look through it for garbage, now or later, is in vain."""
    gc.disable()
    try:
        return (yield)
    finally:
        gc.enable()
        gc.freeze()
        gc.set_threshold(*RARELY)


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish() -> None:
    """Pytest now looks for garbage five times; what the first look leaves is none."""
    gc.collect()
    gc.freeze()


def pytest_collectstart(collector: pytest.Collector) -> None:
    """Trace what a test file imports, and not how pytest makes its tests: there are thousands."""
    tracing = coverage.Coverage.current()
    if tracing is None or not isinstance(collector, pytest.Module):
        return
    collect = collector.collect

    def untraced() -> list[pytest.Item | pytest.Collector]:
        _ = collector.obj  # imports it; an error goes the usual way
        tracing.stop()
        try:
            return list(collect())
        finally:
            tracing.start()

    collector.collect = untraced  # type: ignore[method-assign]


@pytest.hookimpl
def pytest_runtest_protocol(item: pytest.Item, nextitem: pytest.Item | None) -> bool:
    """Trace only the tests that are to cover something, and tell of each once.

    That a set-up or an end went well is not told: of thousands of tests that takes seconds.
    """
    tracing, path = coverage.Coverage.current(), _path(item.nodeid)
    if tracing is not None and path.startswith(TRACED) and not path.startswith(FLOODS):
        tracing = None
    if tracing is not None:
        tracing.stop()
    try:
        item.ihook.pytest_runtest_logstart(nodeid=item.nodeid, location=item.location)
        for report in runtestprotocol(item, log=False, nextitem=nextitem):
            if report.when == "call" or not report.passed:
                item.ihook.pytest_runtest_logreport(report=report)
        item.ihook.pytest_runtest_logfinish(nodeid=item.nodeid, location=item.location)
    finally:
        if tracing is not None:
            tracing.start()
    return True
