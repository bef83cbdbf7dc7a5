"""What NCI, CAS and checkout scales answer to the words of their probes is recognised, and nobody else's answer is."""

from __future__ import annotations

from typing import Any

import pytest

from drivers.probe import Probe, objection
from drivers.scales import cas, cas_01, dialog02, dialog06, nci
from drivers.sim.cas import CasDialect
from drivers.sim.cas_01 import Cas01Dialect
from drivers.sim.dialog06 import DialogDialect
from drivers.sim.nci import NciDialect
from drivers.sim.pan import Pan
from drivers.sim.scale_sim import Dialect


def epos(pan: Pan) -> Dialect:
    dialect = Cas01Dialect(pan)
    dialect.epos = True
    return dialect


PROBED: list[tuple[Any, int, Any, dict[str, Any]]] = [
    (nci, 0, NciDialect, {}),
    (cas, 0, CasDialect, {}),
    (cas_01, 0, Cas01Dialect, {"dialogue": "cas"}),
    (cas_01, 1, epos, {"dialogue": "epos"}),
    (dialog06, 0, DialogDialect, {}),
    (dialog02, 0, DialogDialect, {}),
]


async def answer(dialect: Dialect, probe: Probe) -> bytes:
    return b"".join([reply.data for word in probe.words async for reply in dialect.hear(word)])


@pytest.mark.parametrize(("module", "number", "dialect", "told"), PROBED)
async def test_a_scale_is_recognised_by_its_own_probe_only(module: Any, number: int, dialect: Any, told: dict[str, Any]) -> None:
    probe = module.DRIVER.probes[number]
    assert objection(probe) == ""
    pan = Pan(settle_ms=0, capacity_g=15_000)
    assert probe.recognise(await answer(dialect(pan), probe)) == told
    assert (pan.moves, pan.tare_g, pan.gross_g) == (0, 0, 0)
    module.DRIVER.settings_class(port="/dev/ttyUSB0", baud=probe.lines[0][0], line=probe.lines[0][1], **told)
    for other_module, other_number, other, _ in PROBED:
        if other is not dialect:
            other_probe = other_module.DRIVER.probes[other_number]
            assert other_probe.recognise(await answer(dialect(pan), other_probe)) is None
