"""A clock is believed only when something vouches for it."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest

from edge.host import clock
from edge.host.clock import NoBootId, boot_id, clock_state


def test_the_mark_of_timesyncd_vouches_for_the_clock(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(clock, "_kernel_error_us", lambda: clock.LOST_ERROR_US)
    mark = tmp_path / "synchronized"
    assert clock_state(mark) == "unsynced"
    mark.touch()
    assert clock_state(mark) == "synced"


def test_the_kernel_vouches_where_chrony_keeps_the_clock(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(clock, "_kernel_error_us", lambda: 1_250)
    assert clock_state(tmp_path / "no-timesyncd") == "synced"


def test_the_kernel_is_really_asked():
    """Bytes at the wrong place in ``struct timex`` would be no plausible error: the kernel keeps it within 0 to 16 s."""
    assert 0 <= clock._kernel_error_us() <= clock.LOST_ERROR_US


def test_a_sandbox_that_forbids_to_ask_vouches_for_nothing(monkeypatch: pytest.MonkeyPatch):
    class Forbidding:
        def adjtimex(self, _clock: object) -> int:
            return -1

    monkeypatch.setattr("edge.host.clock.ctypes.CDLL", lambda _name: Forbidding())
    assert clock._kernel_error_us() == clock.LOST_ERROR_US


def test_the_boot_id_is_the_kernels():
    told = subprocess.run(["cat", "/proc/sys/kernel/random/boot_id"], capture_output=True, text=True, check=True, timeout=20)
    assert boot_id() == told.stdout.strip().replace("-", "")
    assert re.fullmatch(r"[0-9a-f]{32}", boot_id())


def test_a_missing_boot_id_says_what_to_look_at(tmp_path: Path):
    with pytest.raises(NoBootId, match=r"cannot read the boot id from .*/boot_id: No such file or directory; is /proc mounted\?"):
        boot_id(tmp_path / "boot_id")
