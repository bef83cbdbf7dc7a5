"""Models that are here and do not work on this box leave the old ones at work, and the page says so."""

from __future__ import annotations

import sys
from collections.abc import Sequence

import pytest

from edge.bringing_models import TRIAL
from edge.told_models import ALARM
from tests.edge.model_headquarters import NEEDED, WORKS, Headquarters, a_program, running, until


async def test_models_that_do_not_work_leave_the_old_ones_at_work(headquarters: Headquarters) -> None:
    async with running(headquarters.told(fetch=WORKS)):
        await headquarters.say(1, "first")
        await until(lambda: headquarters.renewed)
    for name in NEEDED:
        (headquarters.folder / f"{name}-2.bin").write_bytes(b"no model")
    async with running(headquarters.told(fetch=WORKS, trial=TRIAL)):
        await headquarters.say(2, "no model")
        await headquarters.counter.shown(lambda board: ALARM in board.alarms)
    told = headquarters.counter.board.alarms[ALARM]
    problem = "model yolox-nano: onnxruntime cannot load it: "
    assert told.startswith(f"headquarters' models (version 2) do not work on this box, those of before go on: {problem}")
    assert headquarters.used() == {f"{name}-1.bin" for name in NEEDED}
    assert headquarters.renewed == 1


@pytest.mark.parametrize(
    ("program", "says"),
    [
        (a_program(says="yolox-nano\n", complains="Traceback\nRuntimeError: bad op"), "yolox-nano: RuntimeError: bad op"),
        ((sys.executable, "-c", "import os; print('yunet', flush=True); os.abort()"), "yunet: its trial was killed"),
        (a_program(waits=True), "models.trial: its trial was killed"),
    ],
)
async def test_a_trial_that_dies_is_no_proof(
    headquarters: Headquarters, monkeypatch: pytest.MonkeyPatch, program: Sequence[str], says: str
) -> None:
    if "models.trial" in says:
        monkeypatch.setattr("edge.bringing_models.TRIED_WITHIN_S", 0.3)
    async with running(headquarters.told(fetch=WORKS, trial=program)):
        await headquarters.say(1, "first")
        await headquarters.counter.shown(lambda board: ALARM in board.alarms)
    told = f"headquarters' models (version 1) do not work on this box, those of before go on: {says}"
    assert headquarters.counter.board.alarms[ALARM] == told
    assert headquarters.renewed == 0
