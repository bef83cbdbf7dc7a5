"""A simulated scale as a command of its own: orders on standard input, JSON on standard output."""

from __future__ import annotations

import asyncio
import json
import signal
import sys
from io import FileIO
from pathlib import Path
from typing import Any

import pytest

from drivers.sim import mt_sics, toledo_8217
from drivers.sim.orders import obey
from drivers.sim.scale_commands import ORDERS
from drivers.sim.toledo_8217 import Toledo8217Sim

SECONDS = 60
CAN = (
    "put GRAMS, moving on|off, mute on|off, half-frames on|off, parity-bits on|off, stutter MS, repeats N, "
    "noise HEX or a share like 0.3, take, overload, underload, unplug, plug, quit"
)


async def test_every_order_does_what_it_says() -> None:
    async with Toledo8217Sim(settle_ms=0) as sim:
        name = sim.device_name
        for order in (
            "put 1250",
            "moving on",
            "mute on",
            "half-frames on",
            "parity-bits on",
            "stutter 3",
            "repeats 2",
            "noise 0.5",
        ):
            assert await obey(sim, ORDERS, order) == ""
        assert (sim.pan.gross_g, sim.pan.held_moving, sim.mute, sim.half_frames) == (1250, True, True, True)
        assert (sim.parity_bits, sim.stutter_ms, sim.repeats) == (True, 3, 2)
        for order in ("moving off", "mute off", "take"):
            assert await obey(sim, ORDERS, order) == ""
        assert (sim.pan.gross_g, sim.pan.held_moving, sim.mute) == (0, False, False)
        assert await obey(sim, ORDERS, "overload") == ""
        assert sim.pan.over
        assert await obey(sim, ORDERS, "underload") == ""
        assert sim.pan.net_g < 0
        assert await obey(sim, ORDERS, "noise 00ff") == await obey(sim, ORDERS, "unplug") == await obey(sim, ORDERS, "plug") == ""
        assert sim.device_name != name


@pytest.mark.parametrize(
    ("order", "problem"),
    [
        ("put many", "cannot do 'put many': it is put GRAMS"),
        ("mute maybe", "cannot do 'mute maybe': it is mute on|off"),
        ("noise zz", "cannot do 'noise zz': it is noise HEX or a share like 0.3"),
        ("jump", f"cannot do 'jump': the orders are {CAN}"),
        ("put", "cannot do 'put': it is put GRAMS"),
        ("", f"cannot do '': the orders are {CAN}"),
    ],
)
async def test_an_order_that_is_none_says_what_there_is(order: str, problem: str) -> None:
    async with Toledo8217Sim() as sim:
        assert await obey(sim, ORDERS, order) == problem


@pytest.mark.parametrize("module", ["toledo_8217", "mt_sics"])
@pytest.mark.parametrize("how", ["quit", "signal", "signal after end of input"])
async def test_a_scale_as_a_process(tmp_path: Path, module: str, how: str) -> None:
    link = tmp_path / "scale"
    program = f"import sys; from drivers.sim.{module} import main; sys.exit(main(sys.argv[1:]))"
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", program, "--link", str(link), "--settle-ms", "0",
        stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE,
    )  # fmt: skip
    assert process.stdin is not None
    assert process.stdout is not None

    async def told() -> Any:
        assert process.stdout is not None
        return json.loads(await process.stdout.readline())

    async with asyncio.timeout(SECONDS):
        assert await told() == {"listening": str(link)}
        process.stdin.write(b"put 1250\njump\n")
        assert (await told())["error"].startswith("cannot do 'jump'")
        with FileIO(link, "r+") as host:
            host.write(b"W" if module == "toledo_8217" else b"SI\r\n")
            assert await told() == {"sent": {"says": "stable", "grams": 1250}}
        if how == "quit":
            process.stdin.write(b"quit\n")
        else:
            if how == "signal after end of input":
                process.stdin.close()
            process.send_signal(signal.SIGTERM)
        assert await process.wait() == 0
    assert not link.is_symlink()


@pytest.mark.parametrize("main", [toledo_8217.main, mt_sics.main])
def test_a_link_in_no_folder_is_a_mistake(main: Any, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    link = tmp_path / "nowhere" / "scale"
    with pytest.raises(SystemExit):
        main(["--link", str(link)])
    assert f"--link {link}: there is no folder {link.parent}" in capsys.readouterr().err
