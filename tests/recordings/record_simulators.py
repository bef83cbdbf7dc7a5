"""Records every scale driver at its simulator: ``python -m tests.recordings.record_simulators`` writes its files."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Callable
from contextlib import aclosing
from pathlib import Path
from typing import Any

from drivers.catalogue import installed
from drivers.readings import Weight
from drivers.sim.a_and_d import AAndDSim
from drivers.sim.adam_azextra import AdamAzExtraSim
from drivers.sim.adam_cpwplus import AdamCpwPlusSim
from drivers.sim.cas import CasSim
from drivers.sim.cas_01 import Cas01Sim
from drivers.sim.cas_stream import CasStreamSim
from drivers.sim.dahua import DahuaSim
from drivers.sim.dialog06 import DialogSim
from drivers.sim.mt_sics import MtSicsSim
from drivers.sim.nci import NciSim
from drivers.sim.scale_sim import ScaleSim
from drivers.sim.toledo_8217 import Toledo8217Sim
from drivers.sim.toledo_continuous import ToledoContinuousSim
from drivers.wires.tape import Reel, wound
from edge.recording import Recording

HERE = Path(__file__).parent
SIMULATORS: dict[str, Callable[..., ScaleSim[Any]]] = {
    "scale/a-and-d": AAndDSim,
    "scale/adam-azextra": AdamAzExtraSim,
    "scale/adam-cpwplus": AdamCpwPlusSim,
    "scale/cas": CasSim,
    "scale/cas-01": Cas01Sim,
    "scale/cas-stream": CasStreamSim,
    "scale/dahua": DahuaSim,
    "scale/dialog-02": DialogSim,
    "scale/dialog-06": DialogSim,
    "scale/mt-sics": MtSicsSim,
    "scale/nci": NciSim,
    "scale/toledo-8217": Toledo8217Sim,
    "scale/toledo-continuous": ToledoContinuousSim,
}
SETTINGS: dict[str, dict[str, Any]] = {"scale/adam-azextra": {"poll_ms": 500}}
"""Where the usual ones would only make the recording long."""

LONGER_S = {"scale/dahua": 0.5}
"""Where rest is a matter of time: a recording on the brink would be understood otherwise when it is played a little faster."""

GOODS_G = (1250, 560)


def changes(weights: list[Weight]) -> list[str]:
    """``stable 1250``, ``over``: each reading that differs from the one before."""
    said = [f"{weight.state} {weight.grams}" if weight.grams is not None else weight.state for weight in weights]
    return [each for number, each in enumerate(said) if number == 0 or each != said[number - 1]]


async def record(name: str, make: Callable[..., ScaleSim[Any]]) -> list[bytes]:
    """Two goods are weighed one after the other; the lines of the recording."""
    driver, settings = installed().driver(name), SETTINGS.get(name, {})
    tape = Recording(header={"recording": 1, "device": "scale-1", "driver": name, "settings": settings})
    heard: list[Weight] = []
    async with make(settle_ms=150) as sim:
        device = driver.open("scale-1", driver.settings_class(port=sim.port, **settings), None)  # type: ignore[arg-type]
        with wound(Reel(tape=tape)):
            async with asyncio.timeout(60), device, aclosing(device.readings()) as readings:  # type: ignore[type-var]
                for grams in GOODS_G:
                    sim.put(grams)
                    rests_until = None
                    async for weight in readings:
                        if not isinstance(weight, Weight):  # one that says nothing new says that its wire is open
                            continue
                        heard.append(weight)
                        if (weight.state, weight.grams) == ("stable", grams):
                            rests_until = rests_until or time.monotonic() + LONGER_S.get(name, 0.0)
                            if time.monotonic() >= rests_until:
                                break
    tape.header |= {"source": f"the simulator {make.__module__}, no real device", "readings": changes(heard)}
    return [lines async for lines in tape.lines(0.0)]


async def main() -> None:
    """Write every file anew."""
    for name, make in SIMULATORS.items():
        lines = b"".join(await record(name, make))
        path = HERE / name.partition("/")[2] / "simulator.ndjson"
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(lines)
        print(name, lines.count(b"\n"), json.loads(lines.split(b"\n")[0])["readings"])


if __name__ == "__main__":
    asyncio.run(main())
