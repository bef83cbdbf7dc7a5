"""mediapipe's tasks without what they never use: else every process that looks would load matplotlib and a microphone's library.

    vision = tasks().vision         mediapipe.tasks.python.vision, in 0.24 s and 47 MiB instead of 0.9 s and 84 MiB

mediapipe 1.2 loads matplotlib for one function, which draws, and sounddevice for another, which records; a change that would load
the first where it is used is open (google-ai-edge/mediapipe#5830). Here both are empty modules while mediapipe is loaded: neither
function works in this process, everything else does.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from types import ModuleType
from typing import Any

UNUSED = ("matplotlib", "matplotlib.pyplot", "sounddevice")


def tasks() -> Any:
    """The module ``mediapipe.tasks.python``. Raises ImportError or OSError when its library cannot be loaded."""
    with _empty(UNUSED):
        from mediapipe.tasks import python  # type: ignore[import-untyped]
    return python


@contextmanager
def _empty(names: tuple[str, ...]) -> Iterator[None]:
    """For as long as it lasts, whoever imports one of ``names`` that is not loaded yet gets a module with nothing in it."""
    stand_ins = {name: ModuleType(name) for name in names if name not in sys.modules}
    sys.modules.update(stand_ins)
    try:
        yield
    finally:
        for name in stand_ins:
            del sys.modules[name]
