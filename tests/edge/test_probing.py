"""A running box lends a port to a probe when its device does not work, and has it back afterwards."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import aiohttp

from drivers.sim.cas_stream import CasStreamSim

if TYPE_CHECKING:
    from tests.edge.conftest import RunBox

SECONDS = aiohttp.ClientTimeout(total=100)


async def probe(socket: Path, port: str) -> tuple[int, Any]:
    async with (
        aiohttp.ClientSession(connector=aiohttp.UnixConnector(str(socket)), timeout=SECONDS) as session,
        session.post("http://storebox/api/probe", json={"port": port}) as answer,
    ):
        return answer.status, await answer.json()


async def test_a_wrong_driver_gives_its_port_for_the_right_one_to_be_found(run_box: RunBox, tmp_path: Path) -> None:
    async with CasStreamSim(settle_ms=0) as sim:
        wrong = f'[device.scale-1]\ndriver = "scale/mt-sics"\nport = "{sim.port}"\nsilent_after_ms = 500\n'
        async with run_box(wrong) as box:
            await box.device("scale-1", "failing")
            socket = box.folder / "run" / "control.sock"
            status, found = await probe(socket, sim.port)
            assert (status, found["settings"]) == (
                200,
                {"driver": "scale/cas-stream", "port": sim.port, "baud": 9600, "line": "8N1"},
            )
            await box.device("scale-1", "failing")
            status, problem = await probe(socket, str(tmp_path / "gone"))
            assert (status, problem["type"]) == (422, "urn:storebox:problem:port-unusable")
            assert "a port is lent for a probe" in box.log
