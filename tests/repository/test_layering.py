"""The layering of the folders is held by contracts, and each contract catches what it is there for."""

from __future__ import annotations

import ast
import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = ("config", "drivers", "edge", "models", "sync")
LAYERS = "edge -> (drivers | models | sync) -> config"
SIMULATOR = "a simulator imports none of our code"
CORE = "the core never imports what belongs to a camera process"

SIMULATORS_MAY_IMPORT = {"aiohttp", "cryptography", "drivers.sim", "paho", "serial"}


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A copy of the sources that a test may spoil."""
    for package in PACKAGES:
        shutil.copytree(ROOT / package, tmp_path / package, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    return tmp_path


def lint(checkout: Path) -> subprocess.CompletedProcess[str]:
    # As lint-imports does it, with the copy before the installed storebox on the path.
    program = "import sys; from importlinter.cli import lint_imports_command; sys.path.insert(0, '.'); lint_imports_command()"
    command = [sys.executable, "-c", program, "--no-cache"]
    return subprocess.run(command, cwd=checkout, capture_output=True, text=True, check=False, timeout=100)


def test_the_sources_keep_every_contract(checkout: Path):
    told = lint(checkout)
    assert told.returncode == 0, told.stdout + told.stderr
    assert "4 kept, 0 broken" in told.stdout


WRONG = (
    ("drivers/readings.py", "import sync.events", LAYERS),
    ("drivers/readings.py", "import models", LAYERS),
    ("sync/events.py", "import edge.status", LAYERS),
    ("sync/events.py", "import drivers.readings", LAYERS),
    ("models/__init__.py", "import drivers.readings", LAYERS),
    ("config/schema.py", "import drivers.readings", LAYERS),
    ("drivers/sim/__init__.py", "import drivers.contract", SIMULATOR),
    ("drivers/sim/__init__.py", "import drivers.scales", SIMULATOR),
    ("drivers/sim/__init__.py", "import config.schema", SIMULATOR),
    ("edge/status.py", "import cv2", CORE),
    ("drivers/contract.py", "import onnxruntime", CORE),
)


def test_each_wrong_import_breaks_its_contract(checkout: Path):
    """All are planted at once; the report names each by itself."""
    for planted_in, wrong, _contract in WRONG:
        with (checkout / planted_in).open("a") as source:
            source.write(f"\n{wrong}\n")
    told = lint(checkout)
    assert told.returncode == 1, told.stdout + told.stderr
    reports = dict(zip((LAYERS, SIMULATOR, CORE), re.split(r"\n[^\n]+\n-+\n", told.stdout)[-3:], strict=True))
    for planted_in, wrong, contract in WRONG:
        assert f"{contract} BROKEN" in told.stdout
        importer = planted_in.removesuffix(".py").removesuffix("/__init__").replace("/", ".")
        assert f"{importer} -> {wrong.removeprefix('import ')} (l." in reports[contract], reports[contract]


def test_the_simulators_contract_names_every_module_of_the_drivers():
    """A module that the contract does not name would be open to simulators: one that is new is added there."""
    contracts = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]["contracts"]
    named = next(set(contract["forbidden_modules"]) for contract in contracts if contract["name"] == SIMULATOR)
    there = {f"drivers.{path.stem}" for path in (ROOT / "drivers").iterdir() if path.suffix == ".py" or path.is_dir()}
    assert named - set(PACKAGES) == there - {"drivers.__init__", "drivers.__pycache__", "drivers.sim"}


def test_a_simulator_needs_no_more_than_python_and_a_wire():
    wanted = {module for path in (ROOT / "drivers" / "sim").rglob("*.py") for module in imported(path)}
    ours_or_theirs = {module for module in wanted if module.split(".")[0] not in sys.stdlib_module_names}
    assert {m for m in ours_or_theirs if not any(m == may or m.startswith(f"{may}.") for may in SIMULATORS_MAY_IMPORT)} == set()


def imported(path: Path) -> set[str]:
    """Every module that a file imports, wherever in it."""
    nodes = list(ast.walk(ast.parse(path.read_text())))
    plain = {name.name for node in nodes if isinstance(node, ast.Import) for name in node.names}
    return plain | {node.module for node in nodes if isinstance(node, ast.ImportFrom) and node.module}
