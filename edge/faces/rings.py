"""Which cameras the process may look at: opened when a place of the settings has one that is open, closed as soon as it has not.

The kernel's descriptor of the ring goes with the word, so the process can look at no camera that was not handed to it here.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from drivers.wires.pictures import Pictures, Rings
from edge.faces.places import Place
from edge.faces.words import BoxLine, Close, Open


@dataclass(slots=True, kw_only=True)
class Cameras:
    """One life of the process: it begins with no camera."""

    pictures: Pictures
    _opened: dict[str, tuple[Place, Rings]] = field(default_factory=dict)

    def is_open(self, place: Place) -> bool:
        """Whether the process has the pictures of that place's camera as they come now."""
        opened = self._opened.get(place.camera)
        return opened is not None and opened[0].kind == place.kind and opened[1] is self.pictures.rings.get(place.camera)

    async def tell(self, line: BoxLine, places: Mapping[str, Place]) -> None:
        """Tell the process what has changed. Raises ChannelBroken."""
        wanted = {place.camera: place for place in places.values() if place.camera in self.pictures.rings}
        for camera in self._opened.keys() - wanted.keys():
            del self._opened[camera]
            await line.say(Close(camera=camera))
        for camera, place in wanted.items():
            rings = self.pictures.rings.get(camera)
            if rings is not None and not self.is_open(place):
                self._opened[camera] = (place, rings)
                await line.say(Open(camera=camera, kind=place.kind), rings.raw_fd)
