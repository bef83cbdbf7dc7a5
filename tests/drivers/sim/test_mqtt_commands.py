"""The simulated shelf and till as commands, on a real broker: orders in, JSON lines out."""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from drivers.sim import load_cell, till
from drivers.sim.load_cell import parsed_slot

if TYPE_CHECKING:
    from tests.conftest import Mosquitto

WAIT_S = 30


class Command:
    """A simulator in a process of its own."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self.process = process

    def order(self, *lines: str) -> None:
        assert self.process.stdin is not None
        self.process.stdin.write("".join(f"{line}\n" for line in lines).encode())

    async def told(self, key: str) -> Any:
        """The next line that has ``key``."""
        assert self.process.stdout is not None
        async with asyncio.timeout(WAIT_S):
            while line := await self.process.stdout.readline():
                if key in (said := json.loads(line)):
                    return said[key]
        raise AssertionError(f"the simulator ended without {key}")


@asynccontextmanager
async def command(mosquitto: Mosquitto, kind: str, device: str, *more: str) -> AsyncIterator[Command]:
    arguments = ["--broker", mosquitto.address, "--box", mosquitto.box, "--device", device]
    arguments += ["--password-file", str(mosquitto.password_file(device)), *more]
    code = f"import sys; from drivers.sim.{kind} import main; sys.exit(main(sys.argv[1:]))"
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", code, *arguments, stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE
    )
    try:
        yield Command(process)
    finally:
        if process.returncode is None:
            process.terminate()
        assert process.stdin is not None
        process.stdin.close()
        await asyncio.wait_for(process.communicate(), WAIT_S)
    assert process.returncode == 0


async def test_a_till_obeys_and_tells(mosquitto: Mosquitto) -> None:
    async with command(mosquitto, "till", "till-1") as sim:
        assert await sim.told("connected") == mosquitto.address
        sim.order(
            "open", "item 6901028075831 2", "weigh apples", "remove 1", "member M-77", "pay 700 card", "void changed her mind"
        )
        opened = await sim.told("sent")
        assert (opened["kind"], opened["order"][:6]) == ("opened", "till-1")
        sim.order("pay much", "dance", "set lamp on", "state")
        assert await sim.told("error") == "cannot do 'pay much': it is pay MINOR [TENDER]"
        assert (await sim.told("error")).startswith("cannot do 'dance': the orders are mute on|off, repeats N, other-content")
        assert await sim.told("state") == {"sent": 7, "acked": 0, "refused": 0, "queued": 7}
        sim.order("unplug")
        assert await sim.told("unplugged") == "till-1"
        sim.order("plug")
        assert await sim.told("connected") == mosquitto.address
        sim.order("quit")
        assert (await sim.told("state"))["queued"] == 7


async def test_a_shelf_obeys_and_tells(mosquitto: Mosquitto) -> None:
    async with command(mosquitto, "load_cell", "shelf-1", "--slot", "a1=cola:330x20", "--settle-ms", "200") as sim:
        await sim.told("connected")
        sim.order("noise 0.5", "spikes 0.001", "drift 0", "clock-ahead 86400", "put a1 330")
        assert (await sim.told("sent"))["kind"] in {"adjust", "put"}
        sim.order("mute on", "mute perhaps")
        assert await sim.told("error") == "cannot do 'mute perhaps': it is mute on|off"
        sim.order("repeats 2", "half-json", "bad-id", "long 1000", "other-content", "state")
        assert (await sim.told("state"))["sent"] >= 3


async def test_a_wrong_password_is_said(mosquitto: Mosquitto, tmp_path: Path) -> None:
    mosquitto.files.secrets["till-1"] = tmp_path / "wrong"
    (tmp_path / "wrong").write_text("wrong")
    async with command(mosquitto, "till", "till-1") as sim:
        assert await sim.told("error") == "the broker refused till-1: Not authorized; is it the right password file?"


def test_slots_are_read_from_the_command_line() -> None:
    name, slot = parsed_slot("a1=cola:330x20,juice:340x5")
    assert (name, slot.goods, slot.grams) == ("a1", {"cola": 330, "juice": 340}, 8300)


@pytest.mark.parametrize(
    ("arguments", "problem"),
    [
        (["--broker", "nowhere"], "argument --broker: 'nowhere' is not HOST:PORT, for example 127.0.0.1:1883"),
        (["--broker", "127.0.0.1:1"], "--password-file none: No such file or directory; storebox writes one for each device"),
    ],
)
def test_wrong_arguments_say_what_to_do(arguments: list[str], problem: str, capsys: pytest.CaptureFixture[str]) -> None:
    rest = ["--box", "box-1", "--device", "till-1", "--password-file", "none"]
    with pytest.raises(SystemExit):
        till.main([*arguments, *rest])
    assert problem in capsys.readouterr().err


def test_a_slot_that_cannot_be_read_says_how_to_write_it(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        load_cell.main(["--broker", "127.0.0.1:1", "--box", "b", "--device", "d", "--password-file", "none", "--slot", "a1=cola"])
    assert "argument --slot: 'a1=cola' is not SLOT=SKU:GRAMSxCOUNT,…, for example a1=cola:330x20" in capsys.readouterr().err
