"""One typing mistake neither closes the shop nor moves it: the box stays in the folder that its settings name."""

from __future__ import annotations

from pathlib import Path

import pytest

from drivers.catalogue import installed
from edge.settings_in_use import keep_as_last_good, settings_in_use

SCALE = '[device.scale-1]\ndriver = "scale/mt-sics"\nport = "/dev/none"\n'
CAMERAS = "".join(f'[device.cam-{at}]\ndriver = "camera/usb"\npath = "/dev/video{at}"\n' for at in (1, 2))
GOOD = '[box]\ndata_dir = "{folder}/data"\nrun_dir = "{folder}/run"\n' + SCALE


@pytest.fixture
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A good file of a box that systemd does not run."""
    monkeypatch.delenv("STATE_DIRECTORY", raising=False)
    monkeypatch.delenv("RUNTIME_DIRECTORY", raising=False)
    (tmp_path / "data").mkdir()
    path = tmp_path / "storebox.toml"
    path.write_text(GOOD.format(folder=tmp_path))
    return path


def test_the_last_good_settings_are_found_where_the_box_lives(settings: Path) -> None:
    keep_as_last_good(settings, settings.parent / "data")
    settings.write_text(settings.read_text().replace("port", "prot"))
    found = settings_in_use(settings, installed())
    assert list(found.settings.device) == ["scale-1"]
    assert found.problem.startswith(f"the last good settings are in use; mend {settings}, then reload the box:\n")
    assert 'did you mean "port"?' in found.problem


def test_a_camera_that_a_refused_file_calls_private_is_closed_off(settings: Path) -> None:
    settings.write_text(settings.read_text() + CAMERAS)
    keep_as_last_good(settings, settings.parent / "data")
    settings.write_text(settings.read_text() + 'private_space = true\n[kiosk.kiosk-1]\ncamera = "cam-2"\n')
    found = settings_in_use(settings, installed())
    assert found.problem.startswith(
        f"the last good settings are in use; closed all the same, for it is called a private space: cam-2; mend {settings},"
    )
    assert (found.settings.device["cam-1"].settings.private_space, found.settings.device["cam-2"].settings.private_space) == (
        False,
        True,
    )
    assert found.private == {"cam-2"}


def test_safe_mode_stays_in_the_folder_of_the_box(settings: Path) -> None:
    settings.write_text(settings.read_text().replace("port", "prot"))
    found = settings_in_use(settings, installed())
    assert found.problem.startswith(f"safe mode, no device is driven; mend {settings}, then restart the box:\n")
    assert (found.settings.box.data_dir, found.settings.box.run_dir) == (settings.parent / "data", settings.parent / "run")
    assert found.settings.device == {}


@pytest.mark.parametrize("text", ["[box\n", "box = 7\n", "[box]\ndata_dir = 7\n"])
def test_systemd_says_where_when_the_file_cannot(settings: Path, monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    monkeypatch.setenv("STATE_DIRECTORY", str(settings.parent / "state"))
    settings.write_text(text)
    assert settings_in_use(settings, installed()).settings.box.data_dir == settings.parent / "state"
