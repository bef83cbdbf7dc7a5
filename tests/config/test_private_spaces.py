"""A camera that is declared to look into a private space is found in whatever file says so, mistakes and all."""

from __future__ import annotations

from pathlib import Path

import pytest

from config.private_spaces import private_spaces

FITTING = '[device.cam-fitting]\ndriver = "camera/usb"\nprivate_space = true\n'
DOOR = "[device.cam-door]\nprivate_space = false # it looks at the street\n"


@pytest.mark.parametrize(
    ("text", "names"),
    [
        (FITTING + DOOR, {"cam-fitting"}),
        (FITTING + '[kiosk.k]\ncamera = "cam-fitting"\n', {"cam-fitting"}),
        (FITTING.replace("true", '"yes"'), {"cam-fitting"}),
        (FITTING.replace("true", "1"), {"cam-fitting"}),
        ("device.cam-fitting = { private_space = true }\n", {"cam-fitting"}),
        ("device = 7\n", set()),
        ("[device]\ncam-fitting = 7\n", set()),
        (FITTING + DOOR + "a typing mistake\n", {"cam-fitting"}),
        (FITTING.replace("true", "True") + DOOR, {"cam-fitting"}),
        ('[ device . "cam-fitting" ] # upstairs\n private_space=yes\n[faces]\nprivate_space = yes\n', {"cam-fitting"}),
        ("# private_space = true\n[device.cam-1]\n# private_space = true\n=\n", set()),
        ("private_space = true\n[[device\n", set()),
    ],
)
def test_what_is_declared_private_is_found(tmp_path: Path, text: str, names: set[str]) -> None:
    path = tmp_path / "storebox.toml"
    path.write_text(text)
    assert private_spaces(path) == names


def test_a_file_that_is_not_there_declares_nothing(tmp_path: Path) -> None:
    assert private_spaces(tmp_path / "storebox.toml") == frozenset()
