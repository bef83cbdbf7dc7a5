"""Which tests go to which worker and in which order, and which are traced; without it ``make test`` takes half as long again."""

from __future__ import annotations

import gc
from collections.abc import Generator
from typing import Any

import coverage
import pytest
from xdist.scheduler import LoadScopeScheduling  # type: ignore[import-untyped]

ONE_BY_ONE = (
    "faults/test_whole_shop.py",
    "repository/test_install.py",
    "edge/test_full_disk.py",
    "sync/cloud/test_exactly_once.py",
    "sync/cloud/test_killed_box.py",
    "sync/journal/test_kill.py",
    "edge/test_box.py",
    "edge/test_tills_under_load.py",
    "edge/test_killed_while_printing.py",
    "edge/test_stopping.py",
    "drivers/test_probing.py",
)
"""Long tests that share nothing: each is handed out by itself. Every other file goes to one worker as a whole."""
TOGETHER = {
    "web/browser/": "browser",
    "cli/test_probe.py": "running box",
    "cli/test_recordings.py": "running box",
    "cli/test_running_box.py": "running box",
}
"""What shares a browser or a running box goes to one worker: a second one costs more than it saves."""
FIRST = (*TOGETHER, *ONE_BY_ONE, "drivers/scales/", "drivers/cameras/", "drivers/wires/", "drivers/", "edge/", "sync/", "cli/")
"""The longest begin; at the end there are many short ones, which keep every worker busy to the last."""
TRACED = ("drivers/", "fuzz/", "shop/", "sync/", "edge/test_job")
"""The tests that hold the coverage that is promised, but for the floods, which run the same lines ten thousand times.

To trace a test makes it half as long again.
"""
FLOODS = ("sync/cloud/test_exactly_once.py", "drivers/wires/test_mqtt_bound.py")


class ByTheFile(LoadScopeScheduling):  # type: ignore[misc]
    """Which tests go to one worker together. (The mark ``xdist_group`` does nothing under pytest 9.2.)"""

    def _split_scope(self, nodeid: str) -> str:
        path = nodeid.removeprefix("tests/")
        if path.startswith(ONE_BY_ONE):
            return nodeid
        return next((unit for place, unit in TOGETHER.items() if path.startswith(place)), nodeid.partition("::")[0])


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> ByTheFile:
    """Hand the tests out as ``ByTheFile`` says."""
    return ByTheFile(config, log)


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put the longest first."""
    items.sort(key=_place)


def _place(item: pytest.Item) -> int:
    path = item.nodeid.removeprefix("tests/")
    return next((n for n, place in enumerate(FIRST) if path.startswith(place)), len(FIRST))


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_collection() -> Generator[None, object, object]:
    """What is collected stays to the end: to look through it for garbage, now or later, is in vain."""
    gc.disable()
    try:
        return (yield)
    finally:
        gc.enable()
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


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_protocol(item: pytest.Item) -> Generator[None, object, object]:
    """Trace only the tests that are to cover something."""
    tracing = coverage.Coverage.current()
    path = item.nodeid.removeprefix("tests/")
    if tracing is None or (path.startswith(TRACED) and not path.startswith(FLOODS)):
        return (yield)
    tracing.stop()
    try:
        return (yield)
    finally:
        tracing.start()
