"""Every input that was worth keeping is read again, by the parser that it was kept for."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path

import pytest

HERE = Path(__file__).parent
TARGETS = sorted(path.stem for path in (HERE / "targets").glob("*.py"))


@pytest.mark.parametrize("name", TARGETS)
def test_a_parser_raises_nothing_but_its_own_errors(name: str) -> None:
    kept = sorted((HERE / "corpus" / name).iterdir())
    assert kept, f"give the fuzzer something to begin with: tests/fuzz/corpus/{name}/"
    feed = import_module(f"tests.fuzz.targets.{name}").feed
    for path in kept:
        data = path.read_bytes()
        for end in range(len(data) + 1):
            feed(data[:end])
            feed(data[end:])


def test_every_corpus_has_its_parser() -> None:
    assert sorted(path.name for path in (HERE / "corpus").iterdir()) == TARGETS
