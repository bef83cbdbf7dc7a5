"""Tells Home Assistant of the shop's devices as long as the settings want it, and takes back what they no longer want.

    [mqtt]
    home_assistant = true

The broker keeps what was told (drivers/home_assistant.py); it is asked for it after every connect, so nothing is left behind of
a device that left the settings while the box was off.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from typing import NoReturn

import structlog

from config.schema import Settings
from drivers.contract import DeviceGone, DeviceSilent
from drivers.foreign_access import ForeignSettings
from drivers.home_assistant import Description, Unclear, described, discovery
from drivers.topics import discovered, discovery_filter, discovery_topic
from drivers.wires.mqtt import Broker
from drivers.wires.mqtt_foreign import ForeignChannel
from edge.devices import needs_broker

log = structlog.get_logger()

PUBLISH_S = 5.0
AGAIN_S = 1.0
CALM_S = 0.2
"""A device that describes itself anew without end is passed on a few times a second at most."""


class NotAllowed(Exception):
    """The broker's access list is from before; the text says what to do."""


@dataclass(slots=True, kw_only=True)
class HomeAssistant:
    """``settings()`` are those in use: whoever changes them sets ``broker.descriptions.news``. ``version`` is storebox's."""

    broker: Broker
    settings: Callable[[], Settings]
    version: str
    _unclear: dict[str, str] = field(default_factory=dict)

    async def run(self) -> NoReturn:
        """Tell until cancelled; raises NotAllowed. That the broker is lost is said elsewhere: it is told again after that."""
        while True:
            with suppress(DeviceGone, DeviceSilent):
                await self._follow()
            await asyncio.sleep(AGAIN_S)

    async def _follow(self) -> NoReturn:
        """Keep the broker's messages as the settings and the devices want them; raises DeviceGone, DeviceSilent, NotAllowed."""
        box, news = self.broker.box, self.broker.descriptions.news
        kept: dict[str, bytes] = {}
        told: dict[str, Description] = {}
        async with ForeignChannel(self.broker, "Home Assistant", [discovery_filter(box)], news) as channel:
            while True:
                news.clear()
                heard = {discovered(box, word.topic): word.payload for word in channel.waiting()}
                kept |= {device: message for device, message in heard.items() if device not in told}
                await self._tell(channel, kept, told)
                await asyncio.sleep(CALM_S)
                await news.wait()

    async def _tell(self, channel: ForeignChannel, kept: dict[str, bytes], told: dict[str, Description]) -> None:
        """``kept``: what the broker holds of each device; ``told``: how the device described itself when that was written."""
        shown = self._shown()
        for device in [device for device in kept if device not in shown]:
            await self._publish(channel, device, b"")
            del kept[device]
            told.pop(device, None)
        for device, description in shown.items():
            if description is None or told.get(device) == description:
                continue
            message = discovery(self.broker.box, device, description, version=self.version, before=kept.get(device, b""))
            await self._publish(channel, device, message)
            kept[device], told[device] = message, description

    def _shown(self) -> dict[str, Description | None]:
        """The devices that Home Assistant shall show; None for one that has not said yet what it is: what is told of it stays.

        A description that is unclear is said once, until it changes.
        """
        shown: dict[str, Description | None] = {}
        unclear: dict[str, str] = {}
        for device in _of_the_tree(self.settings()):
            payload = self.broker.descriptions.of.get(device)
            try:
                shown[device] = None if payload is None else described(payload)
            except Unclear as error:
                unclear[device] = str(error)
        for device, problem in unclear.items():
            if self._unclear.get(device) != problem:
                log.warning("Home Assistant does not show a device: its $description is unclear", device=device, problem=problem)
        self._unclear = unclear
        return shown

    async def _publish(self, channel: ForeignChannel, device: str, message: bytes) -> None:
        topic = discovery_topic(self.broker.box, device)
        if not await channel.publish(topic, message, deadline_s=PUBLISH_S, retain=True):
            raise NotAllowed(
                f'the broker does not let the box write {topic}: run "storebox mosquitto" again and restart mosquitto'
            )


def _of_the_tree(settings: Settings) -> list[str]:
    """The devices that Home Assistant is told of; those of other makers tell it themselves."""
    if not settings.mqtt.home_assistant:
        return []
    return [
        name
        for name, plugged in settings.device.items()
        if needs_broker(plugged) and not isinstance(plugged.settings, ForeignSettings)
    ]
