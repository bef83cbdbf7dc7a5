"""What the documents say is so: folders, links, commands and states that they name are there, and none is left out."""

from __future__ import annotations

import re
import subprocess
import sys
from functools import cache
from pathlib import Path
from typing import get_args, get_type_hints

import pytest

from edge.status import DeviceState, SyncStatus
from sync.works import JournalState

ROOT = Path(__file__).resolve().parents[2]
README = (ROOT / "README.md").read_text()
TECHNICIAN = (ROOT / "docs" / "technician.md").read_text()
# Not what is in hidden folders: pytest puts a README into its cache.
DOCUMENTS = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/*.md"), *ROOT.glob("[!.]*/README.md")])
SCRIPTS = [".ci/bench", ".ci/lock", ".ci/run", ".ci/set-up", ".ci/test", "systemd/install", "systemd/uninstall"]


@cache
def make_targets() -> set[str]:
    told = subprocess.run(["make", "help"], cwd=ROOT, capture_output=True, text=True, check=True, timeout=60)
    return {line.split()[0] for line in told.stdout.splitlines() if not line.startswith("make")}


@cache
def commands() -> set[str]:
    told = subprocess.run(
        [sys.executable, "-m", "edge", "--help"], cwd=ROOT, capture_output=True, text=True, check=True, timeout=60
    )
    return set(re.findall(r"^  ([a-z-]+)  ", told.stdout, re.MULTILINE))


def test_the_first_line_says_how_to_get_make_and_git():
    assert "`sudo apt-get install -y make git`" in README.splitlines()[0]


def test_make_help_names_every_target():
    phony = re.search(r"^\.PHONY: (.*)$", (ROOT / "Makefile").read_text(), re.MULTILINE)
    assert phony
    assert make_targets() == set(phony[1].split())


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_every_target_that_a_document_names_is_there(document: Path):
    named = re.findall(r"`(?:sudo )?make ([a-z]+)`|^\$ (?:sudo |[A-Z_]+=\S+ )*make ([a-z]+)", document.read_text(), re.MULTILINE)
    assert {name for pair in named for name in pair if name} <= make_targets()


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_every_link_leads_somewhere(document: Path):
    links = [link for link in re.findall(r"\]\(([^)#]+)[^)]*\)", document.read_text()) if "://" not in link]
    assert [link for link in links if not (document.parent / link).exists()] == []


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_every_command_that_a_document_shows_is_there(document: Path):
    assert "check-settings" in commands()
    shown = set(re.findall(r"(?:`|^\$ )(?:sudo |\.venv/bin/)*storebox ([a-z][a-z-]+)", document.read_text(), re.MULTILINE))
    assert shown <= commands()


def test_the_readme_has_every_folder_in_its_table():
    tracked = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=False, timeout=60).stdout
    folders = {path.split("/")[0] for path in tracked.splitlines() if "/" in path and not path.startswith(".")}
    if not folders:
        pytest.skip("not a checkout: git does not know the folders")
    assert set(re.findall(r"^\| \[`([a-z]+)/`\]", README, re.MULTILINE)) == folders


def test_every_file_of_the_six_hops_is_there():
    hops = re.findall(r"^ [1-6] (\S+)", README, re.MULTILINE)
    assert len(hops) == 6
    assert [hop for hop in hops if not (ROOT / hop).exists()] == []


@pytest.mark.parametrize(
    ("heading", "states"),
    [
        ("What a device's state means", get_args(DeviceState)),
        ("What the journal's state means", get_args(JournalState)),
        ("What the upload's state means", get_args(get_type_hints(SyncStatus)["state"])),
    ],
)
def test_the_technician_finds_every_state(heading: str, states: tuple[str, ...]):
    table = TECHNICIAN.split(f"## {heading}\n")[1].split("\n## ")[0]
    assert re.findall(r"^\| ([a-z]+) \|", table, re.MULTILINE) == ["state", *states]


@pytest.mark.parametrize("script", SCRIPTS)
def test_every_script_can_be_run_and_read(script: str):
    assert (ROOT / script).stat().st_mode & 0o111
    assert subprocess.run(["bash", "-n", script], cwd=ROOT, capture_output=True, check=False, timeout=60).stderr == b""


def test_no_script_is_left_out():
    folders = [ROOT / ".ci", *(path for path in ROOT.iterdir() if path.is_dir() and not path.name.startswith("."))]
    found = {
        path for folder in folders for path in folder.rglob("*") if path.is_file() and path.read_bytes()[:12] == b"#!/usr/bin/e"
    }
    assert {str(path.relative_to(ROOT)) for path in found if "__pycache__" not in path.parts} == set(SCRIPTS)


def test_the_licence_is_complete():
    licence = (ROOT / "LICENSE").read_text()
    assert "Apache License" in licence
    assert "Version 2.0, January 2004" in licence
    assert "END OF TERMS AND CONDITIONS" in licence
