"""Threads for blocking calls that nothing can interrupt, such as a name lookup while the name server is gone.

With the usual pool a box that is told to stop would wait until the last of them came back: half a minute and more.
"""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from threading import Thread
from types import TracebackType
from typing import ParamSpec, TypeVar

T = TypeVar("T")
P = ParamSpec("P")


class LooseThreads(ThreadPoolExecutor):
    """An executor for ``loop.set_default_executor`` (which takes no other class): nobody waits for its threads at the end."""

    def submit(self, call: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> Future[T]:
        """Run ``call`` on a daemon thread of its own."""
        told: Future[T] = Future()
        Thread(target=_answer, args=(told, call, args, kwargs), name="blocking call", daemon=True).start()
        return told

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        """Leave at once: what is under way ends with the process."""


def _answer(told: Future[T], call: Callable[..., T], args: tuple[object, ...], kwargs: dict[str, object]) -> None:
    if told.set_running_or_notify_cancel():
        with _Failures(told):
            told.set_result(call(*args, **kwargs))


class _Failures:
    """Hands what is raised inside ``with`` to the one who waits: as with any executor it is theirs to judge."""

    def __init__(self, told: Future[T]) -> None:
        self._give = told.set_exception

    def __enter__(self) -> None: ...

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> bool:
        if error is not None:
            self._give(error)
        return True
