"""The box and avahi, the mDNS stack of Debian, hear each other; avahi runs on a message bus of the test's own."""

from __future__ import annotations

import asyncio
import os
import shutil
from asyncio.subprocess import DEVNULL, PIPE, Process
from collections.abc import AsyncIterator
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from edge.discovery.announcement import announcement
from tests.edge.discovery.test_network import EVENTUALLY_S, listening, own_address, own_name

if TYPE_CHECKING:
    from tests.edge.discovery.test_network import Until

BUS = """<busconfig><type>system</type><listen>unix:path={folder}/bus</listen><auth>EXTERNAL</auth>
<policy context="default"><allow send_destination="*" eavesdrop="true"/><allow eavesdrop="true"/><allow own="*"/></policy>
</busconfig>"""
AVAHI = "[server]\nhost-name=another\nuse-ipv6=no\nenable-dbus=yes\n[publish]\npublish-workstation=no\n[rlimits]\n"
ALONE = ("--no-drop-root", "--no-chroot", "--no-rlimits", "--no-proc-title")
NEEDED = ("avahi-daemon", "avahi-publish", "avahi-browse", "dbus-daemon")


def prepared(folder: Path) -> dict[str, str]:
    (folder / "bus.conf").write_text(BUS.format(folder=folder))
    (folder / "avahi.conf").write_text(AVAHI)
    return {**os.environ, "DBUS_SYSTEM_BUS_ADDRESS": f"unix:path={folder}/bus"}


def is_there(path: Path) -> bool:
    return path.exists()


async def silently(*command: str, env: dict[str, str]) -> Process:
    return await asyncio.create_subprocess_exec(*command, env=env, stdout=DEVNULL, stderr=DEVNULL)


@pytest.fixture
async def avahi(tmp_path: Path, until: Until) -> AsyncIterator[dict[str, str]]:
    """A running avahi; the environment in which its commands reach it."""
    if os.geteuid() != 0 or not all(map(shutil.which, NEEDED)):
        pytest.skip("needs root and avahi: apt-get install avahi-daemon avahi-utils")
    environment = prepared(tmp_path)
    bus = await silently("dbus-daemon", f"--config-file={tmp_path}/bus.conf", "--nofork", "--nopidfile", env=environment)
    await until(lambda: is_there(tmp_path / "bus"))
    daemon = await silently("avahi-daemon", "-f", f"{tmp_path}/avahi.conf", *ALONE, env=environment)
    try:
        yield environment
    finally:
        for each in (daemon, bus):
            if each.returncode is None:
                each.terminate()
            await each.wait()


async def browsed(environment: dict[str, str], type_: str, name: str) -> str:
    """What avahi resolves ``name`` to: host;address;port;txt."""
    async with asyncio.timeout(EVENTUALLY_S):
        while True:
            looks = await asyncio.create_subprocess_exec(
                *("avahi-browse", "--resolve", "--terminate", "--parsable", type_),
                env=environment,
                stdout=PIPE,
                stderr=DEVNULL,
            )
            told, _ = await looks.communicate()
            for line in told.decode().splitlines():
                fields = line.split(";", 6)
                if fields[0] == "=" and fields[3].replace("\\032", " ") == name:
                    return fields[6]
            await asyncio.sleep(0.2)


async def test_avahi_and_the_box_find_each_other(avahi: dict[str, str], until: Until) -> None:
    box, name = f"box-{os.getpid()}", own_name("Star TSP100 & sons")
    async with listening(announcement=partial(announcement, box=box, version="1.2.3")) as network:
        network.page_opened(f"http://{own_address()}:8080")
        told = await browsed(avahi, "_storebox._tcp", f"storebox {box}")
        assert f";{own_address()};8080;" in f";{told}"
        assert f'"box={box}"' in told
        publishes = await silently("avahi-publish", "-s", name, "_pdl-datastream._tcp", "9100", env=avahi)
        try:
            await until(lambda: any(each.name == name and each.address.endswith(":9100") for each in network.found()))
        finally:
            publishes.terminate()
            await publishes.wait()
        await until(lambda: not any(each.name == name for each in network.found()))
