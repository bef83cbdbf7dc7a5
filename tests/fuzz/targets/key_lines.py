"""Settings files: every mistake in one is told, none is a crash."""

from __future__ import annotations

import tomllib
from contextlib import suppress

from config.lines import key_lines


def feed(data: bytes) -> None:
    """The lines of the keys of a text, which need not be TOML."""
    text = data.decode("utf-8", "replace")
    with suppress(tomllib.TOMLDecodeError, RecursionError):
        tomllib.loads(text)
        key_lines(text)
