"""Drivers are found by name, imported when asked for, and one bad package does not hide the others."""

from __future__ import annotations

import subprocess
import sys
from importlib.metadata import EntryPoint, PathDistribution
from pathlib import Path

import pytest
from pydantic import BaseModel

from drivers.catalogue import GROUP, Broken, BrokenDriver, Catalogue, DriverMissing, UnknownDriver, installed

GOOD = """
from pydantic import BaseModel
from drivers.contract import Driver

class Settings(BaseModel):
    port: str

DRIVER = Driver(kind="scale", settings_class=Settings, open=lambda device, settings, wires: None)
NOT_A_DRIVER = 1
"""


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A directory in which foreign packages can be put."""
    monkeypatch.syspath_prepend(str(tmp_path))
    return tmp_path


def foreign(package: Path, module: str, source: str, points: dict[str, str], version: str = "1.0") -> list[EntryPoint]:
    """Install a module with its entry points, as pip would."""
    (package / f"{module}.py").write_text(source)
    metadata = package / f"{module}-{version}.dist-info"
    metadata.mkdir()
    (metadata / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {module}\nVersion: {version}\n")
    lines = "".join(f"{name} = {module}:{attribute}\n" for name, attribute in points.items())
    (metadata / "entry_points.txt").write_text(f"[{GROUP}]\n{lines}")
    return list(PathDistribution(metadata).entry_points.select(group=GROUP))


def test_the_shipped_drivers_are_installed() -> None:
    assert set(installed().names) >= {"scale/toledo-8217", "scale/mt-sics", "shelf/load-cell", "till/mqtt"}


def test_a_foreign_package_brings_a_driver(package: Path) -> None:
    catalogue = Catalogue(foreign(package, "acme_scale", GOOD, {"scale/acme": "DRIVER"}))
    assert catalogue.driver("scale/acme").kind == "scale"
    assert catalogue.settings_classes()["scale/acme"].model_fields.keys() == {"port"}


def test_a_driver_that_nobody_asks_for_is_not_imported(package: Path) -> None:
    points = foreign(package, "acme_used", GOOD, {"scale/used": "DRIVER"})
    points += foreign(package, "acme_idle", "raise SystemExit('imported')", {"scale/idle": "DRIVER"})
    classes = Catalogue(points).settings_classes()
    assert set(classes) == {"scale/used", "scale/idle"}
    assert len(classes) == 2
    assert "scale/idle" in classes
    assert issubclass(classes["scale/used"], BaseModel)
    assert "acme_idle" not in sys.modules


def test_a_name_that_no_package_claims_is_unknown() -> None:
    with pytest.raises(UnknownDriver, match='no driver is called "scale/x"; install the package that brings it'):
        Catalogue([]).driver("scale/x")


@pytest.mark.parametrize(
    ("module", "source", "attribute", "reason"),
    [
        (
            "acme_gone",
            "import lost_part",
            "DRIVER",
            (
                'the driver "a/b" of acme_gone 1.0 does not load '
                "(ModuleNotFoundError: No module named 'lost_part'); install it anew"
            ),
        ),
        (
            "acme_typo",
            "x",
            "DRIVER",
            """the driver "a/b" of acme_typo 1.0 does not load (NameError: name 'x' is not defined); install it anew""",
        ),
        (
            "acme_other",
            GOOD,
            "NOT_A_DRIVER",
            '"acme_other:NOT_A_DRIVER" of acme_other 1.0 is not a storebox driver; tell its maker',
        ),
    ],
)
def test_a_broken_package_is_told_and_does_not_hide_the_others(
    module: str, source: str, attribute: str, reason: str, package: Path
) -> None:
    points = foreign(package, module, source, {"a/b": attribute})
    points += foreign(package, f"{module}_good", GOOD, {"c/d": "DRIVER"})
    drivers, broken = Catalogue(points).every()
    assert list(drivers) == ["c/d"]
    assert broken == (Broken(name="a/b", reason=reason),)


def test_two_packages_that_claim_one_name_are_told(package: Path) -> None:
    points = foreign(package, "acme_one", GOOD, {"a/b": "DRIVER"})
    points += foreign(package, "acme_two", GOOD, {"a/b": "DRIVER"}, version="2.1")
    with pytest.raises(BrokenDriver, match=r'the driver "a/b" comes from acme_one 1\.0 and acme_two 2\.1; remove one of the two'):
        Catalogue(points).driver("a/b")


def test_an_entry_point_without_a_package_is_told() -> None:
    point = EntryPoint(name="a/b", value="not_there_at_all:DRIVER", group=GROUP)
    with pytest.raises(DriverMissing, match='the driver "a/b" of an unnamed package does not load'):
        Catalogue([point]).driver("a/b")


def test_finding_drivers_imports_none_of_them() -> None:
    script = (
        "import sys; from drivers.catalogue import installed; installed().names; print('drivers.scales.mt_sics' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True, timeout=60)
    assert done.stdout == "False\n"
