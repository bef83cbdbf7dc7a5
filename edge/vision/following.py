"""What the inference process is told: which cameras are open, what they are to look at, whose pictures somebody wants to see.

Looked at a few times a second: a camera that was opened anew has new rings, one that is gone has none.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from drivers.wires.pictures import Pictures, Rings
from edge.vision.layout import Body, FloorPlan, Layout
from edge.vision.live import Live, LiveRing
from edge.vision.words import BoxLine, Hide, Show, Unwatch, Watch


@dataclass(frozen=True, slots=True, kw_only=True)
class _Told:
    """What the process was told of a camera. Rings of another opening are never equal."""

    rings: Rings
    layout: Layout
    plan: FloorPlan | None


@dataclass(slots=True, kw_only=True)
class Following:
    """One life of the process: it begins with nothing told."""

    line: BoxLine
    names: Iterable[str]
    fps: int
    pictures: Pictures
    live: Live
    _told: dict[str, _Told] = field(default_factory=dict)
    _shown: dict[str, LiveRing] = field(default_factory=dict)

    async def tell(self, body: Body) -> None:
        """Tell the process what has changed; ``body`` is what the cameras are to look at. Raises ChannelBroken."""
        for camera in self.names:
            rings = self.pictures.rings.get(camera)
            if rings is None:
                await self._unwatch(camera)
            else:
                layout = body.cameras.get(camera) or Layout()
                await self._watch(camera, _Told(rings=rings, layout=layout, plan=body.floor))
        await self._show(self.live.wanted())

    async def _watch(self, camera: str, now: _Told) -> None:
        if self._told.get(camera) != now:
            self._told[camera] = now
            asked = Watch(camera=camera, layout=now.layout, plan=now.plan, fps=self.fps)
            await self.line.say(asked, now.rings.raw_fd)

    async def _unwatch(self, camera: str) -> None:
        if self._told.pop(camera, None) is not None:
            await self.line.say(Unwatch(camera=camera))

    async def _show(self, wanted: dict[str, LiveRing]) -> None:
        for camera in self._shown.keys() - wanted.keys():
            await self.line.say(Hide(camera=camera))
        for camera, ring in wanted.items():
            if self._shown.get(camera) != ring:
                await self.line.say(Show(camera=camera), ring.descriptor)
        self._shown = wanted
