"""Feeds one parser with what a fuzzer makes up; ``run.py`` starts one such process for each parser.

    python -m tests.fuzz.one mt_sics CORPUS... -runs=1000000

The process ends with 0 when the parser raised nothing but its own errors.
"""

from __future__ import annotations

import sys
from importlib import import_module

import atheris  # type: ignore[import-untyped,unused-ignore]

OURS = ["config", "drivers", "edge", "sync"]


def main(name: str, options: list[str]) -> None:
    """Fuzz the target ``name`` with the options and folders of libFuzzer; never returns."""
    with atheris.instrument_imports(include=OURS):
        target = import_module(f"tests.fuzz.targets.{name}")
    atheris.Setup([name, *options], target.feed)
    atheris.Fuzz()


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2:])
