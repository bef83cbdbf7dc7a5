"""Mistakes about faces and cameras are told with their line: half of what the law asks for, a camera that is for another use."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest

from config.exposure import exposed_secrets
from config.load import load
from config.mistakes import SettingsError
from config.schema import Settings
from drivers.catalogue import installed

Write = Callable[[str], Path]

FACES = '[faces]\npurpose_zh = "免出示会员码"\npurpose_en = "no code to show"\nassessment = "PIA-7"\ncontact = "ann"\n'
CAMERA = '[device.cam-1]\ndriver = "camera/video-file"\npath = "/a.mp4"\n'
PRINTER = '[device.printer-1]\ndriver = "printer/escpos"\ndevice_file = "/dev/usb/lp0"\n'
KIOSK = '[kiosk.k-1]\ncamera = "cam-1"\n'
OFF = "is missing: nobody is recognised by face without it"
FOUR = "write all four or none: purpose_zh, purpose_en, assessment, contact"
NO_FACE = 'no face may be read by "cam-1"'
NOT_FOR_FACES = 'a camera that sees only who touches the screen has kind = "kiosk" in [device.cam-1]'
PRIVATE = CAMERA + "private_space = true\n"
TAKE_OUT = "looks into a private space; take it out: nobody is looked at there"


def loaded(path: Path) -> Settings:
    return load(path, installed().settings_classes())


@pytest.mark.parametrize(
    ("text", "report"),
    [
        ('[faces]\npurpose_zh = "a"\npurpose_en = "b"\ncontact = "c"\n', f"1: faces.assessment: {OFF}; {FOUR}"),
        ('[faces]\npurpose_zh = "a"\npurpose_en = "b"\nassessment = "c"\n', f"1: faces.contact: {OFF}; {FOUR}"),
        ('[faces]\npurpose_zh = ""\npurpose_en = "b"\nassessment = "c"\ncontact = "d"\n', f"2: faces.purpose_zh: {OFF}; {FOUR}"),
        ('[faces]\npurpose_zh = "b"\nassessment = "c"\ncontact = "d"\n', f"1: faces.purpose_en: {OFF}; {FOUR}"),
        ('[faces]\npurpose_zh = "a"\npurpose_en = "b"\nassessment = " "\ncontact = "d"\n', f"4: faces.assessment: {OFF}; {FOUR}"),
        (KIOSK, '2: kiosk.k-1.camera: no device is called "cam-1"; add a [device.cam-1] table'),
        (
            PRINTER + '[kiosk.k-1]\ncamera = "printer-1"\n',
            '5: kiosk.k-1.camera: "printer-1" is not a camera; its driver is "printer/escpos"',
        ),
        (
            CAMERA + '[kiosk.k-1]\nprinter = "cam-1"\n',
            '5: kiosk.k-1.printer: "cam-1" is not a printer; its driver is "camera/video-file"',
        ),
        (CAMERA + "[kiosk.cam-1]\n", "4: kiosk.cam-1: must not be called as [device.cam-1]; rename the kiosk"),
        ("[lane.k-1]\n[kiosk.k-1]\n", "2: kiosk.k-1: must not be called as [lane.k-1]; rename the kiosk"),
        (FACES + CAMERA + KIOSK, f'10: kiosk.k-1.camera: {NO_FACE}, which is of kind "room"; {NOT_FOR_FACES}'),
        (
            FACES + CAMERA + 'kind = "entrance"\n[lane.1]\ncamera = "cam-1"\n',
            f'11: lane.1.camera: {NO_FACE}, which is of kind "entrance"; {NOT_FOR_FACES}',
        ),
        (PRIVATE + KIOSK, f'6: kiosk.k-1.camera: "cam-1" {TAKE_OUT}'),
        (PRIVATE + '[lane.1]\ncamera = "cam-1"\n', f'6: lane.1.camera: "cam-1" {TAKE_OUT}'),
        (
            PRIVATE + '[device.mirror-1]\ndriver = "mirror/page"\ncamera = "cam-1"\n',
            f'7: device.mirror-1.camera: "cam-1" {TAKE_OUT}',
        ),
        (
            PRIVATE + '[vision]\ncameras = ["cam-1"]\n',
            '6: vision.cameras: "cam-1" looks into a private space; take it out: nobody is counted there',
        ),
        (
            PRIVATE + "shown = true\n",
            "5: device.cam-1.shown: the camera looks into a private space; take it out: no screen shows it",
        ),
    ],
)
def test_a_mistake_about_faces_is_told_with_its_line(text: str, report: str, settings_file: Write) -> None:
    path = settings_file(text)
    with pytest.raises(SettingsError) as caught:
        loaded(path)
    assert str(caught.value) == f"{path}:{report}"


@pytest.mark.parametrize(
    "text",
    [
        '[faces]\nnotice = "2"\nkey_file = "/etc/storebox/face.key"\n',
        CAMERA + KIOSK,
        FACES + CAMERA + 'kind = "kiosk"\n' + KIOSK + '[lane.1]\ncamera = "cam-1"\n[kiosk.k-2]\n',
        FACES + CAMERA + '[device.mirror-1]\ndriver = "mirror/page"\ncamera = "cam-1"\n',
        PRIVATE,
        "kiosk = 3\n[faces]\nassessment = 7\n[lane]\na = 2\n",
    ],
    ids=["off", "no-faces", "right", "a-mirror-paints", "private", "mistyped"],
)
def test_what_is_right_about_faces_is_taken(text: str, settings_file: Write, request: pytest.FixtureRequest) -> None:
    path = settings_file(text)
    if request.node.callspec.id == "mistyped":
        with pytest.raises(SettingsError) as caught:
            loaded(path)
        assert "must be" in str(caught.value), "the schema says it, and the checks pass over it"
        return
    assert loaded(path).faces.configured == text.startswith(FACES)


def test_blanks_are_no_purpose(settings_file: Write) -> None:
    path = settings_file('[faces]\npurpose_zh = " "\npurpose_en = " "\nassessment = " "\ncontact = " "\n')
    assert not loaded(path).faces.configured


def test_the_example_of_the_manual_is_right(settings_file: Write) -> None:
    manual = (Path(__file__).parents[2] / "docs" / "faces.md").read_text(encoding="utf-8")
    (example,) = re.findall(r"```toml\n(.*?)```", manual, flags=re.DOTALL)
    settings = loaded(settings_file(example + PRINTER))
    assert settings.faces.configured
    assert settings.kiosk["kiosk-1"].camera == "cam-kiosk"


def test_a_key_of_faces_that_others_can_read_is_noticed(tmp_path: Path, settings_file: Write) -> None:
    key = tmp_path / "face.key"
    key.touch(mode=0o600)
    path = settings_file(f'[faces]\nkey_file = "{key}"\n')
    assert exposed_secrets(path, loaded(path)) == ()
    key.chmod(0o644)
    (caution,) = exposed_secrets(path, loaded(path))
    assert caution.key == "faces.key_file"
    assert caution.problem == f"{key} holds a secret and others can read it"
