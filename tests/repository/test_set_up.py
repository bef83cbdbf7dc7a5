"""Where a machine cannot be made ready, one message says why and what to do."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
COMMANDS = (
    "bash",
    "cat",
    "chown",
    "cut",
    "dirname",
    "grep",
    "head",
    "ls",
    "mkdir",
    "rm",
    "sha256sum",
    "sh",
    "tail",
    "tr",
    "uname",
)

ANY = "exit 0"
NO_VENV = "exit 1"
NOT_ROOT = "echo 1000"


class Machine:
    """A checkout on a machine that has only the commands that it is given."""

    def __init__(self, folder: Path) -> None:
        self.checkout = folder / "checkout"
        self.bin = folder / "bin"
        self.bin.mkdir()
        shutil.copytree(ROOT / ".ci", self.checkout / ".ci")
        for file in ("pyproject.toml", "requirements.lock", "requirements-dev.lock"):
            shutil.copy(ROOT / file, self.checkout)
        for command in COMMANDS:
            where = shutil.which(command)
            assert where, command
            (self.bin / command).symlink_to(where)
        self.give("id", NOT_ROOT)

    def give(self, command: str, does: str) -> None:
        """Put a command there (or another in its place) that is a line of shell."""
        (self.bin / command).unlink(missing_ok=True)
        (self.bin / command).write_text(f"#!{self.bin}/bash\n{does}\n")
        (self.bin / command).chmod(0o755)

    def set_up(self, purpose: str = "demo") -> subprocess.CompletedProcess[str]:
        environ = {key: value for key, value in os.environ.items() if key not in {"PYTHON", "PATH"}}
        command = [str(self.bin / "bash"), ".ci/set-up", *([purpose] if purpose else [])]
        return subprocess.run(
            command,
            cwd=self.checkout,
            env=environ | {"PATH": str(self.bin)},
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
        )


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    return Machine(tmp_path)


def test_another_system_than_linux_is_told_so_in_one_line(machine: Machine):
    machine.give("uname", "echo Darwin")
    told = machine.set_up()
    assert told.returncode == 1
    assert told.stderr == "set-up: storebox runs on Linux (Debian 12, Ubuntu 24.04); this is Darwin\n"


def test_a_linux_without_apt_is_told_which_packages_to_install(machine: Machine):
    machine.give("python3", NO_VENV)
    told = machine.set_up()
    assert told.returncode == 1
    assert (
        "set-up: this Linux has no apt-get; install by hand what these Debian packages hold, then run this again: " in told.stderr
    )
    assert "python3-venv" in told.stderr


def test_without_root_and_sudo_the_command_for_root_is_told(machine: Machine):
    machine.give("python3", NO_VENV)
    machine.give("apt-get", ANY)
    told = machine.set_up()
    assert told.returncode == 1
    assert "set-up: these packages are missing and there is no sudo; as root: apt-get install " in told.stderr
    assert "python3-venv" in told.stderr


def test_with_sudo_the_missing_packages_are_installed(machine: Machine):
    machine.give("python3", '[ "$1 $2" != "-c import ensurepip, venv" ] || exec [ -e installed ]\n[ "$1" != -c ]')
    machine.give("apt-get", 'echo "$0 $@" >>asked; touch installed')
    machine.give("env", 'while [[ $1 == *=* ]]; do shift; done; exec "$@"')
    machine.give("touch", ">$1")
    machine.give("sudo", 'echo sudo >>asked; exec "$@"')
    told = machine.set_up()
    asked = (machine.checkout / "asked").read_text()
    assert "sudo" in asked
    assert "apt-get install -qq -y --no-install-recommends " in asked
    assert "python3-venv" in asked
    assert "set-up: installing " in told.stdout


def test_packages_that_cannot_be_installed_show_apts_own_words(machine: Machine):
    machine.give("python3", NO_VENV)
    machine.give("id", "echo 0")
    machine.give("env", 'while [[ $1 == *=* ]]; do shift; done; exec "$@"')
    machine.give("apt-get", "echo 'E: no space left' >&2; exit 100")
    told = machine.set_up()
    assert told.returncode == 1
    assert "E: no space left\nset-up: apt-get could not install " in told.stderr
    assert "its last words are above, all of them in .cache/apt.log" in told.stderr


def test_a_python_that_is_too_old_is_named(machine: Machine):
    machine.give("python3", 'case "$1 $2" in *ensurepip*) exit 0 ;; --version*) echo Python 3.10.12 ;; *) exit 1 ;; esac')
    machine.give("mosquitto", ANY)
    told = machine.set_up()
    assert told.returncode == 1
    assert told.stderr == (
        "set-up: Python 3.10.12 is too old: storebox needs Python 3.11 or newer; name one with PYTHON=/path/to/python3\n"
    )


def python_that_says(version: str) -> str:
    """A Python without venv; its major and minor version decide what it answers when it is asked whether it fits."""
    fits = int(version.split(".")[1]) in {11, 12, 13}
    return f'case "$1 $2" in --version*) echo Python {version} ;; *version_info*) exit {0 if fits else 1} ;; *) exit 1 ;; esac'


@pytest.mark.parametrize(
    ("there", "taken"),
    [
        ({"python3": "3.11.2", "python3.13": "3.13.0"}, "python3"),
        ({"python3": "3.12.3"}, "python3"),
        ({"python3": "3.10.12", "python3.11": "3.11.2", "python3.12": "3.12.3"}, "python3.12"),
        ({"python3": "3.15.0", "python3.13": "3.13.0"}, "python3.13"),
        ({"python3": "3.10.12"}, "python3"),
    ],
)
def test_the_environment_is_made_with_a_python_that_the_locks_are_for(machine: Machine, there: dict[str, str], taken: str):
    for name, version in there.items():
        machine.give(name, python_that_says(version))
    told = machine.set_up()
    assert f" {taken}-venv" in told.stderr


def test_an_index_that_cannot_be_reached_is_told_with_pips_words(machine: Machine):
    python = machine.checkout / ".venv" / "bin" / "python"
    machine.give("mosquitto", ANY)
    machine.give(
        "python3",
        f"""case "$1 $2" in
  --version*) echo Python 3.11.2 ;;
  "-m venv") mkdir -p .venv/bin; cat {machine.bin}/pip-that-fails >{python}; chmod +x {python} ;;
esac""",
    )
    machine.give("chmod", f'exec {shutil.which("chmod")} "$@"')
    machine.give("pip-that-fails", '[ "$1" != -m ] || { echo "no route to the index" >&2; exit 1; }')
    told = machine.set_up()
    assert told.returncode == 1
    pips_words, ours = told.stderr.splitlines()
    assert pips_words == "no route to the index"
    assert ours.startswith("set-up: pip could not install --require-hashes --no-deps -r requirements.lock; ")
    assert ours.endswith("is the package index reachable from here?")


def test_it_wants_to_know_what_for(machine: Machine):
    told = machine.set_up("")
    assert told.returncode != 0
    assert "usage: .ci/set-up demo|test|packages" in told.stderr
