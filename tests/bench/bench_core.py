"""How soon the box is ready, how much memory it takes at rest, and how much of both is imports.

Run by ``make bench``, or alone: ``python tests/bench/bench_core.py [ROUNDS]``. The box runs as systemd runs it, with a device of
each kind that nobody has plugged in; ready is READY=1 on its notify socket, memory is VmRSS after a rest.
"""

from __future__ import annotations

import os
import re
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

READY_WITHIN_MS = 3000
RESIDENT_BELOW_MB = 120
REST_S = 5.0
WAIT_S = 60.0

SETTINGS = """
[box]
data_dir = "{folder}/data"
run_dir = "{folder}/run"
[journal]
quota_mib = 64
ballast_mib = 1
[mqtt]
port = {port}
[web]
listen = "127.0.0.1:0"
[device.scale-1]
driver = "scale/toledo-8217"
port = "{folder}/scale-1"
[device.scale-2]
driver = "scale/mt-sics"
port = "{folder}/scale-2"
[device.shelf-1]
driver = "shelf/load-cell"
[device.till-1]
driver = "till/mqtt"
"""
IMPORTS = """
import time
def resident_kb():
    return next(int(line.split()[1]) for line in open("/proc/self/status") if line.startswith("VmRSS"))
before_kb, began = resident_kb(), time.perf_counter()
import edge.__main__, edge.assembly
print((time.perf_counter() - began) * 1000, (resident_kb() - before_kb) / 1024, before_kb / 1024)
"""


def box_at_rest(folder: Path) -> tuple[float, float]:
    """Start a box in ``folder``, let it rest, end it: milliseconds to READY=1, resident megabytes."""
    settings = folder / "storebox.toml"
    settings.write_text(SETTINGS.format(folder=folder, port=closed_port()))
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as systemd:
        systemd.bind(str(folder / "notify"))
        systemd.settimeout(WAIT_S)
        began = time.perf_counter()
        with subprocess.Popen(
            [Path(sys.executable).with_name("storebox"), "run", "--settings", settings],
            env=os.environ | {"NOTIFY_SOCKET": str(folder / "notify")},
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        ) as box:
            try:
                while not systemd.recv(4096).startswith(b"READY=1"):
                    pass
                ready_ms = (time.perf_counter() - began) * 1000
                time.sleep(REST_S)
                resident = re.search(r"VmRSS:\s+(\d+) kB", Path(f"/proc/{box.pid}/status").read_text())
            finally:
                box.kill()
    assert resident is not None
    return ready_ms, int(resident[1]) / 1024


def imports_alone() -> tuple[float, float, float]:
    """A fresh Python that only imports what the box imports: milliseconds, megabytes, and the megabytes of Python itself."""
    told = subprocess.run([sys.executable, "-c", IMPORTS], capture_output=True, text=True, check=True, timeout=WAIT_S)
    ms, mb, python_mb = map(float, told.stdout.split())
    return ms, mb, python_mb


def closed_port() -> int:
    """A port where no broker listens."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def spread(values: Sequence[float]) -> str:
    return f"{min(values):7.0f} / {statistics.median(values):5.0f} / {max(values):5.0f}"


def main(rounds: int) -> int:
    ready: list[float] = []
    resident: list[float] = []
    import_ms: list[float] = []
    import_mb: list[float] = []
    python_mb: list[float] = []
    for _ in range(rounds):
        with tempfile.TemporaryDirectory(prefix="storebox-bench-") as folder:
            ms, mb = box_at_rest(Path(folder))
        ready.append(ms)
        resident.append(mb)
        alone = imports_alone()
        for figures, value in zip((import_ms, import_mb, python_mb), alone, strict=True):
            figures.append(value)
    print(f"min / median / max of {rounds}, a new process each time")
    print(f"ready             {spread(ready)} ms    promised < {READY_WITHIN_MS}")
    print(f"  of it imports   {spread(import_ms)} ms")
    print(f"resident at rest  {spread(resident)} MB    promised < {RESIDENT_BELOW_MB}")
    print(f"  of it imports   {spread(import_mb)} MB    and Python itself {statistics.median(python_mb):.0f} MB")
    kept = statistics.median(ready) < READY_WITHIN_MS and statistics.median(resident) < RESIDENT_BELOW_MB
    return 0 if kept else 1


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]) if len(sys.argv) > 1 else 5))
