"""The camera that an address names, as the pages of vision see it."""

from __future__ import annotations

from http import HTTPStatus

from edge.vision.window import CameraShown, Window
from edge.web.problems import Problem
from edge.web.view import View


def watched(view: View, camera: str) -> tuple[Window, CameraShown]:
    """The window and how ``camera`` is. Raises Problem for a camera that does not count."""
    shown = None if view.eyes is None else view.eyes.cameras().get(camera)
    if view.eyes is None or shown is None:
        told = f"no camera that counts is called {camera!r}; add it to cameras in [vision] of the settings"
        raise Problem(HTTPStatus.NOT_FOUND, "unknown-camera", told)
    return view.eyes, shown
