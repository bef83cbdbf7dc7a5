"""The cameras before which faces are read, and what is asked there: one request at a time for each, picture after picture."""

from __future__ import annotations

import sys
from collections.abc import Callable, Collection
from random import SystemRandom
from typing import TYPE_CHECKING, Protocol

from drivers.wires.picture_ring import NoRing
from edge.faces.camera import Camera
from edge.faces.enrolling import Enrolling
from edge.faces.identifying import Identifying
from edge.faces.words import Close, Enrol, Identify, Open, Said, Unenrolled, Unmatched, Why
from models.liveness import drawn
from models.manifest import ModelUnusable

if TYPE_CHECKING:
    from edge.faces.request import Reads, Request
    from edge.faces.vault import Vault
    from models.face_gallery import Gallery
    from models.landmarks import FaceFinder


class Sees(Protocol):
    """Key and models (edge.faces.sight.Sight)."""

    @property
    def problem(self) -> str: ...

    @property
    def no_enrolment(self) -> str: ...

    @property
    def vault(self) -> Vault | None: ...

    @property
    def reader(self) -> Reads | None: ...

    def is_wanting(self, now_ns: int) -> bool: ...

    def open(self, now_ns: int) -> None: ...

    def finder(self) -> FaceFinder: ...


class Requests:
    """What is under way. Each call returns what is to be said of it."""

    def __init__(self, sight: Sees, gallery: Gallery) -> None:
        self._sight, self._gallery = sight, gallery
        self._cameras: dict[str, Camera] = {}
        self._requests: dict[str, Request] = {}

    def __bool__(self) -> bool:
        """Whether pictures are waited for."""
        return bool(self._requests)

    def open(self, asked: Open, ring: int) -> None:
        """Faces may be read there; takes the descriptor over. What is no ring is left alone."""
        try:
            camera = Camera(ring)
        except NoRing as error:
            sys.stderr.write(f"Open of {asked.camera} is left alone: {error}\n")
            return
        former = self._cameras.get(asked.camera)
        if former is not None:
            former.close()
        self._cameras[asked.camera] = camera

    def close(self, asked: Close) -> list[Said]:
        """The camera is gone, and a request there has ended."""
        said = self._end(lambda each: each.camera == asked.camera, "camera-gone")
        camera = self._cameras.pop(asked.camera, None)
        if camera is not None:
            camera.close()
        return said

    def identify(self, asked: Identify, now_ns: int) -> list[Said]:
        """Look who stands there from now on."""
        why = self._hindrance(asked.camera)
        if why is not None:
            return [Unmatched(request=asked.request, why=why)]
        self._requests[asked.camera] = Identifying(asked, self._gallery, now_ns)
        return []

    def hindered(self, asked: Enrol) -> list[Said]:
        """Why nobody can be enrolled there now, if so."""
        why = self._hindrance(asked.camera)
        return [] if why is None else [Unenrolled(request=asked.request, why=why)]

    def enrol(self, asked: Enrol, now_ns: int) -> list[Said]:
        """Learn whoever stands there, when nothing has ``hindered`` it. Loads a model, which takes a second or more."""
        vault = self._sight.vault
        try:
            finder = self._sight.finder()
        except ModelUnusable:
            vault = None
        if vault is None:
            return [Unenrolled(request=asked.request, why="off")]
        moves = drawn(SystemRandom())
        self._requests[asked.camera] = Enrolling(asked, self._gallery, vault=vault, finder=finder, moves=moves, now_ns=now_ns)
        return []

    def cancel(self, name: str) -> list[Said]:
        """Nobody waits for it any more."""
        return self._end(lambda each: each.name == name, "cancelled")

    def forget(self, templates: Collection[str]) -> None:
        """No request names one of these from now on."""
        for request in self._requests.values():
            request.forget(templates)

    def late(self, now_ns: int) -> list[Said]:
        """End those whose time is over."""
        return self._end(lambda each: each.late(now_ns), "timeout")

    def look(self, now_ns: int) -> list[Said]:
        """One picture, for the request that has waited longest."""
        reader = self._sight.reader
        due = [each for each in self._requests.values() if now_ns >= each.due_ns() and self._cameras[each.camera].has_news]
        if not due or reader is None:
            return []
        request = min(due, key=lambda each: each.due_ns())
        taken = self._cameras[request.camera].take()
        if taken is None or taken.at_ns < request.due_ns():
            return []
        said = request.see(taken, reader)
        taken.pixels.fill(0)
        if request.over:
            del self._requests[request.camera]
        return said

    def shut(self) -> None:
        """Let go of every camera, and of what was seen."""
        self._end(lambda _: True, "cancelled")
        for camera in self._cameras.values():
            camera.close()
        self._cameras.clear()

    def _end(self, which: Callable[[Request], bool], why: Why) -> list[Said]:
        ended = [each for each in self._requests.values() if which(each)]
        for each in ended:
            del self._requests[each.camera]
        return [each.end(why) for each in ended]

    def _hindrance(self, camera: str) -> Why | None:
        """What keeps a request from beginning."""
        if self._sight.reader is None or self._sight.vault is None:
            return "off"
        if camera not in self._cameras:
            return "camera-gone"
        return "busy" if camera in self._requests else None
