"""What is left of a template in the memory of a process that has opened and forgotten it: looked for from outside."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from edge.faces.vault import Vault
from models.face_vectors import LENGTH, FaceVector
from tests.faces.made_up import MODEL

OPENS = """
import sys
from edge.faces.vault import Vault
from edge.faces.words import Sealed
key, sealed, model = sys.argv[1:]
vault = Vault(bytes.fromhex(key), model)
face = vault.opened(Sealed(template="t-1", member="m-1", sealed=bytes.fromhex(sealed)))
print("opened", flush=True)
sys.stdin.readline()
vault.seal(face, template="t-2", member="m-1")
face.wipe()
print("wiped", flush=True)
sys.stdin.readline()
"""


def holds(process: int, wanted: bytes) -> bool:
    """Whether these bytes stand anywhere in what the process can write to."""
    with Path(f"/proc/{process}/mem").open("rb", buffering=0) as memory:
        for line in Path(f"/proc/{process}/maps").read_text().splitlines():
            where, rights = line.split()[:2]
            start, end = (int(each, 16) for each in where.split("-"))
            if rights.startswith("rw"):
                memory.seek(start)
                if wanted in memory.read(end - start):
                    return True
    return False


def test_nothing_is_left_of_a_template_that_was_opened_sealed_and_wiped() -> None:
    drawn = np.random.default_rng().normal(size=LENGTH)
    face = FaceVector(values=(drawn / np.linalg.norm(drawn)).astype(np.float32))
    key, wanted = os.urandom(32), face.values.tobytes()[256:512]
    sealed = Vault(key, MODEL).seal(face, template="t-1", member="m-1").sealed
    words = [sys.executable, "-c", OPENS, key.hex(), sealed.hex(), MODEL]
    with subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        assert process.stdout.readline() == "opened\n"
        try:
            assert holds(process.pid, wanted), "or the look is blind"
        except PermissionError:
            pytest.skip("this machine lets nobody look into another process")
        process.stdin.write("\n")
        process.stdin.flush()
        assert process.stdout.readline() == "wiped\n"
        assert not holds(process.pid, wanted)
        process.stdin.write("\n")
