"""A kitchen printer that is not there: the ticket comes out of the spare one, once, and the order waits for its table."""

from __future__ import annotations

from pathlib import Path

import pytest

from drivers.sim.escpos_printer import EscposSim
from drivers.sim.tcp_port import TcpPort
from drivers.sim.zvt_terminal import ZvtTerminalSim
from sync.signatures import public_text
from tests.conftest import free_port
from tests.edge.lanes.test_self_checkout import KEY, LANE, RunBox, adopt, call

SETTINGS = """
[cloud]
signing_key_file = "{key}"
[store]
language = "en"
[kitchen]
printer = "printer-1"
spare = "printer-2"
reroute_after_s = 5
[lane.sco-1]
terminal = "terminal-1"
[device.terminal-1]
driver = "terminal/zvt"
host = "127.0.0.1"
port = {terminal}
currency_number = 156
[device.printer-1]
driver = "printer/escpos"
address = "127.0.0.1:{nowhere}"
[device.printer-2]
driver = "printer/escpos"
address = "{spare}"
"""


@pytest.mark.faults
async def test_the_spare_printer_takes_over(run_box: RunBox, tmp_path: Path) -> None:
    (tmp_path / "key").write_text(public_text(KEY))
    async with ZvtTerminalSim() as terminal, EscposSim(TcpPort()) as spare:
        settings = SETTINGS.format(key=tmp_path / "key", terminal=terminal.port, nowhere=free_port(), spare=spare.address)
        async with run_box(settings) as box:
            await box.device("terminal-1", "up")
            await box.device("printer-2", "up")
            await adopt(box)
            await call(box, f"{LANE}/goods", json={"code": "milk", "qty": 2, "table": "A 12"})
            await call(box, f"{LANE}/pay")
            await box.until(LANE, lambda lane: lane["stage"] == "thanks")
            events = await box.until(
                "/api/events?limit=50", lambda told: any(each["type"] == "storebox.kitchen.printed" for each in told)
            )
            assert sum(each["type"] == "storebox.kitchen.rerouted" for each in events) == 1
            assert (await box.ask("/api/orders/sco-1/1"))["stage"] == "paid"
            done = await call(box, "/api/orders/sco-1/1/handover")
            assert done["stage"] == "completed"
    paper = [line.strip() for line in spare.paper.lines]
    assert [line for line in paper if line] == ["Table A 12", "Order sco-1-1", "2 × Milk"]
