"""The simulators as programs, as ``storebox sim`` runs them: they say that they run, obey a line, and end when they are told."""

from __future__ import annotations

import asyncio
import json
import signal
import sys
from subprocess import PIPE
from typing import TYPE_CHECKING, Any

import pytest

from drivers.ambience import homie, shelly_1, shelly_2, tasmota, zigbee2mqtt
from drivers.contract import Driver
from edge.cli.sim import KINDS

if TYPE_CHECKING:
    from tests.drivers.ambience.conftest import Room

EVENTUALLY_S = 60.0


@pytest.mark.parametrize(
    ("kind", "driver", "settings", "login", "told", "seen"),
    [
        ("homie", homie.DRIVER, homie.HomieSettings(), "lamp-1", "turn light/mode cold", ("light/mode", "cold")),
        (
            "zigbee2mqtt",
            zigbee2mqtt.DRIVER,
            zigbee2mqtt.Zigbee2MqttSettings(friendly_name="shop/lamp 1"),
            "zigbee2mqtt",
            'turn shop/lamp 1 {"state": "ON"}',
            ("state", "ON"),
        ),
        ("tasmota", tasmota.DRIVER, tasmota.TasmotaSettings(), "lamp-1", "press", ("POWER", "ON")),
        ("shelly-1", shelly_1.DRIVER, shelly_1.Shelly1Settings(), "lamp-1", "press", ("relay/0", "on")),
        ("shelly-2", shelly_2.DRIVER, shelly_2.Shelly2Settings(), "lamp-1", "press", ("switch:0.output", "true")),
    ],
)
async def test_a_simulator_obeys_a_line(
    *, room: Room, kind: str, driver: Driver, settings: Any, login: str, told: str, seen: tuple[str, str]
) -> None:
    module = KINDS[f"ambience/{kind}"][0]
    async with room(driver, lamp_1=settings) as shop:
        command = [sys.executable, "-c", f"import sys, {module} as sim; sys.exit(sim.main(sys.argv[1:]))"]
        command += ["--broker", shop.mosquitto.address, "--device", login]
        command += ["--password-file", str(shop.mosquitto.password_file(login))]
        program = await asyncio.create_subprocess_exec(*command, stdin=PIPE, stdout=PIPE)
        assert program.stdin is not None
        assert program.stdout is not None
        async with asyncio.timeout(EVENTUALLY_S):
            assert json.loads(await program.stdout.readline()) == {"running": True}
            async with shop.hearing("lamp-1") as heard:
                await heard.here()
                await heard.until(lambda: any(one.property == seen[0] for one in heard.properties()))
                program.stdin.write(f"{told}\n".encode())
                await heard.seen(*seen)
                program.stdin.write(b"unplug\n")
                await heard.gone()
            program.stdin.write(b"plug\n")
            program.send_signal(signal.SIGTERM)
            assert await program.wait() == 0
