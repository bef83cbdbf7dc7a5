"""What is installed is locked, declared, and in nobody's way."""

from __future__ import annotations

import ast
import os
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
OURS = ("config", "drivers", "edge", "models", "sync")
LOCKS = ("requirements.lock", "requirements-dev.lock")
CAMERA_PROCESS_ONLY = ("cv2", "mediapipe", "onnxruntime")

PYPROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())


packages_of_modules = cache(packages_distributions)
"""To read the list of files of every package takes a third of a second."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Locked:
    name: str
    version: str
    hashes: frozenset[str]


def locked(lock: str) -> dict[str, Locked]:
    """The entries of a lock by name: ``name==version [; marker] \\`` and one ``--hash=sha256:…`` a line."""
    text = (ROOT / lock).read_text().replace("\\\n", " ")
    entries = {}
    for line in text.splitlines():
        if line.strip() and not line.lstrip().startswith("#"):
            pinned = re.match(r"([a-z0-9.-]+)==(\S+)", line)
            assert pinned, f"{lock}: not pinned to one version: {line[:80]}"
            hashes = frozenset(re.findall(r"--hash=(sha256:[0-9a-f]{64})(?=\s|$)", line))
            entries[pinned[1]] = Locked(name=pinned[1], version=pinned[2], hashes=hashes)
    return entries


def normal(name: str) -> str:
    """A distribution's name as an index compares it."""
    return re.sub(r"[-_.]+", "-", re.split(r"[<>=!~\[; ]", name)[0]).lower()


@pytest.mark.parametrize("lock", LOCKS)
def test_every_locked_package_has_hashes(lock: str):
    entries = locked(lock)
    assert len(entries) > 20
    assert [name for name, entry in entries.items() if not entry.hashes] == []


@pytest.mark.parametrize("lock", LOCKS)
def test_a_lock_does_not_say_where_packages_come_from(lock: str):
    assert re.findall(r".*(?:://|--index-url|--extra-index-url|--find-links| @ ).*", (ROOT / lock).read_text()) == []


def test_the_tests_run_with_the_very_packages_of_the_box():
    development = locked("requirements-dev.lock")
    assert {name: development.get(name) for name in locked("requirements.lock")} == locked("requirements.lock")


def test_every_dependency_is_locked():
    runtime = {normal(wish) for wish in PYPROJECT["project"]["dependencies"]}
    build = {normal(wish) for wish in PYPROJECT["dependency-groups"]["build"]}
    development = {normal(wish) for wish in PYPROJECT["dependency-groups"]["dev"] if isinstance(wish, str)}
    assert runtime | build <= locked("requirements.lock").keys()
    assert development <= locked("requirements-dev.lock").keys()


def test_what_the_box_imports_it_also_declares():
    """A package that merely came along with another can leave with the other's next version."""
    declared = {normal(wish) for wish in PYPROJECT["project"]["dependencies"]} | {"storebox", "pydantic-core"}
    homes = packages_of_modules()
    homeless = {
        f"{path.relative_to(ROOT)} imports {module}"
        for package in OURS
        for path in (ROOT / package).rglob("*.py")
        for module in imported(path) - sys.stdlib_module_names - set(OURS)
        if not any(normal(home) in declared for home in homes.get(module, []))
    }
    assert homeless == set()


def imported(path: Path) -> set[str]:
    """The first name of every module that a file imports, wherever in it."""
    nodes = list(statements(ast.parse(path.read_text()).body))
    plain = {name.name for node in nodes if isinstance(node, ast.Import) for name in node.names}
    dotted = plain | {node.module for node in nodes if isinstance(node, ast.ImportFrom) and node.module and not node.level}
    return {module.split(".")[0] for module in dotted}


def statements(nodes: Iterable[ast.AST]) -> Iterator[ast.AST]:
    """All of them, however deep; no expression is looked through, for none imports."""
    for node in nodes:
        yield node
        for part in ("body", "orelse", "handlers", "finalbody", "cases"):
            yield from statements(getattr(node, part, ()))


@pytest.mark.parametrize("package", OURS)
def test_no_dependency_shadows_a_folder_of_ours(package: str):
    assert set(packages_of_modules().get(package, [])) <= {"storebox"}
    where = subprocess.run(
        [sys.executable, "-c", f"import {package}; print({package}.__path__[0])"],
        cwd="/",
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    assert Path(where.stdout.strip()).resolve() == ROOT / package


def loaded_by(program: str, beside: Path) -> set[str]:
    """Which modules a fresh Python has loaded after ``program``, with those of ``beside`` first on its path."""
    told = subprocess.run(
        [sys.executable, "-c", f"import sys\n{program}\nprint(*sys.modules)"],
        cwd=ROOT,
        env=os.environ | {"PYTHONPATH": str(beside)},
        capture_output=True,
        text=True,
        check=True,
        timeout=100,
    )
    return set(told.stdout.split())


@pytest.fixture
def as_if_installed(tmp_path: Path) -> Path:
    """Where cv2, mediapipe and onnxruntime can be imported, so that importing them would be seen even if it were caught."""
    for name in CAMERA_PROCESS_ONLY:
        (tmp_path / f"{name}.py").write_text("")
    return tmp_path


def test_the_core_loads_nothing_that_belongs_to_a_camera_process(as_if_installed: Path):
    loaded = loaded_by("import edge.__main__, edge.assembly, edge.mirror.glass", as_if_installed)
    assert {"edge.box", "edge.vision.eyes", "edge.mirror.makeup", "edge.mirror.glass"} <= loaded
    assert loaded.isdisjoint({*CAMERA_PROCESS_ONLY, "numpy", "scipy"})


@pytest.mark.parametrize("module", CAMERA_PROCESS_ONLY)
def test_a_core_that_did_load_it_would_be_noticed(as_if_installed: Path, module: str):
    assert module in loaded_by(f"try:\n    import {module}\nexcept ImportError:\n    pass", as_if_installed)
