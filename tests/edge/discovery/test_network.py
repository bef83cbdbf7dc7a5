"""Real multicast DNS with a second stack, on an interface of this machine: found, changed, gone, flooded.

The second stack here is a zeroconf of its own in a process of its own; test_avahi.py has another kind.
"""

from __future__ import annotations

import asyncio
import os
import socket
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from functools import partial

import pytest
from structlog.testing import capture_logs

from config.schema import Discovery as Settings
from edge.discovery import network as network_module
from edge.discovery.announced import OWN_TYPE
from edge.discovery.announcement import announcement
from edge.discovery.network import Network, NetworkUnusable

ANNOUNCES = """
import json, sys
from zeroconf import InterfaceChoice, ServiceInfo, Zeroconf
own, services = sys.argv[1], json.loads(sys.argv[2])
zeroconf = Zeroconf(interfaces=[own])
infos = [ServiceInfo(type_, f"{name}.{type_}", port=port, server=f"h{number}.local.", parsed_addresses=[address])
         for number, (type_, name, address, port) in enumerate(services)]
for info in infos:
    zeroconf.register_service(info, cooperating_responders=True)
print("announced", flush=True)
sys.stdin.read()
zeroconf.unregister_all_services()
zeroconf.close()
"""
LOOKS_UP = """
import sys
from zeroconf import Zeroconf
info = Zeroconf(interfaces=[sys.argv[1]]).get_service_info(sys.argv[2], sys.argv[3], 20000)
print(info and (info.port, info.parsed_addresses(), sorted(info.decoded_properties.items())))
"""
EVENTUALLY_S = 60.0
RAW = "_pdl-datastream._tcp.local."
Until = Callable[[Callable[[], bool]], Awaitable[None]]


def own_address() -> str:
    """The address of this machine in some network that carries multicast."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as asks:
        try:
            asks.connect(("224.0.0.251", 5353))
        except OSError:
            pytest.skip("no network here carries multicast")
        return str(asks.getsockname()[0])


@asynccontextmanager
async def announcing(*services: tuple[str, str, str, int]) -> AsyncIterator[None]:
    """Another machine's zeroconf, as far as it can be had."""
    import json

    other = await asyncio.create_subprocess_exec(
        *(sys.executable, "-c", ANNOUNCES, own_address(), json.dumps(services)),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
    )
    assert other.stdin is not None
    assert other.stdout is not None
    try:
        async with asyncio.timeout(EVENTUALLY_S):
            assert await other.stdout.readline() == b"announced\n"
        yield
    finally:
        other.stdin.close()
        await other.wait()


@asynccontextmanager
async def listening(**changes: object) -> AsyncIterator[Network]:
    network = Network(settings=Settings(interface=own_address()), quiet_start_s=0.0, **changes)  # type: ignore[arg-type]
    task = asyncio.create_task(network.run())
    try:
        yield network
    finally:
        task.cancel()
        await asyncio.wait([task])


def own_name(name: str) -> str:
    """Tests of other workers announce in the same network."""
    return f"{name} {os.getpid()}"


async def test_a_printer_is_found_by_another_stacks_words_and_forgotten_when_it_leaves(until: Until) -> None:
    name = own_name("EPSON TM-m30III")
    async with listening() as network:

        def there() -> bool:
            return any(each.name == name and each.address == "192.0.2.77:9100" for each in network.found())

        async with announcing((RAW, name, "192.0.2.77", 9100), ("_ipp._tcp.local.", name, "192.0.2.77", 631)):
            await until(there)
        await until(lambda: not there())


async def test_hostile_names_and_floods_are_bounded(until: Until, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(network_module, "MOST", 3)
    evil = own_name("<script>alert(1)</script>")
    flood = [(RAW, f"{evil} {number}", f"192.0.2.{number}", 9100) for number in range(1, 7)]
    async with listening() as network, announcing(*flood):
        await until(lambda: len(network.services) == 3)
        await asyncio.sleep(0.5)
        assert len(network.services) <= 3
        assert all(len(each.name) <= 64 for each in network.found())


async def test_another_stack_finds_the_box(until: Until) -> None:
    box = f"box-{os.getpid()}"
    async with listening(announcement=partial(announcement, box=box, version="1.2.3")) as network:
        network.page_opened(f"http://{own_address()}:8080")
        asks = await asyncio.create_subprocess_exec(
            *(sys.executable, "-c", LOOKS_UP, own_address(), OWN_TYPE, f"storebox {box}.{OWN_TYPE}"),
            stdout=asyncio.subprocess.PIPE,
        )
        async with asyncio.timeout(EVENTUALLY_S):
            told, _ = await asks.communicate()
        assert told.decode().strip() == str(
            (8080, [own_address()], [("box", box), ("path", "/"), ("txtvers", "1"), ("version", "1.2.3")])
        )
        assert not any(box in each.name for each in network.found()), "the box does not find itself"


async def test_a_network_that_cannot_be_listened_to_is_told_once_and_tried_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(network_module, "AGAIN_S", 0.01)
    network = Network(settings=Settings(interface="203.0.113.9"), quiet_start_s=0.0)
    with pytest.raises(NetworkUnusable, match=r"is the cable in, is discovery.interface an address of this box"):
        await network.listen()
    with capture_logs() as logs:
        task = asyncio.create_task(network.run())
        await asyncio.sleep(0.5)
        task.cancel()
        await asyncio.wait([task])
    assert [entry["log_level"] for entry in logs] == ["warning"]


async def test_a_box_whose_cable_comes_late_listens_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    addresses = [["192.0.2.1"]]
    monkeypatch.setattr(network_module, "ADDRESSES_EVERY_S", 0.01)
    monkeypatch.setattr(network_module, "own_addresses", lambda: addresses[0])
    network = Network(settings=Settings(interface="127.0.0.1"), quiet_start_s=0.0)
    task = asyncio.create_task(network.listen())
    await asyncio.sleep(0.2)
    assert not task.done()
    addresses[0] = ["192.0.2.1", "192.0.2.9"]
    async with asyncio.timeout(EVENTUALLY_S):
        await task


async def test_a_box_without_any_network_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(network_module, "own_addresses", list)
    network = Network(settings=Settings(), quiet_start_s=0.0)
    with pytest.raises(NetworkUnusable, match=r"nothing can be found in the network \(this box has no address in any network\)"):
        await network.listen()
