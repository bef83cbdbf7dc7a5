"""What no single setting can know of faces and cameras: that the shop has done what the law asks for, where faces may be read.

A camera that looks into a private space is counted, shown and looked through nowhere, whatever its driver.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from config.lines import Key
from config.mistakes import Mistake
from config.source import Source

ASKED = ("purpose_zh", "purpose_en", "assessment", "contact")
"""Without all of these nobody is recognised by face."""

Tables = Mapping[str, dict[str, Any]]


def face_checks(source: Source, devices: Tables) -> Iterator[Mistake]:
    """Mistakes between ``[faces]``, the screens and the cameras; one that does not exist is told elsewhere."""
    faces = _table(source.tables.get("faces"))
    written = [name for name in ASKED if str(faces.get(name, "")).strip()]
    if written and len(written) < len(ASKED):
        hint = f"write all four or none: {', '.join(ASKED)}"
        for name in ASKED:
            if name not in written:
                yield source.mistake(("faces", name), "is missing: nobody is recognised by face without it", hint)
    yield from _kiosk_names(source, devices)
    for key, camera in _looking(source, devices):
        yield from _private(source, key, camera, devices)
        if len(written) == len(ASKED) and key[0] in {"kiosk", "lane"}:
            yield from _kind(source, key, camera, devices)
    yield from _shown(source, devices)


def _kiosk_names(source: Source, devices: Tables) -> Iterator[Mistake]:
    """Who is identified at a kiosk is written down under its name, as of a till or a lane under theirs."""
    for name in _table(source.tables.get("kiosk")):
        for others, table in (("device", devices), ("lane", _table(source.tables.get("lane")))):
            if name in table:
                yield source.mistake(("kiosk", name), f"must not be called as [{others}.{name}]", "rename the kiosk")


def _looking(source: Source, devices: Tables) -> Iterator[tuple[Key, str]]:
    """Who looks through which camera, by the setting that says so."""
    for section in ("kiosk", "lane"):
        for name, screen in _table(source.tables.get(section)).items():
            camera = _table(screen).get("camera")
            if isinstance(camera, str):
                yield (section, name, "camera"), camera
    # A mirror whose camera is of another kind paints, and reads no face: that is no mistake.
    for name, device in devices.items():
        camera = device.get("camera")
        if isinstance(camera, str):
            yield ("device", name, "camera"), camera
    counting = _table(source.tables.get("vision")).get("cameras")
    for camera in counting if isinstance(counting, list) else []:
        if isinstance(camera, str):
            yield ("vision", "cameras"), camera


def _private(source: Source, key: Key, camera: str, devices: Tables) -> Iterator[Mistake]:
    if _is_private(devices.get(camera, {})):
        does = "nobody is counted there" if key[0] == "vision" else "nobody is looked at there"
        yield source.mistake(key, f'"{camera}" looks into a private space', f"take it out: {does}")


def _kind(source: Source, key: Key, camera: str, devices: Tables) -> Iterator[Mistake]:
    """A screen says by its camera that faces are read there, the camera by its kind that it sees nobody else."""
    kind = devices.get(camera, {}).get("kind", "room")
    if camera in devices and kind not in {"kiosk", "mirror"}:
        hint = f'a camera that sees only who touches the screen has kind = "kiosk" in [device.{camera}]'
        yield source.mistake(key, f'no face may be read by "{camera}", which is of kind "{kind}"', hint)


def _shown(source: Source, devices: Tables) -> Iterator[Mistake]:
    for name, device in devices.items():
        if _is_private(device) and device.get("shown") is True:
            yield source.mistake(
                ("device", name, "shown"), "the camera looks into a private space", "take it out: no screen shows it"
            )


def _is_private(device: Mapping[str, Any]) -> bool:
    return device.get("private_space") is True


def _table(value: Any) -> dict[str, Any]:
    """A table; what is none has been reported by the schema."""
    return value if isinstance(value, dict) else {}
