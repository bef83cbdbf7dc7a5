"""Listens to what announces itself in the shop's network (mDNS), asks for ONVIF cameras, and announces the box itself.

zeroconf is imported when this runs and not before. What strangers say is bounded: ``MOST`` names, one address each, a time for
every question; nothing of it is used before a person has copied it into the settings.

NetworkUnusable    the network takes no multicast; the text says what to do
"""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NoReturn

import structlog

from config.schema import Discovery as DiscoverySettings
from edge.discovery.announced import TYPES, discovery
from edge.discovery.announcement import own_addresses
from edge.discovery.discovery import UNKNOWN, Discovery, stranger

if TYPE_CHECKING:
    from zeroconf import ServiceInfo, ServiceStateChange, Zeroconf
    from zeroconf.asyncio import AsyncZeroconf

log = structlog.get_logger()

MOST = 128
QUIET_START_S = 5.0
"""A box that starts has something better to do."""

AGAIN_S = 60.0
ASK_MS = 3_000
ASKED_AT_ONCE = 8
CAMERAS_EVERY_S = 300.0
ADDRESSES_EVERY_S = 10.0


class NetworkUnusable(Exception):
    """Nothing can be found in the network."""


@dataclass(slots=True, kw_only=True)
class Network:
    """``announcement(url)`` is how the page at ``url`` is announced, None when it is open to this machine only."""

    settings: DiscoverySettings
    announcement: Callable[[str], ServiceInfo | None] = lambda _url: None
    quiet_start_s: float = QUIET_START_S
    services: dict[tuple[str, str], Discovery] = field(default_factory=dict)
    cameras: tuple[Discovery, ...] = ()
    _unasked: dict[tuple[str, str], None] = field(default_factory=dict)
    _changed: asyncio.Event = field(default_factory=asyncio.Event)
    _page: str = ""
    _page_opened: asyncio.Event = field(default_factory=asyncio.Event)
    _own: ServiceInfo | None = None

    def page_opened(self, url: str) -> None:
        """The page is open at ``url``, and can be announced."""
        self._page = url
        self._page_opened.set()

    def found(self) -> tuple[Discovery, ...]:
        """Everything that is there now, in a fixed order."""
        each_once = {each.address: each for each in self.services.values()}
        each_once |= {each.address: each for each in self.services.values() if each.lines}  # the one that can be used counts
        return (*sorted(each_once.values(), key=lambda each: (each.what, each.name, each.address)), *self.cameras)

    async def run(self) -> NoReturn:
        """Listen for ever; a network that takes no multicast is tried again."""
        await asyncio.sleep(self.quiet_start_s)
        told = ""
        while True:
            try:
                await self.listen()
            except NetworkUnusable as error:
                if told != str(error):
                    log.warning(str(error))
                told = str(error)
                await asyncio.sleep(AGAIN_S)

    async def listen(self) -> None:
        """Listen until the box has other addresses: its cable came late, or its lease is a new one. Raises NetworkUnusable."""
        zeroconf = self._opened()
        try:
            async with asyncio.TaskGroup() as group:
                tasks = [
                    group.create_task(self._browse(zeroconf), name="discovery: services"),
                    group.create_task(self._look_for_cameras(), name="discovery: cameras"),
                    group.create_task(self._announce(zeroconf), name="discovery: announcement"),
                ]
                await _other_addresses()
                for task in tasks:
                    task.cancel()
        finally:
            self.services.clear()
            await zeroconf.async_close()

    def _opened(self) -> AsyncZeroconf:
        from zeroconf import InterfaceChoice, IPVersion
        from zeroconf.asyncio import AsyncZeroconf

        own = self.settings.interface
        try:
            _prove(own)
            return AsyncZeroconf(interfaces=[own] if own else InterfaceChoice.All, ip_version=IPVersion.V4Only)
        except OSError as error:
            raise NetworkUnusable(
                f"nothing can be found in the network ({error.strerror or error}): is the cable in, is discovery.interface an "
                "address of this box (ip address)? enabled = false in [discovery] leaves the network alone"
            ) from error

    async def _browse(self, zeroconf: AsyncZeroconf) -> NoReturn:
        from zeroconf.asyncio import AsyncServiceBrowser

        browser = AsyncServiceBrowser(zeroconf.zeroconf, list(TYPES), handlers=[self._on_change])
        try:
            while True:
                await self._changed.wait()
                self._changed.clear()
                while self._unasked:
                    await self._ask_some(zeroconf)
        finally:
            await browser.async_cancel()

    def _on_change(self, zeroconf: Zeroconf, service_type: str, name: str, state_change: ServiceStateChange) -> None:  # noqa: ARG002
        """zeroconf calls it by these names."""
        key = (service_type, name)
        if state_change.name == "Removed":
            self.services.pop(key, None)
            self._unasked.pop(key, None)
        elif key in self.services or len(self.services) + len(self._unasked) < MOST:
            self._unasked[key] = None
            self._changed.set()

    async def _ask_some(self, zeroconf: AsyncZeroconf) -> None:
        batch = [key for key, _ in zip(self._unasked, range(ASKED_AT_ONCE), strict=False)]
        async with asyncio.TaskGroup() as group:
            for key in batch:
                self._unasked.pop(key)
                group.create_task(self._ask(zeroconf, key), name="discovery: one service")

    async def _ask(self, zeroconf: AsyncZeroconf, key: tuple[str, str]) -> None:
        """Where a service is; one that does not say is not there."""
        from zeroconf.asyncio import AsyncServiceInfo

        info = AsyncServiceInfo(*key)
        told = await info.async_request(zeroconf.zeroconf, ASK_MS)
        if not told or (self._own is not None and self._own.name == info.name):
            return
        usable = (discovery(*key, address, info.port or 0) for address in info.parsed_addresses())
        found = next((each for each in usable if each is not None), None)
        if found is not None:
            self.services[key] = found

    async def _look_for_cameras(self) -> NoReturn:
        from drivers.cameras.onvif import CannotAsk, discover

        while True:
            try:
                found: tuple[Any, ...] = await discover(ASK_MS, self.settings.interface or "0.0.0.0")  # noqa: S104 - asks, never listens
            except CannotAsk:  # mDNS may work where this does not, and the other way round
                found = ()
            self.cameras = tuple(_camera(each.name or each.hardware, each.host) for each in found[:MOST])
            await asyncio.sleep(CAMERAS_EVERY_S)

    async def _announce(self, zeroconf: AsyncZeroconf) -> None:
        await self._page_opened.wait()
        self._own = self.announcement(self._page)
        if self._own is not None:
            await (await zeroconf.async_register_service(self._own, allow_name_change=True))


async def _other_addresses() -> None:
    """Wait until this machine has other addresses than now: zeroconf knows those that it was opened with."""
    before = own_addresses()
    while own_addresses() == before:  # noqa: ASYNC110 - the kernel is asked, it tells nobody
        await asyncio.sleep(ADDRESSES_EVERY_S)


def _prove(own: str) -> None:
    """Raises OSError when the box has no such address, or none; zeroconf finds that out too, and leaves a socket open then."""
    if not own and not own_addresses():
        raise OSError("this box has no address in any network")
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as wire:
        wire.bind((own, 0))


def _camera(name: str, host: str) -> Discovery:
    """Only those who log in are told where its pictures are: the path is left to the technician."""
    lines = {"driver": "camera/rtsp", "url": f"rtsp://{host}/{UNKNOWN}"}
    return Discovery(what="camera", name=stranger(name) or "ONVIF", address=host, kind="camera", lines=lines)
