"""Where faces may be read: the screens of the settings whose camera is there for that. Every other camera is refused.

    [kiosk.kiosk-1]     camera = "cam-1"    kind = "kiosk" or "mirror"
    [lane.sco-1]        camera = "cam-2"    kind = "kiosk" or "mirror"
    [device.mirror-1]   camera = "cam-3"    kind = "mirror"; a mirror with any other camera only paints

None at all while ``[faces]`` is not filled in. Pure: asked anew whenever the settings may have changed.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Literal

from config.schema import Settings
from drivers.cameras.camera_settings import CameraSettings
from drivers.mirrors.page import PageSettings


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A screen at which faces may be read, and the camera that does it."""

    camera: str
    kind: Literal["kiosk", "mirror"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Places:
    """The ``allowed`` by their names; why each of the ``refused`` is none, and what to do."""

    allowed: Mapping[str, Place]
    refused: Mapping[str, str]


def places(settings: Settings) -> Places:
    """The places of ``settings``."""
    allowed: dict[str, Place] = {}
    refused: dict[str, str] = {}
    if not settings.faces.configured:
        return Places(allowed=allowed, refused=refused)
    for name, camera in _screens(settings):
        plugged = settings.device.get(camera)
        found = _place(name, camera, None if plugged is None else plugged.settings)
        if isinstance(found, Place):
            allowed[name] = found
        else:
            refused[name] = found
    for name, each in settings.device.items():
        if isinstance(each.settings, PageSettings):
            plugged = settings.device.get(each.settings.camera)
            found = _place(name, each.settings.camera, None if plugged is None else plugged.settings)
            if isinstance(found, Place) and found.kind == "mirror":
                allowed[name] = found
    return Places(allowed=allowed, refused=refused)


def _screens(settings: Settings) -> Iterator[tuple[str, str]]:
    """Those that say with their ``camera`` that faces shall be read there."""
    cameras = [(name, kiosk.camera) for name, kiosk in settings.kiosk.items()]
    cameras += [(name, lane.camera) for name, lane in settings.lane.items()]
    for name, camera in cameras:
        if camera is not None:
            yield name, camera


def _place(name: str, camera: str, settings: object) -> Place | str:
    if not isinstance(settings, CameraSettings):
        return f"no face is read at {name}: {camera} is no camera; add [device.{camera}] with the driver of a camera"
    if settings.private_space:
        return f"no face is read at {name}: {camera} looks into a private space, where that is never done"
    match settings.kind:
        case "kiosk" | "mirror":
            return Place(camera=camera, kind=settings.kind)
    return (
        f"no face is read at {name}: {camera} is of kind {settings.kind}; a camera that only looks at who touches"
        f' this screen has kind = "kiosk" in [device.{camera}]'
    )
