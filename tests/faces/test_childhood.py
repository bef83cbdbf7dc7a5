"""What a process does first that has something to keep to itself, in processes of its own: neither can be undone."""

from __future__ import annotations

import subprocess
import sys

WITHIN_S = 60.0
DUMPABLE = """
import ctypes
from edge.childhood import keep_to_itself
libc, PR_GET_DUMPABLE = ctypes.CDLL(None), 3
before = libc.prctl(PR_GET_DUMPABLE, 0, 0, 0, 0)
keep_to_itself()
print(before, libc.prctl(PR_GET_DUMPABLE, 0, 0, 0, 0))
"""
HUSHED = """
import os, sys
from edge.childhood import hush_libraries
hush_libraries()
os.write(2, b"what a library says of a picture")
sys.stderr.write("what we say\\n")
os.write(2, b"and once more")
"""


def ran(program: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=WITHIN_S, check=True)


def test_nobody_looks_into_its_memory() -> None:
    assert ran(DUMPABLE).stdout == "1 0\n"


def test_libraries_are_hushed_and_its_own_words_are_heard() -> None:
    assert ran(HUSHED).stderr == "what we say\n"
