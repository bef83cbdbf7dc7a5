"""A disk that errs on a flush: nothing is acknowledged while it does, what was acknowledged is there, and it mends by itself."""

from __future__ import annotations

import shutil
import signal
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

pytestmark = [pytest.mark.faults, pytest.mark.timeout(300)]

RECORDING = Path(__file__).parents[2] / "sync" / "journal" / "recording.py"


@pytest.mark.parametrize("error", ["EIO", "ENOSPC"])
def test_flushes_that_fail_are_never_acknowledged(tmp_path, error):
    if shutil.which("strace") is None:
        pytest.skip("making fdatasync fail needs strace")
    path = tmp_path / "journal.db"
    inject = f"inject=fdatasync:error={error}:when=40+40"
    command = ["strace", "-f", "-qq", "-o", "/dev/null", "-e", "trace=fdatasync", "-e", inject]
    with subprocess.Popen(
        [*command, sys.executable, str(RECORDING), str(path), "s"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        cwd=RECORDING.parents[3],
        start_new_session=True,
    ) as till:
        assert till.stdout is not None
        assert till.stdout.readline() == b"ready\n"
        with pytest.raises(subprocess.TimeoutExpired):
            till.communicate(timeout=8)  # reads all the while: a till whose pipe is full stops selling
        subprocess.run(["kill", "-KILL", "--", f"-{till.pid}"], check=True)
        said, complained = (stream.decode() for stream in till.communicate())
    acknowledged = [line for line in said.split() if line.startswith("s-")]
    failures = complained.count("the journal cannot record") or said.count("the journal cannot record")
    with closing(sqlite3.connect(path)) as db:
        reports = [row for (row,) in db.execute("SELECT json_extract(data, '$.report') FROM events")]
        (verdict,) = db.execute("PRAGMA integrity_check").fetchone()
    lost = set(acknowledged) - set(reports)
    print(f"{error} on fdatasync: {len(acknowledged)} acknowledged, {len(lost)} lost, {failures} times down")
    assert "the disk fails" in complained or "the disk is full" in complained
    assert failures > 3
    assert len(acknowledged) > 500
    assert (lost, len(reports) - len(set(reports)), verdict) == (set(), 0, "ok")
    assert till.returncode == -signal.SIGKILL
