"""``make install`` below a folder: it works, a second one upgrades, and nothing of the shop is overwritten or lost."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
UNITS = ("storebox.service", "storebox-broker.service")
MOST_EXPOSED = 15  # `systemd-analyze security` in tenths: 1.5


PACKAGES = ROOT / ".cache" / "packages"
FROM_HERE = {"PIP_NO_INDEX": "1", "PIP_FIND_LINKS": str(PACKAGES)} if (PACKAGES / "made-from").is_file() else {}
"""The locked packages, as set-up left them; asking the index for each takes longer than installing them."""


def run(script: str, below: Path, **environ: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [str(ROOT / "systemd" / script)],
        env=os.environ | FROM_HERE | {"DESTDIR": str(below)} | environ,
        capture_output=True,
        text=True,
        check=False,
        timeout=280,
        umask=0o077,  # as on a machine whose root keeps everything to himself
    )


def install(below: Path) -> None:
    told = run("install", below, PYTHON="python3")
    if "is the package index reachable from here?" in told.stderr:
        pytest.skip("the package index cannot be reached: nothing can be installed")
    assert told.returncode == 0, told.stdout + told.stderr


def releases(below: Path) -> list[str]:
    return sorted(path.name for path in (below / "opt/storebox/releases").iterdir())


@pytest.mark.install
@pytest.mark.timeout(300)
def test_an_installed_storebox_starts_and_can_be_removed_again(tmp_path: Path):
    install(tmp_path)
    storebox = tmp_path / "opt/storebox/current/bin/storebox"
    assert "check-settings" in told_by(storebox, "--help")
    runs_from = told_by(storebox.with_name("python"), "-c", "import edge; print(edge.__path__[0])")
    assert str(tmp_path / "opt/storebox") in runs_from, "an installed box must not run from a checkout"
    for path in (storebox.resolve(), storebox.resolve().parents[1], next((tmp_path / "opt").rglob("edge/__main__.py"))):
        assert path.stat().st_mode & 0o005, f"the service's own account cannot read {path}"
    for secret in ("etc/storebox/storebox.toml", "etc/storebox/credentials/mqtt-password", "var/lib/storebox-broker/passwords"):
        assert (tmp_path / secret).stat().st_mode & 0o007 == 0, f"{secret} is open to everyone"
    for unit in UNITS:
        assert (tmp_path / "usr/local/lib/systemd/system" / unit).is_file()

    assert "are kept (PURGE=1 removes them)" in run("uninstall", tmp_path).stdout
    assert not (tmp_path / "opt/storebox").exists()
    assert (tmp_path / "etc/storebox/storebox.toml").is_file()
    assert "storebox is gone, with its settings and its journal" in run("uninstall", tmp_path, PURGE="1").stdout
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []


@pytest.mark.install
@pytest.mark.timeout(600)
def test_an_upgrade_keeps_what_is_the_shops_and_one_that_does_not_fit_changes_nothing(tmp_path: Path):
    install(tmp_path)
    settings = tmp_path / "etc/storebox/storebox.toml"
    settings.write_text(settings.read_text() + '\n[device.till-7]\ndriver = "till/mqtt"\n')
    (tmp_path / "var/lib/storebox/journal.db").write_text("the shop's")
    before = settings.read_text()
    password = (tmp_path / "etc/storebox/credentials/mqtt-password").read_text()
    first = releases(tmp_path)

    install(tmp_path)
    assert len(releases(tmp_path)) == 2
    assert releases(tmp_path)[0] == first[0]
    assert (tmp_path / "opt/storebox/current").resolve().name == releases(tmp_path)[-1]
    assert settings.read_text() == before
    assert (tmp_path / "etc/storebox/credentials/mqtt-password").read_text() == password
    assert (tmp_path / "var/lib/storebox-broker/secrets/till-7").is_file()
    assert (tmp_path / "var/lib/storebox/journal.db").read_text() == "the shop's"

    settings.write_text('[web]\nlisten = "nowhere"\n')
    now = releases(tmp_path)
    refused = run("install", tmp_path, PYTHON="python3")
    assert refused.returncode == 1
    assert f"the new release does not understand {settings} (above); nothing was changed" in refused.stderr
    assert releases(tmp_path) == now, "a refused release is left lying about"
    assert (tmp_path / "opt/storebox/current").resolve().name == now[-1]


def told_by(program: Path, *arguments: str) -> str:
    return subprocess.run([program, *arguments], cwd="/", capture_output=True, text=True, check=True, timeout=60).stdout


@pytest.mark.parametrize(("script", "target"), [("install", "install"), ("uninstall", "uninstall")])
def test_a_person_who_may_not_install_is_told_how(tmp_path: Path, script: str, target: str):
    (tmp_path / "id").write_text("#!/bin/sh\necho 1000\n")
    (tmp_path / "id").chmod(0o755)
    told = run(script, Path(), DESTDIR="", PATH=f"{tmp_path}:{os.environ['PATH']}")
    assert told.returncode == 1
    assert told.stderr == f"{script}: this needs root: sudo make {target}\n"


@pytest.fixture
def systemd_analyze() -> str:
    program = shutil.which("systemd-analyze")
    if program is None:
        pytest.skip("systemd-analyze is not on this machine: nothing can judge the units")
    return program


@pytest.mark.parametrize("unit", UNITS)
def test_a_unit_is_exposed_no_more_than_it_must_be(systemd_analyze: str, unit: str):
    judged = [systemd_analyze, "security", "--offline=true", f"--threshold={MOST_EXPOSED}", str(ROOT / "systemd" / unit)]
    told = subprocess.run(judged, capture_output=True, text=True, check=False, timeout=60)
    assert told.returncode == 0, told.stdout[-300:] + told.stderr


@pytest.mark.parametrize("unit", UNITS)
def test_systemd_understands_every_line_of_a_unit(systemd_analyze: str, unit: str, tmp_path: Path):
    # The programs are not installed here; any other one stands in, so that only the lines are judged.
    text = re.sub(r"^(ExecStart\w*=\S*?)/\S+", r"\1/bin/true", (ROOT / "systemd" / unit).read_text(), flags=re.MULTILINE)
    (tmp_path / unit).write_text(text)
    judged = [systemd_analyze, "verify", "--man=no", str(tmp_path / unit)]
    told = subprocess.run(judged, capture_output=True, text=True, check=False, timeout=60)
    assert str(tmp_path) not in told.stderr
    assert told.returncode == 0, told.stderr


def test_the_process_that_counts_people_may_leave_the_network_and_die_alone():
    lines = (ROOT / "systemd" / "storebox.service").read_text().splitlines()
    assert "OOMPolicy=continue" in lines
    refused, allowed = (lines.index(f"SystemCallFilter={calls}") for calls in ("~@privileged @resources", "seccomp"))
    assert refused < allowed, "systemd takes what comes later"


def test_the_box_is_always_started_again_and_watched():
    lines = set((ROOT / "systemd" / "storebox.service").read_text().splitlines())
    assert {"Type=notify", "Restart=always", "StartLimitIntervalSec=0", "WatchdogSec=30s"} <= lines


def test_systemctl_reload_sends_the_signal_upon_which_the_box_reads_its_settings_again():
    assert "\nExecReload=/bin/kill -HUP $MAINPID\n" in (ROOT / "systemd" / "storebox.service").read_text()


def test_a_crash_writes_no_memory_to_the_disk():
    assert "\nLimitCORE=0\n" in (ROOT / "systemd" / "storebox.service").read_text(), "a payment code may be in it"
