"""Fuzzes every parser: it may raise its own errors and nothing else, and must not hang or swell.

    python -m tests.fuzz.run --runs 1000000            a million inputs each (make fuzz)
    python -m tests.fuzz.run --seconds 5               five seconds each (CI)
    python -m tests.fuzz.run --runs 10000 mt_sics      one of them

What it learns is kept in .cache/fuzz; an input that broke a parser is printed with the command that shows it again. Put it
into tests/fuzz/corpus: the tests read every file there.
"""

from __future__ import annotations

import argparse
import os
import re
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

HERE = Path(__file__).parent
KEPT = HERE.parents[1] / ".cache" / "fuzz"
LONGEST_BYTES = 512
LONGEST_INPUT_S = 10
MOST_MIB = 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """How one parser fared: ``inputs`` fed in ``seconds``; ``broken`` is what the fuzzer said at its end."""

    name: str
    inputs: int
    seconds: float
    broken: str


def names() -> tuple[str, ...]:
    """Every parser that has a target."""
    return tuple(sorted(path.stem for path in (HERE / "targets").glob("*.py")))


def fuzz(name: str, bound: str) -> Run:
    """Feed ``name`` until ``bound`` (an option of libFuzzer)."""
    kept = KEPT / name
    kept.mkdir(parents=True, exist_ok=True)
    limits = (f"-max_len={LONGEST_BYTES}", f"-timeout={LONGEST_INPUT_S}", f"-rss_limit_mb={MOST_MIB}")
    command = (sys.executable, "-m", "tests.fuzz.one", name, str(kept), str(HERE / "corpus" / name), bound, *limits)
    began = time.monotonic()
    ended = subprocess.run(
        [*command, "-print_final_stats=1", f"-artifact_prefix={kept}/broken-"],
        capture_output=True,
        text=True,
        errors="replace",
        check=False,
        env={**os.environ, "PYTHONHASHSEED": "0"},
    )
    fed = re.search(r"number_of_executed_units: (\d+)", ended.stderr)
    broken = "" if ended.returncode == 0 else ended.stderr[-3_000:] + ended.stdout[-1_000:]
    return Run(name=name, inputs=int(fed[1]) if fed else 0, seconds=time.monotonic() - began, broken=broken)


def main() -> int:
    """Fuzz what was asked for, as many at once as there are cores; 1 when a parser broke."""
    asked = argparse.ArgumentParser(description="Fuzz the parsers.")
    asked.add_argument("names", nargs="*", choices=[*names(), []], metavar="NAME")
    bounds = asked.add_mutually_exclusive_group(required=True)
    bounds.add_argument("--runs", type=int)
    bounds.add_argument("--seconds", type=int)
    options = asked.parse_args()
    bound = f"-runs={options.runs}" if options.runs else f"-max_total_time={options.seconds}"
    broken = 0
    with ThreadPoolExecutor(max_workers=os.cpu_count()) as pool:
        for run in pool.map(lambda name: fuzz(name, bound), options.names or names()):
            print(f"{run.name:24}{run.inputs:>12,} inputs  {run.seconds:7.1f} s  {'BROKEN' if run.broken else 'ok'}", flush=True)
            if run.broken:
                broken += 1
                print(run.broken, file=sys.stderr)
    return 1 if broken else 0


if __name__ == "__main__":
    sys.exit(main())
